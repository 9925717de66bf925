//! List flags: how many values they take, and how their texts are written.

use clap::{Arg, ArgAction};

use crate::schema::value_kind::ValueKind;
use crate::text::list::ListFormat;

/// What clap's argument says about a list.
pub(crate) struct ListSpec {
    pub(crate) format: ListFormat,
    /// Values per occurrence on the command line.
    min: usize,
    max: usize,
    /// Whether the argument may occur only once.
    once: bool,
    required: bool,
    /// The argument as clap's errors quote it.
    quoted: String,
}

impl ListSpec {
    pub(super) fn new(arg: &Arg, trim: bool, value_kind: ValueKind) -> Self {
        let range = arg.get_num_args().unwrap_or_else(|| 1.into());
        let min = range.min_values();
        Self {
            format: ListFormat {
                delimiter: arg.get_value_delimiter(),
                trim,
                // In a group of several values, the position of an empty one matters.
                drop_empty: trim && min <= 1,
                arrays: trim && value_kind != ValueKind::Json,
            },
            min,
            max: range.max_values().max(1),
            once: matches!(arg.get_action(), ArgAction::Set),
            required: arg.is_required_set(),
            quoted: arg.to_string(),
        }
    }

    /// The least number of members.
    pub(crate) fn min_members(&self) -> usize {
        if self.required { self.min.max(1) } else { 0 }
    }

    /// The greatest number of members, if there is one.
    pub(crate) fn max_members(&self) -> Option<usize> {
        let is_bounded = self.once && self.format.delimiter.is_none() && self.max < usize::MAX;
        is_bounded.then_some(self.max)
    }

    /// Why the command line can't give this many members, if it can't.
    pub(crate) fn check_count(&self, members: usize) -> Option<String> {
        let quoted = &self.quoted;
        if members == 0 {
            let missing = || format!("a value is required for '{quoted}' but none was supplied");
            return self.required.then(missing);
        }
        // With a delimiter, one value on the command line holds any number of members.
        let per_value = if self.format.delimiter.is_some() {
            usize::MAX
        } else {
            1
        };
        let most = if self.once { 1 } else { usize::MAX };
        let max = self.max.saturating_mul(per_value);
        // The fewest occurrences that can hold the members; `members` is not 0 here.
        let occurrences = members.div_ceil(max);
        if occurrences <= most && occurrences.saturating_mul(self.min) <= members {
            return None;
        }
        let (min, max) = (self.min, self.max);
        let wanted = match (min == max, self.once) {
            (true, true) => format!("{min} values"),
            (true, false) => format!("a multiple of {min} values"),
            (false, true) if max == usize::MAX => format!("at least {min} values"),
            (false, true) => format!("{min} to {max} values"),
            (false, false) => format!("groups of {min} to {max} values"),
        };
        let were = if members == 1 { "was" } else { "were" };
        Some(format!(
            "{wanted} required for '{quoted}' but {members} {were} provided"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::{ListSpec, ValueKind};
    use clap::{Arg, ArgAction, Command};

    /// Whether clap accepts `members` single values, in any grouping into occurrences.
    fn clap_accepts(arg: &Arg, members: usize) -> bool {
        fn groupings(members: usize) -> Vec<Vec<usize>> {
            if members == 0 {
                return vec![vec![]];
            }
            let first = |first| {
                groupings(members - first)
                    .into_iter()
                    .map(move |rest| [vec![first], rest].concat())
            };
            (1..=members).flat_map(first).collect()
        }
        groupings(members).into_iter().any(|grouping| {
            let occurrence = |values| ["--v"].into_iter().chain(std::iter::repeat_n("x", values));
            let typed = ["test"]
                .into_iter()
                .chain(grouping.iter().copied().flat_map(occurrence));
            let matches = Command::new("test").arg(arg).try_get_matches_from(typed);
            matches.is_ok_and(|matches| {
                matches
                    .get_many::<String>("v")
                    .is_none_or(|values| values.len() == members)
            })
        })
    }

    #[test]
    fn member_counts_are_accepted_exactly_if_clap_accepts_them() {
        let ranges: [clap::builder::ValueRange; 8] = [
            1.into(),
            2.into(),
            3.into(),
            (1..).into(),
            (2..).into(),
            (1..=2).into(),
            (2..=3).into(),
            (3..=4).into(),
        ];
        for range in ranges {
            for action in [ArgAction::Append, ArgAction::Set] {
                let arg = Arg::new("v")
                    .long("v")
                    .action(action.clone())
                    .num_args(range);
                let spec = ListSpec::new(&arg, true, ValueKind::Plain);
                for members in 0..=9 {
                    assert_eq!(
                        spec.check_count(members).is_none(),
                        clap_accepts(&arg, members),
                        "{members} of {range} with {action:?}",
                    );
                }
            }
        }
    }

    #[test]
    fn delimited_members_fit_into_one_value() {
        for action in [ArgAction::Append, ArgAction::Set] {
            let arg = Arg::new("v")
                .long("v")
                .action(action)
                .num_args(1)
                .value_delimiter(',');
            assert_eq!(
                ListSpec::new(&arg, true, ValueKind::Plain).check_count(5),
                None
            );
        }
    }
}
