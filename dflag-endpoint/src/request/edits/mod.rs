//! The edits in a request's body, a form or JSON.
//!
//! Error messages never quote the body: it may contain a secret.

mod duration;
mod form;
mod json;
mod list_text;
mod untouched;
mod utf8;

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use axum::http::StatusCode;
use dflag::{Edit, FlagInfo, FlagSet, Key};

use super::content_type::ContentType;
use crate::json::ProblemDetail;
use crate::limits::{FLAGS_PER_REQUEST, FORM_FIELDS};
use crate::metrics::EditKind;
use crate::response::Rejection;
use duration::{INVALID_DURATION, parse_duration};
pub(crate) use form::form_token;
use list_text::list_text;

/// The length of the page's field for a reason.
const REASON_CHARACTERS: usize = 256;

/// Overrides to set or to clear.
#[derive(Default)]
pub(crate) struct Edits {
    /// Names and what becomes of each override, in the order of the request.
    pub(crate) flags: Vec<(String, Change)>,
    /// Positions in `flags` of the values that were JSON arrays and not strings.
    arrays: Vec<usize>,
    /// Positions in `flags`, and how long the overrides last, as text.
    expiries: Vec<(usize, String)>,
    /// Positions in `flags`, and the revisions to which the edits belong.
    revisions: Vec<(usize, u64)>,
    /// Positions in `flags` of the values that only count if they differ from the current ones.
    if_edited: BTreeSet<usize>,
    /// Why the flags are edited.
    pub(crate) reason: Option<String>,
}

/// What becomes of an override.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Set(String),
    /// Overrides with no value.
    Unset,
    Clear,
}

impl Edits {
    /// Names and values to show again after a rejection. Secrets are left out, and so are unknown
    /// names: a misspelt one may have been meant for a secret.
    pub(crate) fn values_to_show(&self, set: &dyn FlagSet) -> Vec<(String, String)> {
        let values = self.flags.iter().filter_map(|(name, change)| {
            let flag = set.flag(name).filter(|flag| !flag.secret)?;
            let Change::Set(value) = change else {
                return None;
            };
            Some((flag.name, value.clone()))
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

    /// The duration that each flag's override was given. Of several edits of a flag the last one counts.
    pub(crate) fn last_expiries(&self, set: &dyn FlagSet) -> HashMap<String, &str> {
        let mut last = HashMap::new();
        for (index, (name, _)) in self.flags.iter().enumerate() {
            let (Key::Flag { name } | Key::Uncovered { name, .. }) = set.lookup(name) else {
                continue;
            };
            let expiry = self.expiries.iter().rfind(|(of, _)| *of == index);
            match expiry {
                Some((_, text)) => last.insert(name, text.as_str()),
                None => last.remove(&name),
            };
        }
        last
    }

    /// Names, each with the reason, to show again after a rejection: as much of it as the page's field takes.
    pub(crate) fn reasons_to_show(&self, set: &dyn FlagSet) -> Vec<(String, String)> {
        let reason = self.reason.as_deref();
        let reason =
            reason.map(|reason| reason.chars().take(REASON_CHARACTERS).collect::<String>());
        let reasons = self.flags.iter().filter_map(|(name, _)| {
            let reason = reason.clone()?;
            Some((set.flag(name)?.name, reason))
        });
        reasons.collect()
    }

    /// The edits of the caller with this name for the set, in the order of the request.
    ///
    /// # Errors
    /// Names every flag whose duration is not valid.
    pub(crate) fn to_edits(&self, set: &dyn FlagSet, caller: &str) -> Result<Vec<Edit>, Rejection> {
        let flags = self.flags.iter().zip(self.durations(set)?);
        let edits = flags.map(|((name, change), duration)| {
            let edit = match change {
                Change::Set(value) => Edit::set(name, value),
                Change::Unset => Edit::unset(name),
                Change::Clear => return Edit::clear(name),
            };
            match duration {
                Some(duration) => edit.expires_in(duration),
                None => edit,
            }
        });
        // The first edit has them for all: a reason may be as long as the body.
        let edits = edits.enumerate().map(|(index, edit)| match &self.reason {
            _ if index > 0 => edit,
            Some(reason) => edit.by(caller).reason(reason),
            None => edit.by(caller),
        });
        let mut edits: Vec<_> = edits.collect();
        for (index, revision) in &self.revisions {
            if let Some(edit) = edits.get_mut(*index) {
                *edit = edit.clone().if_revision(*revision);
            }
        }
        Ok(edits)
    }

    /// How long each override of `flags` lasts; `None` for one that stays until it is cleared.
    ///
    /// # Errors
    /// Names every flag whose duration is not valid.
    fn durations(&self, set: &dyn FlagSet) -> Result<Vec<Option<Duration>>, Rejection> {
        let mut durations = vec![None; self.flags.len()];
        let mut problems = Vec::new();
        for (index, text) in &self.expiries {
            let duration = parse_duration(text);
            match (duration, durations.get_mut(*index), self.flags.get(*index)) {
                (Some(duration), Some(place), _) => *place = Some(duration),
                (None, _, Some((name, _))) => {
                    // A name of no flag is rejected with the edits.
                    if let Some(flag) = set.flag(name) {
                        problems.push(problem(flag.name, "invalid", INVALID_DURATION));
                    }
                }
                _ => {}
            }
        }
        all_valid(problems)?;
        Ok(durations)
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
            let Some((name, Change::Set(value))) = self.flags.get_mut(*index) else {
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
            problems.push(problem(flag.name, "invalid", reason));
        }
        all_valid(problems)?;
        Ok(self)
    }

    fn check_count(self) -> Result<Self, Rejection> {
        match self.flags.len() {
            0 => Err(Rejection::bad_request("the request names no flag")),
            1..=FLAGS_PER_REQUEST => Ok(self),
            _ => Err(too_many()),
        }
    }
}

/// Something that is wrong with the edit of a flag.
fn problem(flag: String, kind: &'static str, reason: &str) -> ProblemDetail {
    ProblemDetail {
        message: format!("`{flag}`: {reason}"),
        name: Some(flag),
        kind,
        ..ProblemDetail::default()
    }
}

fn all_valid(problems: Vec<ProblemDetail>) -> Result<(), Rejection> {
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Rejection::invalid_values(problems))
    }
}

fn too_many() -> Rejection {
    Rejection::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        format!("more than {FLAGS_PER_REQUEST} flags or {FORM_FIELDS} fields in one request"),
    )
}

/// What a route's body contains.
pub(crate) trait EditBody: Send + 'static {
    /// What the request does. One that sets flags may clear others.
    const KIND: EditKind;

    /// # Errors
    /// The body is malformed, or has no flags or too many.
    fn parse(content_type: ContentType, body: &[u8]) -> Result<Edits, Rejection>;
}

/// The body of `POST /set`: names and values.
pub(crate) enum SetBody {}

impl EditBody for SetBody {
    const KIND: EditKind = EditKind::Set;

    fn parse(content_type: ContentType, body: &[u8]) -> Result<Edits, Rejection> {
        let edits = match content_type {
            ContentType::Json => json::set_flags(body)?,
            ContentType::Form => form::set_flags(body)?,
        };
        edits.check_count()
    }
}

/// The body of `POST /clear`: names.
pub(crate) enum ClearBody {}

impl EditBody for ClearBody {
    const KIND: EditKind = EditKind::Clear;

    fn parse(content_type: ContentType, body: &[u8]) -> Result<Edits, Rejection> {
        let edits = match content_type {
            ContentType::Json => json::clear_flags(body)?,
            ContentType::Form => form::clear_flags(body)?,
        };
        edits.check_count()
    }
}

#[cfg(test)]
mod tests {
    use super::{
        Change, ClearBody, ContentType, EditBody, Edits, FLAGS_PER_REQUEST, FORM_FIELDS, Rejection,
        SetBody,
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
            .map(|(name, change)| match change {
                Change::Set(value) => (name, value),
                Change::Unset | Change::Clear => (name, String::new()),
            })
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
    fn a_long_reason_is_not_repeated_for_each_flag() {
        use std::sync::Arc;

        use clap::Parser;
        use dflag::{DynamicFlags, Edit, FlagSet};

        #[derive(Clone, Parser, DynamicFlags)]
        struct Args {
            #[arg(long, default_value_t = 1)]
            #[flag(dynamic)]
            limit: u8,
        }

        let args = Args::try_parse_dynamic_from(["server"]).unwrap();
        let flags: Arc<dyn FlagSet> = (&args).into();
        let reason = "ä".repeat(100_000);
        let form = format!(
            "reason={reason}&{}",
            "name=limit&".repeat(FLAGS_PER_REQUEST)
        );
        let edits = clear(ContentType::Form, form).ok().unwrap();
        let shown = edits.reasons_to_show(&*flags);
        assert_eq!(shown.len(), FLAGS_PER_REQUEST);
        assert!(shown.iter().all(|(_, shown)| shown.len() == 512));

        let edits = edits.to_edits(&*flags, "ann").ok().unwrap();
        let (first, others) = edits.split_first().unwrap();
        assert!(*first == Edit::clear("limit").by("ann").reason(reason));
        assert!(others.iter().all(|edit| *edit == Edit::clear("limit")));
    }

    #[test]
    fn a_form_that_is_not_utf_8_is_rejected() {
        for form in [
            &b"name=a&value=%ff"[..],
            b"name=a&value=x\xff",
            b"name=a&value=%C3&reason=%A9",
        ] {
            let rejection = set(ContentType::Form, form).err().unwrap();
            assert_eq!(rejection.status, 400, "{form:?}");
        }
        for (form, value) in [
            ("name=a&value=%EF%BF%BD", "\u{fffd}"),
            ("name=a&value=%c3%A9+%zz%", "\u{e9} %zz%"),
        ] {
            assert_eq!(values(set(ContentType::Form, form)), pairs(&[("a", value)]));
        }
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
    fn a_flag_that_is_set_may_be_unset_or_cleared_instead() {
        let changes = |edits: Result<Edits, Rejection>| {
            let flags = edits.ok().unwrap().flags.into_iter();
            flags.map(|(_, change)| change).collect::<Vec<_>>()
        };
        let set_1 = || Change::Set("1".to_owned());
        let json = r#"{"flags":[{"name":"a","value":1},{"name":"b","unset":true},{"name":"c","clear":true}]}"#;
        assert_eq!(
            changes(set(ContentType::Json, json)),
            [set_1(), Change::Unset, Change::Clear]
        );
        let form = "name=a&value=1&name=b&value=2&unset=1";
        assert_eq!(
            changes(set(ContentType::Form, form)),
            [set_1(), Change::Unset]
        );
        for json in [
            r#"{"flags":[{"name":"a","value":1,"clear":true}]}"#,
            r#"{"flags":[{"name":"a","unset":true,"clear":true}]}"#,
            r#"{"flags":[{"name":"a","unset":false}]}"#,
        ] {
            let rejection = set(ContentType::Json, json).err().unwrap();
            assert_eq!(rejection.status, 400, "{json}");
        }
    }

    #[test]
    fn a_revision_belongs_to_the_name_before_it_and_may_be_empty() {
        let form = b"name=a&revision=3&value=1&name=b&value=2&revision=&name=c&value=3&revision=5";
        let json = br#"{"flags":[{"name":"a","value":1,"revision":3},{"name":"b","value":2,"revision":null},
            {"revision":5,"name":"c","value":3}]}"#;
        for edits in [set(ContentType::Form, form), set(ContentType::Json, json)] {
            assert_eq!(edits.ok().unwrap().revisions, [(0, 3), (2, 5)]);
        }
        let form = b"name=a&name=b&revision=7";
        let json = br#"{"flags":["a",{"name":"b","revision":7}]}"#;
        for edits in [
            clear(ContentType::Form, form),
            clear(ContentType::Json, json),
        ] {
            assert_eq!(edits.ok().unwrap().revisions, [(1, 7)]);
        }
        for form in [
            "revision=3&name=a&value=1",
            "name=a&value=1&revision=x",
            "name=a&value=1&revision=-1",
        ] {
            assert_eq!(set(ContentType::Form, form).err().unwrap().status, 400);
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
