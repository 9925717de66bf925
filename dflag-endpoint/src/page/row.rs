//! A flag on the page.

use std::time::SystemTime;

use super::PageData;
use super::control::Control;
use super::kubectl::patch_command;
use super::until::Until;
use super::visible::one_line;
use crate::json::{Flag, ProblemDetail};

/// A flag with its control.
pub(super) struct Row<'a> {
    pub(super) flag: &'a Flag,
    /// `None` if the page can't set the flag.
    pub(super) control: Option<Control<'a>>,
    /// Whether the page can clear the flag's override.
    pub(super) can_clear: bool,
    /// The duration of the override that was typed.
    pub(super) expires_in: &'a str,
    /// The reason that was typed.
    pub(super) reason: &'a str,
    /// When the override expires.
    pub(super) until: Option<Until>,
    /// Why the value that was typed was rejected.
    pub(super) problems: Vec<&'a ProblemDetail>,
    /// The command that makes the override permanent.
    pub(super) patch_command: Option<String>,
}

/// What of a row needs attention, the most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Need {
    Rejected,
    Overridden,
    PendingRestart,
    Changed,
    Nothing,
}

impl<'a> Row<'a> {
    pub(super) fn new(flag: &'a Flag, page: &'a PageData<'a>) -> Self {
        let form = page.rejected_form.as_ref();
        let typed = form.and_then(|form| form.value_of(&flag.name));
        let is_settable = flag.is_dynamic && page.access.can_set;
        let problems = form
            .into_iter()
            .flat_map(|form| form.problems_of(&flag.name));
        Self {
            flag,
            control: is_settable.then(|| Control::new(flag, typed)),
            can_clear: flag.is_overridden && flag.is_dynamic && page.access.can_clear,
            expires_in: form
                .and_then(|form| form.expiry_of(&flag.name))
                .unwrap_or_default(),
            reason: form
                .and_then(|form| form.reason_of(&flag.name))
                .unwrap_or_default(),
            until: flag
                .expiry
                .as_ref()
                .map(|expiry| Until::new(expiry.remaining, SystemTime::now())),
            problems: problems.collect(),
            patch_command: patch_command(flag, page.config_map),
        }
    }

    pub(super) fn need(&self) -> Need {
        let flag = self.flag;
        if flag.rejection.is_some() || !self.problems.is_empty() {
            Need::Rejected
        } else if flag.is_overridden {
            Need::Overridden
        } else if flag.pending_restart.is_some() {
            Need::PendingRestart
        } else if flag.is_changed {
            Need::Changed
        } else {
            Need::Nothing
        }
    }

    /// Whether the page shows the row's details at first.
    pub(super) fn is_open(&self, is_only_one: bool) -> bool {
        is_only_one || !self.problems.is_empty()
    }

    /// The value on one line.
    pub(super) fn short_value(&self) -> String {
        one_line(
            &self.flag.current_value,
            self.flag.is_json && !self.flag.is_secret,
        )
    }

    /// Whether the flag may have no value.
    pub(super) fn can_unset(&self) -> bool {
        self.flag.is_set && self.flag.is_optional
    }

    /// Whether the default says more than the current value.
    pub(super) fn has_other_default(&self) -> bool {
        let flag = self.flag;
        flag.is_secret
            || flag.is_set != flag.has_default
            || flag.current_value != flag.default_value
    }

    pub(super) fn bounds(&self) -> String {
        bounds_text(self.flag)
    }

    pub(super) fn kind(&self) -> &'static str {
        if self.flag.is_dynamic {
            "dynamic"
        } else {
            "static"
        }
    }
}

/// What bounds a value, as text after its type.
fn bounds_text(flag: &Flag) -> String {
    let unit = flag.unit.as_deref();
    let unit = unit.map(|unit| format!(" {unit}")).unwrap_or_default();
    let length = [flag.min_length, flag.max_length].map(|bound| bound.map(|n| n.to_string()));
    let [min, max] = [&flag.min, &flag.max].map(Option::as_deref);
    let [min_length, max_length] = length.each_ref().map(Option::as_deref);
    let mut text = match range(min, max) {
        Some(range) => format!(", {range}{unit}"),
        None if unit.is_empty() => String::new(),
        None => format!(", in{unit}"),
    };
    if let Some(range) = range(min_length, max_length) {
        text.push_str(", length ");
        text.push_str(&range);
    }
    if flag.is_bytes {
        text.push_str(", in base64");
    }
    text
}

fn range(min: Option<&str>, max: Option<&str>) -> Option<String> {
    match (min, max) {
        (Some(min), Some(max)) => Some(format!("{min} to {max}")),
        (Some(min), None) => Some(format!("at least {min}")),
        (None, Some(max)) => Some(format!("at most {max}")),
        (None, None) => None,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::bounds_text;
    use crate::json::Flag;

    #[test]
    fn bounds_are_written_after_the_type() {
        let text = |min: Option<&str>, max: Option<&str>, unit: Option<&str>| {
            bounds_text(&Flag {
                min: min.map(str::to_owned),
                max: max.map(str::to_owned),
                unit: unit.map(str::to_owned),
                ..flag("n", "1")
            })
        };
        assert_eq!(text(None, None, None), "");
        assert_eq!(text(None, None, Some("ms")), ", in ms");
        assert_eq!(text(Some("1"), Some("5"), Some("ms")), ", 1 to 5 ms");
        assert_eq!(text(Some("1"), None, None), ", at least 1");
        let length = Flag {
            max_length: Some(3),
            ..flag("list", "")
        };
        assert_eq!(bounds_text(&length), ", length at most 3");
        let bytes = Flag {
            is_bytes: true,
            ..flag("key", "AP8=")
        };
        assert_eq!(bounds_text(&bytes), ", in base64");
    }

    /// A dynamic flag whose value is its default.
    pub(in crate::page) fn flag(name: &str, value: &str) -> Flag {
        Flag {
            name: name.to_owned(),
            description: String::new(),
            current_value: value.to_owned(),
            default_value: value.to_owned(),
            is_changed: false,
            is_dynamic: true,
            is_json: false,
            is_list: false,
            is_bytes: false,
            is_optional: false,
            is_set: true,
            has_default: true,
            is_secret: false,
            is_covered: true,
            is_overridden: false,
            is_adjusted: false,
            revision: 1,
            origin: "default".to_owned(),
            origin_location: None,
            layers: Vec::new(),
            expiry: None,
            pending_restart: None,
            possible_values: Vec::new(),
            environment_variable: None,
            type_name: Some("String".to_owned()),
            group: None,
            unit: None,
            min: None,
            max: None,
            min_length: None,
            max_length: None,
            deprecated: None,
            rejection: None,
        }
    }
}
