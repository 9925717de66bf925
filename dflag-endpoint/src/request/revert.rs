//! The generation in the body of a request to revert the flags.

use serde::Deserialize;

use super::content_type::ContentType;
use crate::limits::FORM_FIELDS;
use crate::response::Rejection;

/// The body of `POST /revert`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RevertBody {
    pub(crate) generation: u64,
    /// The generation that the caller has seen. The flags are reverted only if it is the current one.
    #[serde(default)]
    pub(crate) from: Option<u64>,
    /// Why.
    #[serde(default)]
    pub(crate) reason: Option<String>,
}

impl RevertBody {
    /// # Errors
    /// The body is malformed.
    pub(crate) fn parse(content_type: ContentType, body: &[u8]) -> Result<Self, Rejection> {
        match content_type {
            ContentType::Json => serde_json::from_slice(body).map_err(|error| {
                let (line, column) = (error.line(), error.column());
                Rejection::bad_request(format!(
                    r#"the body is not like {{"generation":3,"reason":"…"}} (line {line}, column {column})"#
                ))
            }),
            ContentType::Form => form(body),
        }
    }
}

fn form(body: &[u8]) -> Result<RevertBody, Rejection> {
    let [mut generation, mut from, mut reason] = [None, None, None];
    for (key, value) in form_urlencoded::parse(body).take(FORM_FIELDS) {
        let place = match &*key {
            "generation" => &mut generation,
            "from" => &mut from,
            "reason" => &mut reason,
            // It was read before.
            "token" => continue,
            _ => {
                return Err(Rejection::bad_request(
                    "the form has a field other than `generation`, `from`, `reason` and `token`",
                ));
            }
        };
        *place = Some(value.into_owned());
    }
    Ok(RevertBody {
        generation: number(generation.as_deref(), "generation")?,
        from: match from.as_deref().map(str::trim) {
            None | Some("") => None,
            from => Some(number(from, "from")?),
        },
        reason,
    })
}

fn number(text: Option<&str>, field: &str) -> Result<u64, Rejection> {
    let number = text.and_then(|text| text.trim().parse().ok());
    number.ok_or_else(|| {
        Rejection::bad_request(format!("the form has no `{field}` that is a number"))
    })
}

#[cfg(test)]
mod tests {
    use super::{ContentType, RevertBody};

    #[test]
    fn body_has_a_generation_and_perhaps_a_reason() {
        for (content_type, body, expected) in [
            (ContentType::Json, r#"{"generation":3}"#, (3, None)),
            (
                ContentType::Json,
                r#"{"generation":3,"reason":"a"}"#,
                (3, Some("a")),
            ),
            (
                ContentType::Form,
                "generation=3&reason=a+b&token=t",
                (3, Some("a b")),
            ),
        ] {
            let body = RevertBody::parse(content_type, body.as_bytes());
            let body = body.ok().unwrap();
            assert_eq!((body.generation, body.reason.as_deref()), expected);
        }
        for (content_type, body) in [
            (ContentType::Json, ""),
            (ContentType::Json, r#"{"generation":-1}"#),
            (ContentType::Json, r#"{"generation":1,"token":"hunter2"}"#),
            (ContentType::Form, ""),
            (ContentType::Form, "generation=hunter2"),
            (ContentType::Form, "generation=1&hunter2=1"),
        ] {
            let rejection = RevertBody::parse(content_type, body.as_bytes()).unwrap_err();
            assert_eq!(rejection.status, 400, "{body}");
            assert!(!rejection.body.error.contains("hunter2"), "{body}");
        }
    }
}
