//! The ways in which a running program gets a value.

use std::str::FromStr;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use axum::http::request::Parts;
use dflag::Edit;
use dflag::value::Bytes;
use dflag_configmap::Updater;
use dflag_endpoint::{Caller, Denied, Endpoint};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::program::Running;

/// A way to set a flag.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Way {
    Set,
    /// A JSON string in a request to the endpoint.
    Endpoint,
    /// The text itself, if it is JSON, in a request to the endpoint.
    EndpointLiteral,
    /// A file with exactly the text.
    File,
    /// A file with the text and a line break.
    FileLine,
}

pub(crate) const WAYS: [Way; 5] = [
    Way::Set,
    Way::Endpoint,
    Way::EndpointLiteral,
    Way::File,
    Way::FileLine,
];

impl Way {
    pub(crate) fn is_file(self) -> bool {
        matches!(self, Self::File | Self::FileLine)
    }

    /// Sets the flag, or returns the only problem; `None` if the text can't take this way.
    pub(crate) fn apply(
        self,
        running: &Running,
        name: &str,
        text: &str,
        is_bytes: bool,
    ) -> Option<Result<(), String>> {
        Some(match self {
            Self::Set => set(running, name, text),
            Self::Endpoint => {
                let value = json!(text).to_string();
                post(running, name, &value)
            }
            Self::EndpointLiteral => {
                let value: Value = serde_json::from_str(text).ok()?;
                if value.is_string() || value.is_null() {
                    return None;
                }
                if let Some(array) = value.as_array() {
                    // For a list, an array is its members. As a text, only an array of strings is.
                    let flag = running.flag();
                    let is_list = flag.many && !flag.json;
                    if is_list && !(flag.arrays && array.iter().all(Value::is_string)) {
                        return None;
                    }
                }
                post(running, name, text)
            }
            // A file holds the bytes themselves.
            Self::File if is_bytes => file(running, name, &Bytes::from_str(text).ok()?),
            Self::FileLine if is_bytes => return None,
            Self::File => file(running, name, text.as_bytes()),
            Self::FileLine => file(running, name, format!("{text}\n").as_bytes()),
        })
    }
}

fn set(running: &Running, name: &str, value: &str) -> Result<(), String> {
    let applied = running.set.edit(&[Edit::set(name, value)]);
    applied.map(drop).map_err(|rejected| {
        let problems: Vec<_> = rejected.problems.iter().map(ToString::to_string).collect();
        only(problems)
    })
}

fn anyone(_: &Parts) -> Result<Caller, Denied> {
    Ok(Caller::new("anyone"))
}

fn post(running: &Running, name: &str, value: &str) -> Result<(), String> {
    let router = Endpoint::new(running.set.clone())
        .allow_setting(anyone)
        .router();
    let body = format!(
        r#"{{"flags": [{{"name": {}, "value": {value}}}]}}"#,
        json!(name)
    );
    let request = Request::post("/set")
        .header("host", "localhost:8080")
        .header("content-type", "application/json")
        .body(Body::from(body))
        .unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let (status, body) = runtime.block_on(async {
        let response = router.oneshot(request).await.unwrap();
        let status = response.status();
        (
            status,
            to_bytes(response.into_body(), 1 << 20).await.unwrap(),
        )
    });
    if status == 200 {
        return Ok(());
    }
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(status, 422, "{body}");
    let problems = body["problems"].as_array().unwrap().iter();
    let messages = problems.map(|problem| problem["message"].as_str().unwrap().to_owned());
    Err(only(messages.collect()))
}

fn file(running: &Running, name: &str, content: &[u8]) -> Result<(), String> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(name);
    std::fs::write(&path, content).unwrap();
    let updater = Updater::builder(running.set.clone(), directory.path())
        .settle(Duration::ZERO)
        .build()
        .unwrap();
    updater.initialize().map_err(|error| {
        let dflag_configmap::InitializeError::Rejected(rejected) = error else {
            panic!("{error}");
        };
        let problems = rejected.problems.iter();
        let location = format!(" ({})", path.display());
        only(
            problems
                .map(|problem| problem.to_string().replacen(&location, "", 1))
                .collect(),
        )
    })
}

fn only(mut problems: Vec<String>) -> String {
    assert_eq!(problems.len(), 1, "{problems:#?}");
    problems.remove(0)
}
