//! The flags as lines for `curl` and `grep`. For people there is the debug page.

use std::fmt::{self, Display, Formatter};

use dflag::{FlagInfo, FlagKind};
use dflag_configmap::Status;

use crate::causes::with_causes;

/// All that there is to show, as of one moment.
pub(crate) struct Shown {
    pub(crate) flags: Vec<FlagInfo>,
    pub(crate) status: Status,
}

impl Shown {
    /// One line for each flag: name, value, and all else behind a `#`.
    pub(crate) fn text(&self) -> String {
        Text(self).to_string()
    }

    /// What the updater does.
    fn state(&self) -> Vec<(&'static str, String)> {
        vec![
            ("generation", self.status.generation.to_string()),
            ("applied", self.status.applied.to_string()),
            ("rejected", self.status.rejected.to_string()),
            ("unknown", self.status.unknown_key_sets.to_string()),
            ("follows by", self.status.watching.to_string()),
        ]
    }

    /// What is wrong.
    fn troubles(&self) -> Vec<(&'static str, String)> {
        let mut troubles = Vec::new();
        if let Some(error) = self.status.last_error.as_deref() {
            troubles.push(("last error", with_causes(error)));
        }
        for key in &self.status.unknown_keys {
            troubles.push(("unknown key", key.clone()));
        }
        for file in &self.status.frozen_files {
            troubles.push(("frozen file", file.to_string()));
        }
        troubles
    }
}

/// What is told of a flag beside its name and value.
fn remarks(flag: &FlagInfo) -> Vec<String> {
    let mut remarks = vec![kind(flag).to_owned(), format!("from {}", flag.origin)];
    if flag.changed {
        remarks.push(format!("default {}", value(flag.default.as_deref())));
    }
    if let Some(wanted) = &flag.pending_restart {
        remarks.push(format!(
            "pending restart {}",
            value(wanted.value.as_deref())
        ));
    }
    remarks
}

fn kind(flag: &FlagInfo) -> &'static str {
    match flag.kind {
        FlagKind::Static => "static",
        FlagKind::Dynamic => "dynamic",
    }
}

fn value(value: Option<&str>) -> &str {
    match value {
        None => "not set",
        Some("") => "\"\"",
        Some(value) => value,
    }
}

struct Text<'a>(&'a Shown);

impl Display for Text<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (name, text) in self.0.state().into_iter().chain(self.0.troubles()) {
            writeln!(f, "# {name}: {}", OneLine(&text))?;
        }
        for flag in &self.0.flags {
            let (name, value) = (&flag.name, value(flag.value.as_deref()));
            let remarks = remarks(flag).join(", ");
            writeln!(f, "{name} = {} # {}", OneLine(value), OneLine(&remarks))?;
        }
        Ok(())
    }
}

/// A text with its line ends written as `\n`.
struct OneLine<'a>(&'a str);

impl Display for OneLine<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.replace('\n', "\\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::OneLine;

    #[test]
    fn a_value_of_many_lines_takes_one() {
        assert_eq!(OneLine("a\nb").to_string(), "a\\nb");
    }
}
