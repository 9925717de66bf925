//! Content: the text of a key, and the text of a value that clap parsed.

use std::borrow::Cow;
use std::sync::Arc;

use clap::ArgMatches;

use crate::error::Problem;
use crate::layers::layer::Content;
use crate::origin::Origin;
use crate::schema::FlagSpec;
use crate::schema::value_kind::ValueKind;
use crate::text::list::trimmed;

/// The text of a key's content.
pub(crate) fn content_text<'a>(
    spec: &FlagSpec,
    content: &'a Content,
    origin: &dyn Fn() -> Origin,
) -> Result<Cow<'a, str>, Vec<Problem>> {
    let text = match content {
        Content::Text(text) => text,
        Content::File(bytes) if spec.value_kind == ValueKind::Bytes => {
            return Ok(base64(bytes).into());
        }
        Content::File(bytes) => std::str::from_utf8(bytes).map_err(|_| {
            vec![Problem::NotUtf8 {
                flag: spec.name.clone(),
                origin: origin(),
            }]
        })?,
        Content::Unreadable(cause) => {
            return Err(vec![Problem::Unreadable {
                flag: spec.name.clone(),
                origin: origin(),
                cause: cause.clone(),
            }]);
        }
    };
    Ok(if spec.def.trim { trimmed(text) } else { text }.into())
}

#[cfg(feature = "bytes")]
fn base64(bytes: &[u8]) -> String {
    crate::value::Bytes::from(bytes.to_vec()).to_string()
}

#[cfg(not(feature = "bytes"))]
fn base64(_: &[u8]) -> String {
    String::new()
}

/// The text of the value that clap parsed; `None` if there is none.
pub(crate) fn value_text(spec: &FlagSpec, matches: &ArgMatches) -> Option<Arc<str>> {
    let values = matches.try_get_raw(spec.def.id.as_str()).ok()??;
    Some(spec.text_of(values).into())
}
