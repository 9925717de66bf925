//! Names: the keys under which a source can set a flag.
//!
//! They are its long name, its aliases and its clap id; `-` and `_` are the same.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use clap::{Arg, Id};

use crate::schema::environment;
use crate::schema::flag_def::FlagKind;
use crate::schema::flag_spec::is_flag;

/// Every name of every flag.
pub(crate) struct Names {
    /// Normalized names.
    normalized: HashMap<String, Named>,
    /// The declared names that differ from another flag's in `-` and `_` only. Both flags are static:
    /// if one were dynamic, the program would not start.
    exact: HashMap<String, Named>,
    /// The flags that read each environment variable; none for a variable of other subcommands.
    variables: HashMap<String, Vec<usize>>,
}

/// What a key means.
pub(crate) enum Meaning<'a> {
    /// It names the flag with this index.
    Flag(usize),
    /// It names a flag of a subcommand that was not chosen.
    OtherSubcommand,
    /// It is the environment variable of these flags; none if only flags of other subcommands read it.
    Variable(&'a [usize]),
    Unknown,
}

/// What a name stands for.
#[derive(Clone, Copy)]
enum Named {
    /// The flag with this index.
    Flag(usize),
    /// A flag of the program and one of its subcommand. Both are static, too, and no source can set them by
    /// this name.
    Two,
    /// A flag of another subcommand.
    Other,
}

/// The similarity from which clap itself suggests a name.
const SIMILAR: f64 = 0.7;

impl Names {
    /// `by_id` has the flags of each level by their ids, and `others` are the arguments of other subcommands.
    /// An uncovered flag takes no name from a covered one.
    pub(crate) fn of<'a>(
        covered: &[(usize, &Arg)],
        uncovered: &[(usize, &Arg)],
        by_id: &[HashMap<Id, usize>],
        others: impl Iterator<Item = &'a Arg>,
    ) -> Self {
        let mut names = Self {
            normalized: HashMap::new(),
            exact: HashMap::new(),
            variables: HashMap::new(),
        };
        for (flag, arg) in covered.iter().chain(uncovered) {
            if let Some(variable) = environment::name(arg) {
                names.variables.entry(variable).or_default().push(*flag);
            }
        }
        names.add_flags(covered, by_id);
        names.add_flags(uncovered, by_id);
        for arg in others.filter(|arg| is_flag(arg)) {
            for name in declared(arg).chain([arg.get_id().as_str()]) {
                names.add_last(name, Named::Other);
            }
            if let Some(variable) = environment::name(arg) {
                names.variables.entry(variable).or_default();
            }
        }
        names
    }

    /// Adds all covered flags, or all uncovered ones.
    fn add_flags(&mut self, flags: &[(usize, &Arg)], by_id: &[HashMap<Id, usize>]) {
        // A long name takes precedence over another flag's alias, and both take precedence over an
        // id, which the command line does not know.
        for (flag, arg) in flags {
            self.add(arg.get_long(), *flag, flags);
        }
        for (flag, arg) in flags {
            self.add(arg.get_all_aliases().unwrap_or_default(), *flag, flags);
        }
        let is_one_of_these = |flag: &usize| {
            flags
                .binary_search_by_key(flag, |(other, _)| *other)
                .is_ok()
        };
        for (flag, arg) in flags {
            let with_id = by_id.iter().filter_map(|ids| ids.get(arg.get_id()));
            if with_id.filter(|flag| is_one_of_these(flag)).count() < 2 {
                self.add_last(arg.get_id().as_str(), Named::Flag(*flag));
            }
        }
    }

    fn add<'a>(
        &mut self,
        names: impl IntoIterator<Item = &'a str>,
        flag: usize,
        flags: &[(usize, &Arg)],
    ) {
        for name in names {
            let entry = self.normalized.entry(normalize(name).into_owned());
            let first_named = entry.or_insert(Named::Flag(flag));
            let Named::Flag(first) = *first_named else {
                continue;
            };
            if first == flag {
                continue;
            }
            let Some((_, arg)) = flags.iter().find(|(other, _)| *other == first) else {
                // A covered flag has the name, and this one is uncovered.
                continue;
            };
            // Within one command, clap permits no name twice.
            if declared(arg).any(|other| other == name) {
                *first_named = Named::Two;
            } else {
                self.exact
                    .entry(name.to_owned())
                    .or_insert(Named::Flag(flag));
            }
        }
    }

    fn add_last(&mut self, name: &str, named: Named) {
        self.normalized
            .entry(normalize(name).into_owned())
            .or_insert(named);
    }

    pub(crate) fn find(&self, key: &str) -> Option<usize> {
        match self.named(key)? {
            Named::Flag(flag) => Some(flag),
            Named::Two | Named::Other => None,
        }
    }

    pub(crate) fn meaning(&self, key: &str) -> Meaning<'_> {
        match self.named(key) {
            Some(Named::Flag(flag)) => Meaning::Flag(flag),
            Some(Named::Other) => Meaning::OtherSubcommand,
            Some(Named::Two) | None => match self.variables.get(key) {
                Some(flags) => Meaning::Variable(flags),
                None => Meaning::Unknown,
            },
        }
    }

    fn named(&self, key: &str) -> Option<Named> {
        let exact = self.exact.get(key);
        exact
            .or_else(|| self.normalized.get(&*normalize(key)))
            .copied()
    }

    /// The flag whose name is most similar to `key`, regardless of case, if one is similar.
    pub(crate) fn similar(&self, key: &str) -> Option<usize> {
        let key = normalize(key).to_lowercase();
        let flags = self
            .normalized
            .iter()
            .filter_map(|(name, named)| match named {
                Named::Flag(flag) => Some((name, flag)),
                Named::Two | Named::Other => None,
            });
        flags
            .map(|(name, flag)| (strsim::jaro(&key, &name.to_lowercase()), name, flag))
            .filter(|(similarity, ..)| *similarity > SIMILAR)
            .max_by(|one, other| one.0.total_cmp(&other.0).then_with(|| one.1.cmp(other.1)))
            .map(|(_, _, flag)| *flag)
    }
}

/// The long name and the aliases.
fn declared(arg: &Arg) -> impl Iterator<Item = &str> {
    let aliases = arg.get_all_aliases().unwrap_or_default();
    arg.get_long().into_iter().chain(aliases)
}

/// Two names that a source can't distinguish, of different flags of which at least one is dynamic, each
/// with the index of its flag.
pub(crate) fn ambiguous<'a>(
    flags: impl Iterator<Item = (&'a Arg, FlagKind)>,
) -> Option<[(&'a str, usize); 2]> {
    let names = flags
        .enumerate()
        .flat_map(|(flag, (arg, kind))| declared(arg).map(move |name| (name, flag, kind)));
    let mut first_by_name = HashMap::new();
    for (name, flag, kind) in names {
        let (first, first_flag, first_kind) = *first_by_name
            .entry(normalize(name))
            .or_insert((name, flag, kind));
        let dynamic = [kind, first_kind].contains(&FlagKind::Dynamic);
        if first_flag != flag && dynamic {
            return Some([(first, first_flag), (name, flag)]);
        }
    }
    None
}

/// Whether a source can use one name for the other.
pub(crate) fn alike(one: &str, other: &str) -> bool {
    normalize(one) == normalize(other)
}

/// The same name with the lifetime `'static`, which clap requires. clap's feature `string` would
/// allow owned names, but adds about 100 KiB to every program.
///
/// A program has a fixed number of flags, and each name is leaked once.
pub(crate) fn intern(name: &str) -> &'static str {
    static INTERNED: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());
    let mut interned = INTERNED.lock().unwrap_or_else(PoisonError::into_inner);
    let position = interned.partition_point(|other| *other < name);
    if let Some(found) = interned.get(position).filter(|other| **other == name) {
        return found;
    }
    let name: &'static str = Box::leak(Box::from(name));
    interned.insert(position, name);
    name
}

fn normalize(name: &str) -> Cow<'_, str> {
    if name.contains('-') {
        name.replace('-', "_").into()
    } else {
        name.into()
    }
}

#[cfg(test)]
mod tests {
    use super::{Names, ambiguous, intern};
    use crate::schema::flag_def::FlagKind;
    use clap::Arg;
    use std::iter::empty;

    #[test]
    fn name_is_leaked_once() {
        let names = ["b", "a", "c"].map(intern);
        assert_eq!(names, ["b", "a", "c"]);
        for name in names {
            let copy = name.to_owned();
            assert!(std::ptr::eq(intern(&copy), name));
        }
    }

    fn arg(long: &'static str, alias: &'static str, id: &'static str) -> Arg {
        Arg::new(id).long(long).alias(alias)
    }

    #[test]
    fn names_that_differ_in_separators_only_are_ambiguous_with_a_dynamic_flag() {
        use FlagKind::{Dynamic, Static};

        let names = |args: &[(Arg, FlagKind)]| {
            let found = ambiguous(args.iter().map(|(arg, kind)| (arg, *kind)));
            found.map(|[(one, _), (other, _)]| format!("{one} {other}"))
        };
        let [one, other] = [arg("a-b", "x", "1"), arg("a_b", "y", "2")];
        let alias = arg("c", "a_b", "3");
        assert_eq!(
            names(&[(one.clone(), Static), (other.clone(), Dynamic)]).as_deref(),
            Some("a-b a_b")
        );
        assert_eq!(
            names(&[(one.clone(), Dynamic), (alias.clone(), Static)]).as_deref(),
            Some("a-b a_b")
        );
        assert_eq!(
            names(&[(one.clone(), Static), (other.clone(), Static)]),
            None
        );
        assert_eq!(
            names(&[(one.clone(), Dynamic), (arg("ab", "a", "a_b"), Dynamic)]),
            None
        );

        let found = |args: [&Arg; 2], key| {
            Names::of(&[(0, args[0]), (1, args[1])], &[], &[], empty()).find(key)
        };
        assert_eq!(
            (found([&one, &other], "a-b"), found([&one, &other], "a_b")),
            (Some(0), Some(1))
        );
    }

    #[test]
    fn alias_takes_precedence_over_an_id() {
        let args = [arg("bar", "z", "foo"), arg("b", "foo", "y")];
        assert_eq!(
            Names::of(&[(0, &args[0]), (1, &args[1])], &[], &[], empty()).find("foo"),
            Some(1)
        );
    }
}
