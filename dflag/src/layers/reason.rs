//! Reasons: the message of a rejected value, on one line, of bounded length and without secrets.

use std::error::Error;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::schema::FlagSpec;
use crate::text::escape::{escaped, one_line};
use crate::value::volatile::FileContent;

/// The longest quote of a value in an error, in characters: a file may hold a megabyte.
const MAX_QUOTE: usize = 80;

/// The longest reason of a parser or a check, in characters. It may quote the value as well.
const MAX_REASON: usize = 1_000;

const SECRET: &str = "rejected (the flag is secret: neither its value nor the reason is shown)";

const UNCOVERED: &str = "rejected (no struct that derives `DynamicFlags` declares the flag: neither its value nor \
                         the reason is shown)";

/// The reason to display.
pub(crate) fn displayed(spec: &FlagSpec, reason: &str) -> String {
    if spec.def.secret {
        let reason = if spec.def.covered { SECRET } else { UNCOVERED };
        return reason.to_owned();
    }
    of_rule(reason)
}

/// The reason to display where a flag's check rejects the content of files. The check's own may quote any part
/// of it, in any form.
pub(crate) fn of_content(contents: &[FileContent]) -> String {
    let mut paths: Vec<_> = contents.iter().map(|file| escaped(&file.path)).collect();
    paths.dedup();
    let (paths, files) = match paths.as_slice() {
        [path] => (path.to_string(), "this file"),
        paths => (paths.join(" or "), "these files"),
    };
    format!(
        "a check rejects the content of {paths}; neither it nor the reason is shown: write a valid value into \
         {files}, or name another"
    )
}

/// Whether a reason quotes one of the texts. No reason quotes an empty one.
pub(crate) fn quotes(reason: &str, texts: &[String]) -> bool {
    texts
        .iter()
        .any(|text| !text.is_empty() && reason.contains(&**text))
}

/// The reason of a rule across flags.
pub(crate) fn of_rule(reason: &str) -> String {
    truncated(&one_line(reason), MAX_REASON)
}

/// clap's message, without the hints that it adds for a terminal.
pub(crate) fn of_clap(error: &clap::Error) -> String {
    if let Some(ContextValue::String(arg)) = error.get(ContextKind::InvalidArg)
        && let Some(ContextValue::String(value)) = error.get(ContextKind::InvalidValue)
    {
        let quote = truncated(&escaped(value), MAX_QUOTE);
        match (error.kind(), error.source()) {
            // clap's own message for an empty value where it lists possible values.
            (ErrorKind::InvalidValue, _) if value.is_empty() => {
                return format!("a value is required for '{arg}' but none was supplied");
            }
            (ErrorKind::InvalidValue | ErrorKind::ValueValidation, None) => {
                return format!("invalid value '{quote}' for '{arg}'");
            }
            (ErrorKind::ValueValidation, Some(source)) => {
                return format!("invalid value '{quote}' for '{arg}': {source}");
            }
            _ => {}
        }
    }
    // The program's own parser may return any error.
    let text = error.to_string();
    let lines = text.strip_prefix("error: ").unwrap_or(&text).lines();
    let lines = lines.map(str::trim).take_while(|line| {
        // The problem lists the possible values next to the reason.
        ![
            "[possible values: ",
            "Usage: ",
            "For more information, try ",
        ]
        .iter()
        .any(|end| line.starts_with(end))
    });
    let lines: Vec<_> = lines.filter(|line| !line.is_empty()).collect();
    lines.join(" ")
}

/// The text, or its first `max` characters and an ellipsis.
fn truncated(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
