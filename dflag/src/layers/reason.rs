//! Reasons: the message of a rejected value, without secrets and of bounded length.

use clap::error::{ContextKind, ContextValue};

use crate::schema::FlagSpec;

/// The longest quote of a value in an error, in characters: a file may hold a megabyte.
const MAX_QUOTE: usize = 80;

/// The longest reason of a parser or a check, in characters. It may quote the value as well.
const MAX_REASON: usize = 1_000;

const SECRET: &str = "rejected (the flag is secret: neither its value nor the reason is shown)";

/// The reason to display.
pub(crate) fn displayed(spec: &FlagSpec, reason: String) -> String {
    if spec.def.secret {
        return SECRET.to_owned();
    }
    truncated(&reason, MAX_REASON).unwrap_or(reason)
}

/// clap's message, without the hints that it adds for a terminal.
pub(crate) fn of_clap(mut error: clap::Error) -> String {
    if let Some(ContextValue::String(value)) = error.get(ContextKind::InvalidValue)
        && let Some(quote) = truncated(value, MAX_QUOTE)
    {
        error.insert(ContextKind::InvalidValue, ContextValue::String(quote));
    }
    let text = error.to_string();
    let lines = text.strip_prefix("error: ").unwrap_or(&text).lines();
    let lines = lines.take_while(|line| {
        // The problem lists the possible values next to the reason.
        !line.is_empty() && !line.trim_start().starts_with("[possible values: ")
    });
    let lines: Vec<_> = lines.map(str::trim).collect();
    lines.join(" ")
}

/// The first `max` characters of a text that is longer.
fn truncated(text: &str, max: usize) -> Option<String> {
    let (end, _) = text.char_indices().nth(max)?;
    Some(format!("{}…", text.get(..end)?))
}
