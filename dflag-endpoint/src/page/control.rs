//! The form control of a flag.
//!
//! A flag's value is text of unknown type, so a control restricts what can be typed only if clap
//! lists the possible values.

use crate::json::Flag;

/// A form control with its initial value.
#[derive(Debug, PartialEq)]
pub(super) enum Control<'a> {
    Checkbox {
        is_checked: bool,
    },
    Select {
        options: Vec<SelectOption<'a>>,
        /// Whether no option is selected.
        is_unset: bool,
    },
    /// For JSON, lists, and text of several lines or of a long one.
    TextArea {
        text: &'a str,
        rows: usize,
    },
    /// Always empty.
    Secret,
    /// A text field with a numeric keyboard. A number field would reject `1e400`, and text for a
    /// text flag whose value looks like a number.
    Number(&'a str),
    Text(&'a str),
}

#[derive(Debug, PartialEq)]
pub(super) struct SelectOption<'a> {
    pub(super) value: &'a str,
    pub(super) is_selected: bool,
}

const MIN_ROWS: usize = 2;
const MAX_ROWS: usize = 16;

/// The characters of a line, about. A longer one is hard to edit in a field of one line.
const LINE_LENGTH: usize = 80;

impl<'a> Control<'a> {
    /// The control of `flag`, with the value that was `typed` or else the one that was given.
    pub(super) fn new(flag: &'a Flag, typed: Option<&'a str>) -> Self {
        let text = typed.or(flag.given_value());
        let is_set = text.is_some();
        let text = text.unwrap_or_default();
        if flag.is_secret {
            Self::Secret
        } else if takes_a_possible_value(flag) {
            if is_set && flag.possible_values == ["true", "false"] {
                let is_checked = text == "true";
                return Self::Checkbox { is_checked };
            }
            let values = flag.possible_values.iter();
            let options: Vec<_> = values
                .map(|value| SelectOption {
                    value,
                    is_selected: is_set && value == text,
                })
                .collect();
            let is_unset = !options.iter().any(|option| option.is_selected);
            Self::Select { options, is_unset }
        } else if flag.is_json || flag.is_list || rows(text) > 1 {
            let rows = rows(text).clamp(MIN_ROWS, MAX_ROWS);
            Self::TextArea { text, rows }
        } else if is_number(flag) {
            Self::Number(text)
        } else {
            Self::Text(text)
        }
    }
}

/// The rows that show the text, about.
fn rows(text: &str) -> usize {
    let lines = text.split('\n');
    let rows = lines.map(|line| line.chars().count().div_ceil(LINE_LENGTH).max(1));
    rows.sum()
}

/// Values of the flag that are known to be valid.
fn valid_values(flag: &Flag) -> impl Iterator<Item = &str> {
    let default = flag.has_default.then_some(&*flag.default_value);
    flag.given_value().into_iter().chain(default)
}

/// Whether the flag takes one of clap's possible values, and not a list of them or an alias.
fn takes_a_possible_value(flag: &Flag) -> bool {
    let possible = &flag.possible_values;
    !possible.is_empty()
        && !flag.is_list
        && valid_values(flag).all(|text| possible.iter().any(|value| value == text))
}

fn is_number(flag: &Flag) -> bool {
    let number = |text: &str| {
        let digits = text.strip_prefix('-').unwrap_or(text);
        digits.starts_with(|first: char| first.is_ascii_digit()) && digits.parse::<f64>().is_ok()
    };
    valid_values(flag).next().is_some() && valid_values(flag).all(number)
}

#[cfg(test)]
mod tests {
    use super::{Control, LINE_LENGTH, SelectOption};
    use crate::json::LayerValue;
    use crate::page::row::tests::flag;

    #[test]
    fn a_bool_is_a_checkbox_unless_it_may_be_unset() {
        let mut flag = flag("maintenance", "true");
        flag.possible_values = ["true", "false"].map(str::to_owned).into();
        assert_eq!(
            Control::new(&flag, None),
            Control::Checkbox { is_checked: true }
        );
        assert_eq!(
            Control::new(&flag, Some("false")),
            Control::Checkbox { is_checked: false }
        );

        flag.is_set = false;
        flag.has_default = false;
        assert!(matches!(
            Control::new(&flag, None),
            Control::Select { is_unset: true, .. }
        ));
    }

    #[test]
    fn control_has_the_value_before_the_program_adjusted_it() {
        let mut flag = flag("workers", "64");
        flag.layers = vec![LayerValue {
            origin: "default".to_owned(),
            origin_location: None,
            value: Some("64".to_owned()),
        }];
        flag.is_adjusted = true;
        flag.current_value = "adjusted by the program".to_owned();
        assert_eq!(Control::new(&flag, None), Control::Number("64"));
    }

    #[test]
    fn possible_values_are_a_select() {
        let mut flag = flag("level", "warn");
        flag.possible_values = ["info", "warn"].map(str::to_owned).into();
        let options = vec![
            SelectOption {
                value: "info",
                is_selected: false,
            },
            SelectOption {
                value: "warn",
                is_selected: true,
            },
        ];
        let is_unset = false;
        assert_eq!(
            Control::new(&flag, None),
            Control::Select { options, is_unset }
        );

        flag.current_value = "info,warn".to_owned();
        assert_eq!(Control::new(&flag, None), Control::Text("info,warn"));
    }

    #[test]
    fn a_secret_is_a_secret_whatever_else_it_is() {
        let mut flag = flag("token", "********");
        flag.is_secret = true;
        flag.is_json = true;
        assert_eq!(Control::new(&flag, Some("typed")), Control::Secret);
    }

    #[test]
    fn a_number_needs_a_numeric_value_and_default() {
        for number in ["0", "-1", "0.25", "18446744073709551616", "1e400"] {
            assert_eq!(
                Control::new(&flag("n", number), None),
                Control::Number(number)
            );
        }
        for text in ["", "5s", "NaN", "inf", "-", "localhost:9000", ".5"] {
            assert_eq!(Control::new(&flag("n", text), None), Control::Text(text));
        }
        let mut flag = flag("n", "8080");
        flag.default_value = "http".to_owned();
        assert_eq!(Control::new(&flag, None), Control::Text("8080"));
    }

    #[test]
    fn json_lists_and_lines_are_text_areas() {
        let text = "a\nb\nc";
        assert_eq!(
            Control::new(&flag("lines", text), None),
            Control::TextArea { text, rows: 3 }
        );
        let text = &*"x".repeat(LINE_LENGTH + 1);
        assert_eq!(
            Control::new(&flag("long", text), None),
            Control::TextArea { text, rows: 2 }
        );
        let mut json = flag("json", "1");
        json.is_json = true;
        let mut list = flag("list", "1");
        list.is_list = true;
        list.possible_values = ["1", "2"].map(str::to_owned).into();
        for flag in [json, list] {
            assert_eq!(
                Control::new(&flag, None),
                Control::TextArea { text: "1", rows: 2 }
            );
        }
    }
}
