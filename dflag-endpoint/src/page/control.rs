//! Controls: how a flag's value is typed.
//!
//! A flag tells its value as text and not its type, so a control never narrows what can be typed
//! unless clap itself says which values there are.

use crate::answer::Flag;

/// How a value is typed, and what stands there before anyone types.
#[derive(Debug, PartialEq)]
pub(super) enum Control<'a> {
    Checkbox {
        on: bool,
    },
    Select {
        options: Vec<Choosable<'a>>,
        /// Whether none of them is chosen.
        unset: bool,
    },
    /// JSON, a list, or anything else of several lines.
    Area {
        text: &'a str,
        rows: usize,
    },
    /// Empty, whatever the value is.
    Secret,
    /// A text field with the keyboard for numbers: a number field would take no `1e400` and no
    /// text, should it be a flag of text whose value happens to be a number.
    Number(&'a str),
    Text(&'a str),
}

/// One of the values that there are.
#[derive(Debug, PartialEq)]
pub(super) struct Choosable<'a> {
    pub(super) value: &'a str,
    pub(super) chosen: bool,
}

/// Lines of the smallest and of the tallest area.
const ROWS: (usize, usize) = (2, 16);

impl<'a> Control<'a> {
    /// The control of `flag`, showing what was `typed`, or else the value that holds.
    pub(super) fn of(flag: &'a Flag, typed: Option<&'a str>) -> Self {
        let text = typed.unwrap_or(&flag.current_value);
        let set = typed.is_some() || flag.is_set;
        if flag.is_secret {
            Self::Secret
        } else if is_one_of_the_possible(flag) {
            let values = flag.possible_values.iter();
            if set && flag.possible_values == ["true", "false"] {
                return Self::Checkbox { on: text == "true" };
            }
            let options: Vec<_> = values
                .map(|value| Choosable {
                    value,
                    chosen: set && value == text,
                })
                .collect();
            let unset = !options.iter().any(|option| option.chosen);
            Self::Select { options, unset }
        } else if flag.is_json || flag.is_list || text.contains('\n') {
            let (least, most) = ROWS;
            let rows = text.lines().count().clamp(least, most);
            Self::Area { text, rows }
        } else if is_a_number(flag) {
            Self::Number(text)
        } else {
            Self::Text(text)
        }
    }
}

/// The texts of the flag that are known to be valid.
fn known(flag: &Flag) -> impl Iterator<Item = &str> {
    let current = flag.is_set.then_some(&*flag.current_value);
    let default = flag.has_default.then_some(&*flag.default_value);
    current.into_iter().chain(default)
}

/// Whether its value is one of those that clap names, and not a list of them, or an alias.
fn is_one_of_the_possible(flag: &Flag) -> bool {
    let possible = &flag.possible_values;
    !possible.is_empty()
        && !flag.is_list
        && known(flag).all(|text| possible.iter().any(|value| value == text))
}

fn is_a_number(flag: &Flag) -> bool {
    let number = |text: &str| {
        let digits = text.strip_prefix('-').unwrap_or(text);
        digits.starts_with(|first: char| first.is_ascii_digit()) && digits.parse::<f64>().is_ok()
    };
    known(flag).next().is_some() && known(flag).all(number)
}

#[cfg(test)]
mod tests {
    use super::{Choosable, Control};
    use crate::page::row::tests::flag;

    #[test]
    fn a_bool_is_a_checkbox_until_it_may_be_unset() {
        let mut flag = flag("maintenance", "true");
        flag.possible_values = ["true", "false"].map(str::to_owned).into();
        assert_eq!(Control::of(&flag, None), Control::Checkbox { on: true });
        assert_eq!(
            Control::of(&flag, Some("false")),
            Control::Checkbox { on: false }
        );

        flag.is_set = false;
        flag.has_default = false;
        assert!(matches!(
            Control::of(&flag, None),
            Control::Select { unset: true, .. }
        ));
    }

    #[test]
    fn values_that_clap_names_are_chosen_from() {
        let mut flag = flag("level", "warn");
        flag.possible_values = ["info", "warn"].map(str::to_owned).into();
        let options = vec![
            Choosable {
                value: "info",
                chosen: false,
            },
            Choosable {
                value: "warn",
                chosen: true,
            },
        ];
        let unset = false;
        assert_eq!(Control::of(&flag, None), Control::Select { options, unset });

        flag.current_value = "info,warn".to_owned();
        assert_eq!(Control::of(&flag, None), Control::Text("info,warn"));
    }

    #[test]
    fn a_secret_is_typed_blind_whatever_else_it_is() {
        let mut flag = flag("token", "********");
        flag.is_secret = true;
        flag.is_json = true;
        assert_eq!(Control::of(&flag, Some("typed")), Control::Secret);
    }

    #[test]
    fn a_number_is_one_before_and_by_default() {
        for number in ["0", "-1", "0.25", "18446744073709551616", "1e400"] {
            assert_eq!(
                Control::of(&flag("n", number), None),
                Control::Number(number)
            );
        }
        for text in ["", "5s", "NaN", "inf", "-", "localhost:9000", ".5"] {
            assert_eq!(Control::of(&flag("n", text), None), Control::Text(text));
        }
        let mut flag = flag("n", "8080");
        flag.default_value = "http".to_owned();
        assert_eq!(Control::of(&flag, None), Control::Text("8080"));
    }

    #[test]
    fn json_lists_and_lines_have_room() {
        let text = "a\nb\nc";
        assert_eq!(
            Control::of(&flag("lines", text), None),
            Control::Area { text, rows: 3 }
        );
        let mut json = flag("json", "1");
        json.is_json = true;
        let mut list = flag("list", "1");
        list.is_list = true;
        list.possible_values = ["1", "2"].map(str::to_owned).into();
        for flag in [json, list] {
            assert_eq!(
                Control::of(&flag, None),
                Control::Area { text: "1", rows: 2 }
            );
        }
    }
}
