//! The edits in a request's body, a form or JSON.
//!
//! Error messages never quote the body: it may contain a secret.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use dflag::{FlagInfo, FlagSet};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use tokio::time::timeout;

use super::content_type::ContentType;
use crate::json::ProblemDetail;
use crate::limits::{BODY_TIMEOUT, FLAGS_PER_REQUEST, FORM_FIELDS};
use crate::response::Rejection;

/// Overrides to set or to clear.
pub(crate) struct Edits {
    /// Names and new values, in the order of the request. Without a value the override is cleared.
    pub(crate) flags: Vec<(String, Option<String>)>,
    /// Positions in `flags` of the values that were JSON arrays and not strings.
    arrays: Vec<usize>,
    /// Positions in `flags`, and how long the overrides last, as text.
    expiries: Vec<(usize, String)>,
    /// Why the flags are edited.
    pub(crate) reason: Option<String>,
    /// The token from the page's form.
    pub(crate) token: Option<String>,
}

impl Edits {
    /// Names and values to show again after a rejection. Secrets are left out, and so are unknown
    /// names: a misspelt one may have been meant for a secret.
    pub(crate) fn values_to_show(&self, set: &dyn FlagSet) -> Vec<(String, String)> {
        let values = self.flags.iter().filter_map(|(name, value)| {
            let flag = set.flag(name).filter(|flag| !flag.secret)?;
            Some((flag.name, value.clone()?))
        });
        values.collect()
    }

    /// Names and durations to show again after a rejection.
    pub(crate) fn expiries_to_show(&self, set: &dyn FlagSet) -> Vec<(String, String)> {
        let expiries = self.expiries.iter().filter_map(|(index, text)| {
            let (name, _) = self.flags.get(*index)?;
            Some((set.flag(name)?.name, text.clone()))
        });
        expiries.collect()
    }

    /// Names, each with the reason, to show again after a rejection.
    pub(crate) fn reasons_to_show(&self, set: &dyn FlagSet) -> Vec<(String, String)> {
        let reasons = self.flags.iter().filter_map(|(name, _)| {
            let reason = self.reason.clone()?;
            Some((set.flag(name)?.name, reason))
        });
        reasons.collect()
    }

    /// How long each override of `flags` lasts; `None` for one that stays until it is cleared.
    ///
    /// # Errors
    /// Names every flag whose duration is not valid.
    pub(crate) fn durations(&self, set: &dyn FlagSet) -> Result<Vec<Option<Duration>>, Rejection> {
        let mut durations = vec![None; self.flags.len()];
        let mut problems = Vec::new();
        for (index, text) in &self.expiries {
            let duration = parse_duration(text);
            match (duration, durations.get_mut(*index), self.flags.get(*index)) {
                (Some(duration), Some(place), _) => *place = Some(duration),
                (None, _, Some((name, _))) => {
                    let flag = set.flag(name).map(|flag| flag.name);
                    let shown = flag.as_deref().unwrap_or(name).escape_debug();
                    problems.push(ProblemDetail {
                        message: format!("`{shown}`: {INVALID_DURATION}"),
                        name: flag,
                        other_name: None,
                        kind: "invalid",
                        possible_values: Vec::new(),
                    });
                }
                _ => {}
            }
        }
        if problems.is_empty() {
            Ok(durations)
        } else {
            Err(Rejection::invalid_values(problems))
        }
    }

    /// With each array for a list or a set as a text that sets the flag to exactly these members. An
    /// array for any other flag is left to the flag's parser, which may read JSON.
    ///
    /// # Errors
    /// Names every flag whose array has members other than strings only, or numbers and booleans
    /// only, and every list that cannot be written as an array.
    pub(crate) fn with_lists(mut self, set: &dyn FlagSet) -> Result<Self, Rejection> {
        let mut problems = Vec::new();
        for index in &self.arrays {
            let Some((name, Some(value))) = self.flags.get_mut(*index) else {
                continue;
            };
            let is_list = |flag: &FlagInfo| flag.many && !flag.json;
            let Some(flag) = set.flag(name).filter(is_list) else {
                continue;
            };
            let reason = match list_text(value) {
                // The flag would read the brackets as part of its members.
                _ if !flag.arrays => {
                    "the flag does not trim its values and takes no array; write the list as a string"
                }
                Some(text) => {
                    *value = text;
                    continue;
                }
                None => {
                    "the members of the array are neither all strings nor all numbers or booleans"
                }
            };
            problems.push(ProblemDetail {
                message: format!("`{}`: {reason}", flag.name),
                name: Some(flag.name),
                other_name: None,
                kind: "invalid",
                possible_values: Vec::new(),
            });
        }
        if problems.is_empty() {
            Ok(self)
        } else {
            Err(Rejection::invalid_values(problems))
        }
    }

    fn check_count(self) -> Result<Self, Rejection> {
        match self.flags.len() {
            0 => Err(Rejection::bad_request("the request names no flag")),
            1..=FLAGS_PER_REQUEST => Ok(self),
            _ => Err(too_many()),
        }
    }
}

/// What a route's body contains.
pub(crate) trait EditBody: Send + 'static {
    /// # Errors
    /// The body is malformed, or has no flags or too many.
    fn parse(content_type: ContentType, body: &[u8]) -> Result<Edits, Rejection>;
}

/// The body of `POST /set`: names and values.
pub(crate) enum SetBody {}

impl EditBody for SetBody {
    fn parse(content_type: ContentType, body: &[u8]) -> Result<Edits, Rejection> {
        let edits = match content_type {
            ContentType::Json => set_flags(body)?,
            ContentType::Form => form(body, true)?,
        };
        edits.check_count()
    }
}

/// The body of `POST /clear`: names.
pub(crate) enum ClearBody {}

impl EditBody for ClearBody {
    fn parse(content_type: ContentType, body: &[u8]) -> Result<Edits, Rejection> {
        let edits = match content_type {
            ContentType::Json => clear_flags(body)?,
            ContentType::Form => form(body, false)?,
        };
        edits.check_count()
    }
}

/// Reads the body, within the limits of time and size.
pub(crate) async fn read_body(request: Request) -> Result<(ContentType, Bytes), Rejection> {
    let content_type = ContentType::of(request.headers()).ok_or_else(|| {
        Rejection::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "the content type has to be `application/json` or `application/x-www-form-urlencoded`",
        )
    })?;
    let body = timeout(BODY_TIMEOUT, Bytes::from_request(request, &()))
        .await
        .map_err(|_| Rejection::new(StatusCode::REQUEST_TIMEOUT, "the body took too long"))?
        .map_err(|error| Rejection::new(error.status(), error.body_text()))?;
    Ok((content_type, body))
}

fn too_many() -> Rejection {
    Rejection::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        format!("more than {FLAGS_PER_REQUEST} flags or {FORM_FIELDS} fields in one request"),
    )
}

const INVALID_DURATION: &str = "the duration until the override expires is not valid; write numbers with their units, \
                                such as `90s`, `15m`, `1h 30m` or `2days`, or leave it out for an override that stays \
                                until it is cleared";

/// `None` also for `15M`, which means months to the parser, and to most people minutes.
fn parse_duration(text: &str) -> Option<Duration> {
    let mut units = text.split(|character: char| !character.is_ascii_alphabetic());
    if units.any(|unit| unit == "M") {
        return None;
    }
    humantime::parse_duration(text).ok()
}

/// Reads `name` and `value` pairs, with an `expires_in` that may be empty. The last of several values counts, so that
/// a hidden `false` can precede a checkbox.
fn form(body: &[u8], with_values: bool) -> Result<Edits, Rejection> {
    if body.split(|byte| *byte == b'&').count() > FORM_FIELDS {
        return Err(too_many());
    }
    let mut flags: Vec<(String, Option<String>)> = Vec::new();
    let mut expiries = Vec::new();
    let [mut reason, mut token] = [None, None];
    for (key, value) in form_urlencoded::parse(body) {
        match &*key {
            "name" => flags.push((value.into_owned(), None)),
            // A form may have a button for setting and one for clearing.
            "value" if !with_values => {}
            "value" => {
                let (_, last) = flags
                    .last_mut()
                    .ok_or_else(|| Rejection::bad_request("a `value` precedes the first `name`"))?;
                // A text area submits CRLF line breaks.
                *last = Some(value.replace("\r\n", "\n"));
            }
            "expires_in" if !with_values || value.trim().is_empty() => {}
            "expires_in" => {
                let index = flags.len().checked_sub(1).ok_or_else(|| {
                    Rejection::bad_request("an `expires_in` precedes the first `name`")
                })?;
                expiries.push((index, value.into_owned()));
            }
            "reason" => reason = Some(value.into_owned()),
            "token" => token = Some(value.into_owned()),
            _ => {
                return Err(Rejection::bad_request(
                    "the form has a field other than `name`, `value`, `expires_in`, `reason` and `token`",
                ));
            }
        }
    }
    if with_values && flags.iter().any(|(_, value)| value.is_none()) {
        return Err(Rejection::bad_request("a `name` has no `value`"));
    }
    Ok(Edits {
        flags,
        arrays: Vec::new(),
        expiries,
        reason,
        token,
    })
}

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
    value: Box<RawValue>,
    #[serde(default)]
    expires_in: Option<String>,
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
/// number is lost.
fn set_flags(body: &[u8]) -> Result<Edits, Rejection> {
    let example = r#"{"flags":[{"name":"a","value":"1","expires_in":"15m"}]}"#;
    let JsonBody { flags, reason } = json(body, example)?;
    let mut edits = Edits {
        flags: Vec::new(),
        arrays: Vec::new(),
        expiries: Vec::new(),
        reason,
        token: None,
    };
    for SetFlag {
        name,
        value,
        expires_in,
    } in flags
    {
        let text = value.get();
        let value = match text.as_bytes().first() {
            Some(b'"') => serde_json::from_str(text).map_err(|_| {
                Rejection::bad_request("a value is a string that is not valid Unicode")
            })?,
            Some(b'n') => {
                return Err(Rejection::bad_request(
                    "a value is null: use `clear` to clear an override",
                ));
            }
            Some(b'[') => {
                edits.arrays.push(edits.flags.len());
                text.to_owned()
            }
            _ => text.to_owned(),
        };
        if let Some(text) = expires_in {
            edits.expiries.push((edits.flags.len(), text));
        }
        edits.flags.push((name, Some(value)));
    }
    Ok(edits)
}

/// Reads `{"flags":["a","b"],"reason":"…"}`, of which `reason` may be absent.
fn clear_flags(body: &[u8]) -> Result<Edits, Rejection> {
    let JsonBody::<String> { flags, reason } = json(body, r#"{"flags":["a","b"]}"#)?;
    Ok(Edits {
        flags: flags.into_iter().map(|name| (name, None)).collect(),
        arrays: Vec::new(),
        expiries: Vec::new(),
        reason,
        token: None,
    })
}

/// A JSON array as the text of a list: an array of strings, which is never split again. Numbers and
/// booleans become strings as they are written: as an array of their own they could also be read as
/// plain text. `None` if the members are of several kinds or of another kind.
fn list_text(array: &str) -> Option<String> {
    if let Ok(strings) = serde_json::from_str::<Vec<String>>(array) {
        return serde_json::to_string(&strings).ok();
    }
    let members: Vec<&RawValue> = serde_json::from_str(array).ok()?;
    let literals: Option<Vec<&str>> = members
        .into_iter()
        .map(RawValue::get)
        .map(|text| (!text.starts_with(['"', '[', '{', 'n'])).then_some(text))
        .collect();
    serde_json::to_string(&literals?).ok()
}

#[cfg(test)]
mod tests {
    use super::{
        ClearBody, ContentType, EditBody, Edits, FLAGS_PER_REQUEST, FORM_FIELDS, Rejection,
        SetBody, list_text, parse_duration,
    };

    fn set(content_type: ContentType, body: impl AsRef<[u8]>) -> Result<Edits, Rejection> {
        SetBody::parse(content_type, body.as_ref())
    }

    fn clear(content_type: ContentType, body: impl AsRef<[u8]>) -> Result<Edits, Rejection> {
        ClearBody::parse(content_type, body.as_ref())
    }

    fn values(edits: Result<Edits, Rejection>) -> Vec<(String, String)> {
        let flags = edits.ok().unwrap().flags;
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
    fn the_last_of_several_values_counts() {
        let body = b"name=a&value=false&value=true&name=b&value=1%0D%0A2+3";
        assert_eq!(
            values(set(ContentType::Form, body)),
            pairs(&[("a", "true"), ("b", "1\n2 3")])
        );
    }

    #[test]
    fn json_values_keep_every_digit() {
        let body = br#"{"flags":[{"name":"a","value":"x\n\u00e9"},{"name":"b","value": 1e400 },
            {"name":"c","value":true},{"name":"d","value":{"z":1.0, "a":12345678901234567890123}}]}"#;
        let text = r#"{"z":1.0, "a":12345678901234567890123}"#;
        let expected = pairs(&[("a", "x\né"), ("b", "1e400"), ("c", "true"), ("d", text)]);
        assert_eq!(values(set(ContentType::Json, body)), expected);
    }

    #[test]
    fn an_array_is_a_list_of_strings_or_of_literals() {
        for (array, expected) in [
            ("[]", Some("[]")),
            (r#"[ "a" , "b, c", "" ]"#, Some(r#"["a","b, c",""]"#)),
            (
                "[1.0, 1e400,\n-2, true]",
                Some(r#"["1.0","1e400","-2","true"]"#),
            ),
            (r#"["a", 1]"#, None),
            (r#"[1, "a"]"#, None),
            ("[[1]]", None),
            (r#"[{"a":1}]"#, None),
            ("[null]", None),
            (r#"["\ud800"]"#, None),
        ] {
            assert_eq!(list_text(array).as_deref(), expected, "{array}");
        }
    }

    #[test]
    fn syntax_errors_do_not_quote_the_body() {
        for (content_type, body) in [
            (ContentType::Json, r#"{"flags":"hunter2"}"#),
            (
                ContentType::Json,
                r#"{"flags":[{"name":"a","value":"1","hunter2":1}]}"#,
            ),
            (
                ContentType::Json,
                r#"{"flags":[{"name":"a","value":null}]}"#,
            ),
            (
                ContentType::Json,
                r#"{"flags":[{"name":"a","value":"hunter2\ud800"}]}"#,
            ),
            (ContentType::Json, r#"{"flags":[{"name":"a"}]}"#),
            (ContentType::Json, r#"{"flags":[]}"#),
            (ContentType::Json, r#"{"hunter2":[]}"#),
            (ContentType::Json, ""),
            (ContentType::Form, ""),
            (ContentType::Form, "value=hunter2&name=a"),
            (ContentType::Form, "name=a&name=b&value=hunter2"),
            (ContentType::Form, "name=a&value=1&hunter2=1"),
            (ContentType::Form, "expires_in=hunter2&name=a&value=1"),
            (
                ContentType::Json,
                r#"{"flags":[{"name":"a","value":1,"expires_in":["hunter2"]}]}"#,
            ),
        ] {
            let rejection = set(content_type, body).err().unwrap();
            assert_eq!(rejection.status, 400, "{body}");
            assert!(
                !rejection.body.error.contains("hunter2"),
                "{body}: {}",
                rejection.body.error
            );
        }
    }

    #[test]
    fn values_of_secrets_are_not_shown_again_under_any_name() {
        use std::sync::Arc;

        use clap::Parser;
        use dflag::{DynamicFlags, FlagSet};

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
        let flags: Arc<dyn FlagSet> = (&args).into();
        let edits = set(ContentType::Form, form).ok().unwrap();
        assert_eq!(edits.values_to_show(&*flags), pairs(&[("limit", "d")]));
    }

    #[test]
    fn an_expiry_belongs_to_the_name_before_it_and_may_be_empty() {
        let form = b"name=a&value=1&expires_in=15m&name=b&value=2&expires_in=+&name=c&expires_in=2h&value=3";
        let json = br#"{"flags":[{"name":"a","value":1,"expires_in":"15m"},{"name":"b","value":2,
            "expires_in":null},{"expires_in":"2h","name":"c","value":3}]}"#;
        for edits in [set(ContentType::Form, form), set(ContentType::Json, json)] {
            let expected = [(0, "15m".to_owned()), (2, "2h".to_owned())];
            assert_eq!(edits.ok().unwrap().expiries, expected);
        }
        let form = b"name=a&expires_in=15m";
        assert!(
            clear(ContentType::Form, form)
                .ok()
                .unwrap()
                .expiries
                .is_empty()
        );
    }

    #[test]
    fn reason_is_optional() {
        for (edits, expected) in [
            (set(ContentType::Form, "name=a&value=1"), None),
            (
                set(ContentType::Form, "name=a&value=1&reason=x+y&expires_in=1m"),
                Some("x y"),
            ),
            (
                set(
                    ContentType::Json,
                    r#"{"flags":[{"name":"a","value":1}],"reason":"x"}"#,
                ),
                Some("x"),
            ),
            (
                clear(ContentType::Json, r#"{"flags":["a"],"reason":"x"}"#),
                Some("x"),
            ),
            (clear(ContentType::Form, "reason=x&name=a"), Some("x")),
        ] {
            assert_eq!(edits.ok().unwrap().reason.as_deref(), expected);
        }
    }

    #[test]
    fn a_duration_has_units_and_no_months() {
        let seconds = |text| parse_duration(text).map(|duration| duration.as_secs());
        assert_eq!(seconds("15m"), Some(900));
        assert_eq!(seconds("1h 30min"), Some(5400));
        for text in ["", "15", "15M", "-1s", "soon", "99999999999999999999s"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    #[test]
    fn clearing_takes_names_without_values() {
        let expected = pairs(&[("a", ""), ("b", "")]);
        assert_eq!(values(clear(ContentType::Form, b"name=a&name=b")), expected);
        assert_eq!(
            values(clear(ContentType::Json, br#"{"flags":["a","b"]}"#)),
            expected
        );
        assert_eq!(
            values(clear(ContentType::Form, b"name=a&value=1&name=b")),
            expected
        );
    }

    #[test]
    fn flags_and_fields_are_limited() {
        let form = |count| "name=a&value=1&".repeat(count);
        let json = |count| format!(r#"{{"flags":["a"{}]}}"#, r#","a""#.repeat(count - 1));
        assert!(set(ContentType::Form, form(FLAGS_PER_REQUEST)).is_ok());
        assert!(clear(ContentType::Json, json(FLAGS_PER_REQUEST)).is_ok());
        for rejection in [
            set(ContentType::Form, form(FLAGS_PER_REQUEST + 1)),
            set(ContentType::Form, "&".repeat(FORM_FIELDS)),
            clear(ContentType::Json, json(FLAGS_PER_REQUEST + 1)),
        ] {
            assert_eq!(rejection.err().unwrap().status, 413);
        }
    }
}
