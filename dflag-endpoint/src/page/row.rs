//! A flag on the page.

use super::PageData;
use super::control::Control;
use crate::json::{Flag, ProblemDetail};

/// A flag with its control.
pub(super) struct Row<'a> {
    pub(super) flag: &'a Flag,
    /// `None` if the page can't set the flag.
    pub(super) control: Option<Control<'a>>,
    /// Why the value that was typed was rejected.
    pub(super) problems: Vec<&'a ProblemDetail>,
}

impl<'a> Row<'a> {
    pub(super) fn new(flag: &'a Flag, page: &'a PageData<'a>) -> Self {
        let form = page.rejected_form.as_ref();
        let typed = form.and_then(|form| form.value_of(&flag.name));
        let is_settable = flag.is_dynamic && page.access.is_on();
        let problems = form
            .into_iter()
            .flat_map(|form| form.problems_of(&flag.name));
        Self {
            flag,
            control: is_settable.then(|| Control::new(flag, typed)),
            problems: problems.collect(),
        }
    }

    pub(super) fn kind(&self) -> &'static str {
        if self.flag.is_dynamic {
            "dynamic"
        } else {
            "static"
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use crate::json::Flag;

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
            is_set: true,
            has_default: true,
            is_secret: false,
            is_covered: true,
            is_overridden: false,
            is_adjusted: false,
            origin: "default".to_owned(),
            origin_location: None,
            layers: Vec::new(),
            pending_restart: None,
            possible_values: Vec::new(),
            environment_variable: None,
        }
    }
}
