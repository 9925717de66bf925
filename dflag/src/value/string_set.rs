//! Sets of strings.

use std::borrow::Cow;
use std::collections::BTreeSet;

use clap::builder::TypedValueParser;

use crate::text::list::{DASHES, ListFormat, Reading, trimmed};

/// Parses a set of strings: members separated by commas or line breaks, or a JSON array of strings.
/// White space around members and empty members are dropped, except in an array.
///
/// If all lines begin with a dash, the text is rejected as ambiguous.
///
/// ```
/// use std::collections::BTreeSet;
/// use clap::Parser;
/// use dflag::DynamicFlags;
///
/// #[derive(Clone, Parser, DynamicFlags)]
/// struct Args {
///     #[arg(long, default_value = "", value_parser = dflag::value::string_set())]
///     #[flag(dynamic)]
///     blocked: BTreeSet<String>,
/// }
///
/// let args = Args::try_parse_dynamic_from(["server"])?;
/// assert!(args.blocked.load().is_empty());
/// args.set("blocked", "eve, mallory")?;
/// assert!(args.blocked.load().contains("mallory"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn string_set() -> impl TypedValueParser<Value = BTreeSet<String>> {
    |text: &str| match FORMAT.read(trimmed(text)) {
        Reading::Members(members) | Reading::Literals { plain: members, .. } => {
            Ok(members.into_iter().collect())
        }
        Reading::Dashes { .. } => Err(DASHES),
    }
}

const FORMAT: ListFormat = ListFormat {
    delimiter: Some(','),
    trim: true,
    drop_empty: true,
    arrays: true,
};

/// A set as the text that [`string_set`] reads.
pub(crate) fn set_text(set: &BTreeSet<String>) -> String {
    let members: Vec<Cow<'_, str>> = set.iter().map(Cow::from).collect();
    FORMAT.join(&members)
}

/// The members of a set's text.
pub(crate) fn set_members(text: &str) -> Vec<String> {
    FORMAT.members(trimmed(text))
}
