//! Events of a watch.

use serde::Deserialize;

use crate::client::{Failure, malformed_key};
use crate::object::{Object, Shape};

/// An event of a watch.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// The object is this now; `None` if it was deleted.
    Changed(Option<Object>),
    /// The connection works. It says nothing of whether the server knows what is new.
    Bookmark,
    /// The watch can't go on.
    Failed(Failure),
}

#[derive(Deserialize)]
struct Line<T> {
    #[serde(rename = "type")]
    kind: String,
    object: T,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Status {
    code: u16,
    message: String,
}

/// Parses a line. `None` is an event of another object, or of a kind that means nothing here.
pub(super) fn parse(line: &[u8], name: &str) -> Result<Option<Event>, Failure> {
    // Whatever the object is, it has the shape of one without keys, so that most events, which are changes, are parsed only
    // once.
    let Line { kind, object } = read::<Shape>(line)?;
    let is_named = object.metadata.name == name;
    Ok(match &*kind {
        "ADDED" | "MODIFIED" if is_named => {
            let object = object.into_object();
            let object = object.map_err(|key| malformed_key(&key))?;
            Some(Event::Changed(Some(object)))
        }
        "DELETED" if is_named => Some(Event::Changed(None)),
        "BOOKMARK" => Some(Event::Bookmark),
        "ERROR" => {
            let Status { code, message } = read(line)?.object;
            Some(Event::Failed(Failure::of_status(code, message)))
        }
        _ => None,
    })
}

fn read<T: for<'a> Deserialize<'a>>(line: &[u8]) -> Result<Line<T>, Failure> {
    serde_json::from_slice(line).map_err(|error| Failure::Malformed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::{Event, parse};
    use crate::client::Failure;

    fn parsed(line: &str) -> Result<Option<Event>, Failure> {
        parse(line.as_bytes(), "a")
    }

    #[test]
    fn events_of_a_real_server_are_parsed() {
        // Shortened from what 1.20 sent.
        let object = r#"{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a","namespace":"default","uid":"f36b","resourceVersion":"305","managedFields":[{"manager":"kubectl-create","operation":"Update","time":"2026-11-25T07:32:10Z","fieldsV1":{"f:data":{}}}]},"data":{"rollout":"0.5"}}"#;
        for kind in ["ADDED", "MODIFIED"] {
            let event = parsed(&format!(r#"{{"type":"{kind}","object":{object}}}"#));
            let Ok(Some(Event::Changed(Some(object)))) = event else {
                panic!("{event:?}");
            };
            assert_eq!(object.revision.version, "305");
            assert_eq!(object.contents.len(), 1);
        }
        let deleted = parsed(&format!(r#"{{"type":"DELETED","object":{object}}}"#));
        assert_eq!(deleted, Ok(Some(Event::Changed(None))));
        let bookmark = r#"{"type":"BOOKMARK","object":{"kind":"ConfigMap","apiVersion":"v1","metadata":{"resourceVersion":"313","creationTimestamp":null}}}"#;
        assert_eq!(parsed(bookmark), Ok(Some(Event::Bookmark)));
    }

    #[test]
    fn version_that_is_too_old_is_gone() {
        let line = r#"{"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"too old resource version: 205 (247)","reason":"Expired","code":410}}"#;
        assert_eq!(parsed(line), Ok(Some(Event::Failed(Failure::Gone))));
    }

    #[test]
    fn other_errors_name_their_status() {
        let line = r#"{"type":"ERROR","object":{"kind":"Status","message":"Timeout: Too large resource version: 99999999, current: 253","reason":"Timeout","code":504}}"#;
        let Ok(Some(Event::Failed(Failure::Status {
            code: 504, message, ..
        }))) = parsed(line)
        else {
            panic!();
        };
        assert!(message.starts_with("Timeout: Too large"));
    }

    #[test]
    fn truncated_line_is_malformed_and_other_objects_are_ignored() {
        assert!(matches!(
            parsed(r#"{"type":"MODIFIED","object":{"metadata":{"na"#),
            Err(Failure::Malformed(_))
        ));
        for kind in ["ADDED", "DELETED"] {
            let other = format!(r#"{{"type":"{kind}","object":{{"metadata":{{"name":"b"}}}}}}"#);
            assert_eq!(parsed(&other), Ok(None));
        }
        assert_eq!(parsed(r#"{"type":"NEWS","object":{}}"#), Ok(None));
    }
}
