//! Reasons, in a form in which those of clap and of a problem can be compared.

use std::any::TypeId;

use clap::error::ErrorKind;

use crate::row::Row;

impl Row {
    pub(crate) fn parses(&self, id: TypeId) -> bool {
        let command = (self.program.command)();
        let arg = command.get_arguments().next().unwrap();
        arg.get_value_parser().type_id() == id
    }

    /// clap's reason on one line, without its hints.
    pub(crate) fn reason(&self, error: &clap::Error) -> String {
        let text = error.to_string();
        let text = text.strip_prefix("error: ").unwrap_or(&text);
        let lines = text.lines().take_while(|line| !line.is_empty());
        let lines: Vec<_> = lines.map(str::trim).collect();
        let reason = lines.join(" ");
        assert_ne!(error.kind(), ErrorKind::DisplayHelp, "{reason}");
        self.comparable(&reason)
    }

    /// The reason in a problem, without the hints for files.
    pub(crate) fn problem(&self, problem: &str) -> String {
        let name = format!("`{}`: ", self.names[0]);
        let reason = problem.strip_prefix(&name).unwrap_or(problem);
        let hints = [
            "; remove the key",
            "; clear a flag to return",
            "; the flag is required, so write a value",
        ];
        let end = hints.iter().filter_map(|hint| reason.find(hint)).min();
        self.comparable(&reason[..end.unwrap_or(reason.len())])
    }

    /// clap quotes an argument with the number of its values, and a file accepts more words for a bool.
    fn comparable(&self, reason: &str) -> String {
        let mut reason = reason.to_owned();
        for next in [" ", "[", "="] {
            let quoted = format!("'--{}{next}", self.names[0]);
            if let Some(start) = reason.find(&quoted) {
                let start = start + quoted.len();
                if let Some(end) = reason[start..].find('\'') {
                    reason.replace_range(start - 1..start + end, "");
                }
            }
        }
        if self.parses(TypeId::of::<bool>())
            && let Some(start) = reason.find(" [possible values: ")
        {
            reason.truncate(start);
        }
        reason
    }
}
