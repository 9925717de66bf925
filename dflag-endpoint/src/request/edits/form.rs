//! Edits in a form.

use std::borrow::Cow;

use super::utf8::is_utf8;
use super::{Change, Edits, too_many};
use crate::limits::FORM_FIELDS;
use crate::response::Rejection;

/// Reads names, each with a `value`, and perhaps with more fields.
pub(super) fn set_flags(body: &[u8]) -> Result<Edits, Rejection> {
    form(body, true)
}

/// Reads names.
pub(super) fn clear_flags(body: &[u8]) -> Result<Edits, Rejection> {
    form(body, false)
}

/// Reads `name` and `value` pairs, with an `expires_in` and a `revision` that may be empty, and a `reason`. The last of
/// several values counts, so that a hidden `false` can precede a checkbox.
fn form(body: &[u8], with_values: bool) -> Result<Edits, Rejection> {
    if body.split(|byte| *byte == b'&').count() > FORM_FIELDS {
        return Err(too_many());
    }
    // The parser would replace what is not.
    if !is_utf8(body) {
        return Err(Rejection::bad_request("the form is not UTF-8 text"));
    }
    let mut edits = Edits::default();
    // The values of the last name, which has none at first.
    let mut has_value = true;
    for (key, value) in form_urlencoded::parse(body) {
        match &*key {
            "name" => {
                check_value(with_values, has_value)?;
                has_value = false;
                edits.flags.push((value.into_owned(), Change::Clear));
            }
            "reason" => edits.reason = Some(value.into_owned()),
            // It was read before.
            "token" => {}
            "value" | "expires_in" | "if_edited" | "pin" | "unset" if !with_values => {}
            "expires_in" | "revision" if value.trim().is_empty() => {}
            "value" | "expires_in" | "revision" | "if_edited" | "pin" | "unset" => {
                let (index, change) = last(&mut edits, &key)?;
                match &*key {
                    // A text area submits CRLF line breaks. The button `unset` comes after the value.
                    "value" => {
                        *change = Change::Set(value.replace("\r\n", "\n"));
                        has_value = true;
                    }
                    "unset" => {
                        *change = Change::Unset;
                        has_value = true;
                    }
                    "expires_in" => edits.expiries.push((index, value.into_owned())),
                    "if_edited" => {
                        edits.if_edited.insert(index);
                    }
                    "pin" => {
                        edits.if_edited.remove(&index);
                    }
                    _ => {
                        let revision = value.trim().parse().map_err(|_| {
                            Rejection::bad_request("a `revision` is not a whole number")
                        })?;
                        edits.revisions.push((index, revision));
                    }
                }
            }
            _ => {
                return Err(Rejection::bad_request(
                    "the form has a field other than `name`, `value`, `unset`, `expires_in`, `revision`, `if_edited`, `pin`, \
                     `reason` and `token`",
                ));
            }
        }
    }
    check_value(with_values, has_value)?;
    Ok(edits)
}

/// The last flag that the form has named.
fn last<'e>(edits: &'e mut Edits, key: &str) -> Result<(usize, &'e mut Change), Rejection> {
    let index = edits.flags.len().saturating_sub(1);
    match edits.flags.last_mut() {
        Some((_, change)) => Ok((index, change)),
        None => Err(Rejection::bad_request(format!(
            "a field `{key}` precedes the first `name`"
        ))),
    }
}

fn check_value(with_values: bool, has_value: bool) -> Result<(), Rejection> {
    if with_values && !has_value {
        return Err(Rejection::bad_request("a `name` has no `value`"));
    }
    Ok(())
}

/// The token in the first part of a form; the last one if there are several. A field that may go on after the part is
/// ignored.
pub(crate) fn form_token(part: &[u8], is_all: bool) -> Option<String> {
    let end = if is_all {
        part.len()
    } else {
        part.iter().rposition(|byte| *byte == b'&')?
    };
    let fields = form_urlencoded::parse(part.get(..end)?);
    let tokens = fields.filter_map(|(key, value)| (key == "token").then_some(value));
    tokens.last().map(Cow::into_owned)
}
