//! Edits in JSON.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::{Change, Edits};
use crate::response::Rejection;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonBody<T> {
    flags: Vec<T>,
    #[serde(default)]
    reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetFlag {
    name: String,
    #[serde(default)]
    value: Option<Box<RawValue>>,
    #[serde(default)]
    unset: bool,
    #[serde(default)]
    clear: bool,
    #[serde(default)]
    expires_in: Option<String>,
    #[serde(default)]
    revision: Option<u64>,
}

/// A name, with or without a revision.
#[derive(Deserialize)]
#[serde(untagged)]
enum ClearFlag {
    Name(String),
    AtRevision(NameAtRevision),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NameAtRevision {
    name: String,
    #[serde(default)]
    revision: Option<u64>,
}

fn json<T: DeserializeOwned>(body: &[u8], example: &str) -> Result<JsonBody<T>, Rejection> {
    serde_json::from_slice(body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        Rejection::bad_request(format!(
            "the body is not like {example} (line {line}, column {column})"
        ))
    })
}

/// Reads `{"flags":[{"name":"a","value":"1","expires_in":"15m"}],"reason":"…"}`, of which `expires_in` and `reason` may
/// be absent. A JSON string stands for its content; any other JSON is used as the text that it is, so that no digit of a
/// number is lost. In place of a value, a flag has `"unset":true` or `"clear":true`.
pub(super) fn set_flags(body: &[u8]) -> Result<Edits, Rejection> {
    let example = r#"{"flags":[{"name":"a","value":"1","expires_in":"15m"}]}"#;
    let JsonBody { flags, reason } = json(body, example)?;
    let mut edits = Edits {
        reason,
        ..Edits::default()
    };
    for SetFlag {
        name,
        value,
        unset,
        clear,
        expires_in,
        revision,
    } in flags
    {
        let index = edits.flags.len();
        let change = match (value, unset, clear) {
            (Some(value), false, false) => {
                let text = value.get();
                if text.starts_with('[') {
                    edits.arrays.push(index);
                }
                Change::Set(text_of(text)?)
            }
            (None, true, false) => Change::Unset,
            (None, false, true) => Change::Clear,
            _ => {
                return Err(Rejection::bad_request(
                    "a flag has none or several of `value`, `unset` and `clear`; a value is never null",
                ));
            }
        };
        if let Some(revision) = revision {
            edits.revisions.push((index, revision));
        }
        let expires_in = expires_in.filter(|text| !text.trim().is_empty());
        if let Some(text) = expires_in.filter(|_| change != Change::Clear) {
            edits.expiries.push((index, text));
        }
        edits.flags.push((name, change));
    }
    Ok(edits)
}

/// The content of a string, and any other JSON as it is.
fn text_of(json: &str) -> Result<String, Rejection> {
    if json.starts_with('"') {
        serde_json::from_str(json)
            .map_err(|_| Rejection::bad_request("a value is a string that is not valid Unicode"))
    } else {
        Ok(json.to_owned())
    }
}

/// Reads `{"flags":["a",{"name":"b","revision":3}],"reason":"…"}`, of which `reason` may be absent.
pub(super) fn clear_flags(body: &[u8]) -> Result<Edits, Rejection> {
    let JsonBody { flags, reason } = json(body, r#"{"flags":["a","b"]}"#)?;
    let mut edits = Edits {
        reason,
        ..Edits::default()
    };
    for flag in flags {
        let (name, revision) = match flag {
            ClearFlag::Name(name) => (name, None),
            ClearFlag::AtRevision(NameAtRevision { name, revision }) => (name, revision),
        };
        if let Some(revision) = revision {
            edits.revisions.push((edits.flags.len(), revision));
        }
        edits.flags.push((name, Change::Clear));
    }
    Ok(edits)
}
