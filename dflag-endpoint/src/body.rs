//! Bodies: the flags that a request sets or clears, from a form or from JSON.
//!
//! What is wrong with a body is told without quoting it: it may hold a secret.

use axum::http::{HeaderValue, StatusCode};
use dflag::FlagInfo;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::cross_site::is_json;
use crate::limits::{FIELDS, FLAGS};
use crate::query::is_called;
use crate::reject::Reject;

/// How a body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    Form,
    Json,
}

impl Written {
    pub(crate) fn of(content_type: Option<&HeaderValue>) -> Result<Self, Reject> {
        let form = |value: &&HeaderValue| {
            let essence = value.as_bytes().split(|byte| *byte == b';').next();
            essence
                .unwrap_or_default()
                .trim_ascii()
                .eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
        };
        if content_type.is_some_and(is_json) {
            Ok(Self::Json)
        } else if content_type.as_ref().is_some_and(form) {
            Ok(Self::Form)
        } else {
            Err(Reject::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "the content type has to be `application/json` or `application/x-www-form-urlencoded`",
            ))
        }
    }
}

/// Flags, each with the value that it shall have, in the order of the request.
pub(crate) struct Body {
    /// Without a value the override is cleared.
    pub(crate) flags: Vec<(String, Option<String>)>,
    /// What was typed into the page's field for it.
    pub(crate) token: Option<String>,
}

impl Body {
    /// Name and value as they were typed, but for a secret's, and for what may be one under
    /// another name.
    pub(crate) fn typed(&self, flags: &[FlagInfo]) -> Vec<(String, String)> {
        let typed = self.flags.iter().filter_map(|(name, value)| {
            let flag = flags.iter().find(|flag| is_called(flag, name))?;
            Some((flag.name.clone(), value.clone()?)).filter(|_| !flag.secret)
        });
        typed.collect()
    }
}

/// Reads what `POST /set` asks for.
pub(crate) fn to_set(written: Written, body: &[u8]) -> Result<Body, Reject> {
    let body = match written {
        Written::Json => json(body, r#"{"flags":[{"name":"a","value":"1"}]}"#, set_flag)?,
        Written::Form => form(body, true)?,
    };
    bounded(body)
}

/// Reads what `POST /clear` asks for.
pub(crate) fn to_clear(written: Written, body: &[u8]) -> Result<Body, Reject> {
    let body = match written {
        Written::Json => json(body, r#"{"flags":["a","b"]}"#, |name| Ok((name, None)))?,
        Written::Form => form(body, false)?,
    };
    bounded(body)
}

fn bounded(body: Body) -> Result<Body, Reject> {
    if body.flags.len() > FLAGS {
        return Err(too_many());
    }
    if body.flags.is_empty() {
        return Err(Reject::bad("the request names no flag"));
    }
    Ok(body)
}

fn too_many() -> Reject {
    Reject::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        format!("more than {FLAGS} flags or {FIELDS} fields in one request"),
    )
}

/// Pairs in order: each `value` belongs to the `name` before it, and of several the last counts,
/// so that a hidden `false` may stand before a checkbox.
fn form(body: &[u8], with_values: bool) -> Result<Body, Reject> {
    if body.split(|byte| *byte == b'&').count() > FIELDS {
        return Err(too_many());
    }
    let mut flags: Vec<(String, Option<String>)> = Vec::new();
    let mut token = None;
    for (key, value) in form_urlencoded::parse(body) {
        match &*key {
            "name" => flags.push((value.into_owned(), None)),
            // A form may have one button for each.
            "value" if !with_values => {}
            "value" => {
                let (_, last) = flags
                    .last_mut()
                    .ok_or_else(|| Reject::bad("a `value` stands before the first `name`"))?;
                // A text area's lines end as in a letter of old; a file's do not.
                *last = Some(value.replace("\r\n", "\n"));
            }
            "token" => token = Some(value.into_owned()),
            _ => {
                return Err(Reject::bad(
                    "the form has a field that is none of `name`, `value`, `token`",
                ));
            }
        }
    }
    if with_values && flags.iter().any(|(_, value)| value.is_none()) {
        return Err(Reject::bad("a `name` has no `value`"));
    }
    Ok(Body { flags, token })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Flags<T> {
    flags: Vec<T>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetFlag {
    name: String,
    value: Box<RawValue>,
}

fn json<T: DeserializeOwned>(
    body: &[u8],
    shape: &str,
    flag: impl Fn(T) -> Result<(String, Option<String>), Reject>,
) -> Result<Body, Reject> {
    let Flags { flags } = serde_json::from_slice::<Flags<T>>(body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        Reject::bad(format!(
            "the body is not like {shape} (line {line}, column {column})"
        ))
    })?;
    Ok(Body {
        flags: flags.into_iter().map(flag).collect::<Result<_, _>>()?,
        token: None,
    })
}

/// A string is the text itself; anything else is text as it stands there, to the last digit.
fn set_flag(flag: SetFlag) -> Result<(String, Option<String>), Reject> {
    let text = flag.value.get();
    let value = match text.as_bytes().first() {
        Some(b'"') => serde_json::from_str(text)
            .map_err(|_| Reject::bad("a value is a string that is no Unicode text"))?,
        Some(b'n') => {
            return Err(Reject::bad(
                "a value is null: to clear an override, use `clear`",
            ));
        }
        _ => text.to_owned(),
    };
    Ok((flag.name, Some(value)))
}

#[cfg(test)]
mod tests {
    use super::{Body, FIELDS, FLAGS, Written, to_clear, to_set};
    use crate::reject::Reject;

    fn values(body: Result<Body, Reject>) -> Vec<(String, String)> {
        let flags = body.unwrap().flags;
        flags
            .into_iter()
            .map(|(name, value)| (name, value.unwrap_or_default()))
            .collect()
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn of_several_values_the_last_counts() {
        let body = b"name=a&value=false&value=true&name=b&value=1%0D%0A2+3";
        assert_eq!(
            values(to_set(Written::Form, body)),
            pairs(&[("a", "true"), ("b", "1\n2 3")])
        );
    }

    #[test]
    fn json_values_are_text_to_the_last_digit() {
        let body = br#"{"flags":[{"name":"a","value":"x\n\u00e9"},{"name":"b","value": 1e400 },
            {"name":"c","value":true},{"name":"d","value":{"z":1.0, "a":12345678901234567890123}}]}"#;
        let text = r#"{"z":1.0, "a":12345678901234567890123}"#;
        let expected = pairs(&[("a", "x\né"), ("b", "1e400"), ("c", "true"), ("d", text)]);
        assert_eq!(values(to_set(Written::Json, body)), expected);
    }

    #[test]
    fn bad_syntax_is_told_without_quoting_it() {
        for (written, body) in [
            (Written::Json, r#"{"flags":"hunter2"}"#),
            (
                Written::Json,
                r#"{"flags":[{"name":"a","value":"1","hunter2":1}]}"#,
            ),
            (Written::Json, r#"{"flags":[{"name":"a","value":null}]}"#),
            (
                Written::Json,
                r#"{"flags":[{"name":"a","value":"hunter2\ud800"}]}"#,
            ),
            (Written::Json, r#"{"flags":[{"name":"a"}]}"#),
            (Written::Json, r#"{"flags":[]}"#),
            (Written::Json, r#"{"hunter2":[]}"#),
            (Written::Json, ""),
            (Written::Form, ""),
            (Written::Form, "value=hunter2&name=a"),
            (Written::Form, "name=a&name=b&value=hunter2"),
            (Written::Form, "name=a&value=1&hunter2=1"),
        ] {
            let reject = to_set(written, body.as_bytes()).err().unwrap();
            assert_eq!(reject.status, 400, "{body}");
            assert!(
                !reject.rejection.error.contains("hunter2"),
                "{body}: {}",
                reject.rejection.error
            );
        }
    }

    #[test]
    fn what_was_typed_for_a_secret_is_kept_by_no_name() {
        use clap::Parser;
        use dflag::DynamicFlags;

        #[derive(Clone, Parser, DynamicFlags)]
        struct Args {
            #[arg(long, default_value = "", alias = "password")]
            #[flag(dynamic, secret)]
            token: String,

            #[arg(long, default_value_t = 1, alias = "max")]
            #[flag(dynamic)]
            limit: u8,
        }

        let args = Args::try_parse_dynamic_from(["server"]).unwrap();
        let form = b"name=token&value=a&name=password&value=b&name=tokn&value=c&name=max&value=d";
        let typed = to_set(Written::Form, form)
            .ok()
            .unwrap()
            .typed(&args.list());
        assert_eq!(typed, pairs(&[("limit", "d")]));
    }

    #[test]
    fn names_alone_are_to_be_cleared() {
        let expected = pairs(&[("a", ""), ("b", "")]);
        assert_eq!(values(to_clear(Written::Form, b"name=a&name=b")), expected);
        assert_eq!(
            values(to_clear(Written::Json, br#"{"flags":["a","b"]}"#)),
            expected
        );
        assert_eq!(
            values(to_clear(Written::Form, b"name=a&value=1&name=b")),
            expected
        );
    }

    #[test]
    fn the_fields_are_bounded() {
        let form = |count| "name=a&value=1&".repeat(count);
        let json = |count| format!(r#"{{"flags":["a"{}]}}"#, r#","a""#.repeat(count - 1));
        assert!(to_set(Written::Form, form(FLAGS).as_bytes()).is_ok());
        assert!(to_clear(Written::Json, json(FLAGS).as_bytes()).is_ok());
        for reject in [
            to_set(Written::Form, form(FLAGS + 1).as_bytes()),
            to_set(Written::Form, "&".repeat(FIELDS).as_bytes()),
            to_clear(Written::Json, json(FLAGS + 1).as_bytes()),
        ] {
            assert_eq!(reject.err().unwrap().status, 413);
        }
    }
}
