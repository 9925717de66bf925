//! The flags as text for `curl` and `grep`. People use the debug page.

use std::fmt::{self, Display, Formatter};

use dflag::{FlagInfo, FlagKind};
use dflag_configmap::Status;

use crate::error_chain::error_chain;

/// The updater's status as comments, then one line for each flag: name, value, and details after a
/// `#`.
pub(crate) struct FlagsText {
    pub(crate) flags: Vec<FlagInfo>,
    pub(crate) status: Status,
}

impl FlagsText {
    fn comments(&self) -> Vec<(&'static str, String)> {
        let status = &self.status;
        let mut comments = vec![
            ("generation", status.generation.to_string()),
            ("applied", status.applied.to_string()),
            ("rejected", status.rejected.to_string()),
            ("unknown", status.unknown_key_sets.to_string()),
            ("watching", status.watching.to_string()),
        ];
        if let Some(error) = status.last_error.as_deref() {
            comments.push(("last error", error_chain(error)));
        }
        for key in &status.unknown_keys {
            comments.push(("unknown key", key.clone()));
        }
        for file in &status.frozen_files {
            comments.push(("frozen file", file.to_string()));
        }
        comments
    }
}

impl Display for FlagsText {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (name, text) in self.comments() {
            writeln!(f, "# {name}: {}", OneLine(&text))?;
        }
        for flag in &self.flags {
            let (name, value) = (&flag.name, value(flag.value.as_deref()));
            let details = details(flag).join(", ");
            writeln!(f, "{name} = {} # {}", OneLine(value), OneLine(&details))?;
        }
        Ok(())
    }
}

fn details(flag: &FlagInfo) -> Vec<String> {
    let kind = match flag.kind {
        FlagKind::Static => "static",
        FlagKind::Dynamic => "dynamic",
    };
    let mut details = vec![kind.to_owned(), format!("from {}", flag.origin)];
    if flag.changed {
        details.push(format!("default {}", value(flag.default.as_deref())));
    }
    if let Some(pending) = &flag.pending_restart {
        let value = value(pending.value.as_deref());
        details.push(format!("pending restart {value}"));
    }
    details
}

fn value(value: Option<&str>) -> &str {
    match value {
        None => "not set",
        Some("") => "\"\"",
        Some(value) => value,
    }
}

/// A text with its line breaks written as `\n`.
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
    fn a_value_of_several_lines_is_written_in_one() {
        assert_eq!(OneLine("a\nb").to_string(), "a\\nb");
    }
}
