//! Texts: from the content of a key to the arguments that clap parses, and from the values that
//! clap parsed back to text.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::iter::once;
use std::sync::Arc;

use clap::{Arg, ArgMatches};

use crate::error::Problem;
use crate::layers::layer::Content;
use crate::origin::Origin;
use crate::schema::FlagSpec;

/// The text of a key's content.
pub(crate) fn content_text<'a>(
    spec: &FlagSpec,
    content: &'a Content,
    origin: &dyn Fn() -> Origin,
) -> Result<Cow<'a, str>, Problem> {
    let text = match content {
        Content::Text(text) => text,
        Content::File(bytes) if spec.bytes => return Ok(base64(bytes).into()),
        Content::File(bytes) => std::str::from_utf8(bytes).map_err(|_| Problem::NotUtf8 {
            flag: spec.name.clone(),
            origin: origin(),
        })?,
        Content::Unreadable(cause) => {
            return Err(Problem::Unreadable {
                flag: spec.name.clone(),
                origin: origin(),
                cause: Arc::clone(cause),
            });
        }
    };
    Ok(if spec.def.trim { text.trim() } else { text }.into())
}

#[cfg(feature = "bytes")]
fn base64(bytes: &[u8]) -> String {
    crate::value::Bytes::from(bytes.to_vec()).to_string()
}

#[cfg(not(feature = "bytes"))]
fn base64(_: &[u8]) -> String {
    String::new()
}

/// The command line that gives the flag this text.
pub(crate) fn command_line(spec: &FlagSpec, arg: &Arg, text: &str) -> Vec<String> {
    let with = |value: &str| format!("--{}={value}", spec.name);
    if !spec.def.many {
        return vec![with(text)];
    }
    let values: Vec<&str> = if spec.def.trim {
        let lines = text.lines().map(str::trim);
        lines.filter(|line| !line.is_empty()).collect()
    } else {
        text.lines().collect()
    };
    let together = arg
        .get_num_args()
        .is_some_and(|range| range.max_values() > 1);
    let flag = || format!("--{}", spec.name);
    match values.as_slice() {
        // clap then reports in its own words that a value is required.
        [] if arg.is_required_set() => vec![flag()],
        [] => Vec::new(),
        _ if together => once(flag())
            .chain(values.into_iter().map(str::to_owned))
            .collect(),
        _ => values.into_iter().map(with).collect(),
    }
}

/// The text of the value that clap parsed; `None` if there is none.
pub(crate) fn value_text(spec: &FlagSpec, matches: &ArgMatches) -> Option<Arc<str>> {
    let id = spec.def.id.as_str();
    if spec.boolish
        && let Ok(Some(values)) = matches.try_get_many::<bool>(id)
    {
        let words = values.map(|value| OsStr::new(if *value { "true" } else { "false" }));
        return Some(spec.join(words).into());
    }
    let values = matches.try_get_raw(id).ok()??;
    Some(spec.join(values).into())
}
