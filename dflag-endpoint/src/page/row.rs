//! Rows: a flag on the page, and how it is turned there.

use crate::answer::{Flag, Wrong};

use super::View;
use super::control::Control;

/// A flag, and what stands beside it.
pub(super) struct Row<'a> {
    pub(super) flag: &'a Flag,
    /// `None` where it can't be set from the page.
    pub(super) control: Option<Control<'a>>,
    /// What was wrong with the value that was sent for it.
    pub(super) wrong: Vec<&'a Wrong>,
}

impl<'a> Row<'a> {
    pub(super) fn of(flag: &'a Flag, view: &View<'a>) -> Self {
        let typed = view.sent.and_then(|sent| sent.typed_for(&flag.name));
        let settable = flag.is_dynamic && view.setting.is_on();
        let wrong = view
            .sent
            .iter()
            .flat_map(|sent| sent.wrong_with(&flag.name));
        Self {
            flag,
            control: settable.then(|| Control::of(flag, typed)),
            wrong: wrong.collect(),
        }
    }

    /// What is told of the flag beside its value, and its name.
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
    use crate::answer::Flag;

    /// A dynamic flag with this value, which is its default, too.
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
            is_overridden: false,
            origin: "default".to_owned(),
            origin_location: None,
            pending_restart: None,
            possible_values: Vec::new(),
            environment_variable: None,
        }
    }
}
