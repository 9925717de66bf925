//! Why a request was rejected: the status and the body. Nothing changed.

use std::borrow::Cow;
use std::fmt::{Display, Write as _};
use std::time::Duration;

use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use dflag::{Problem, Rejected};

use super::content::json;
use crate::json::{ProblemDetail, RejectionBody};

#[derive(Debug)]
pub(crate) struct Rejection {
    pub(crate) status: StatusCode,
    pub(crate) body: RejectionBody,
    /// When to try again.
    pub(crate) retry_after: Option<Duration>,
}

impl Rejection {
    pub(crate) fn new(status: StatusCode, error: impl Into<String>) -> Self {
        Self {
            status,
            body: RejectionBody {
                error: error.into(),
                problems: Vec::new(),
            },
            retry_after: None,
        }
    }

    /// Tells the client to try again then.
    pub(crate) fn retry_after(self, duration: Duration) -> Self {
        Self {
            retry_after: Some(duration),
            ..self
        }
    }

    pub(crate) fn bad_request(error: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error)
    }

    pub(crate) fn forbidden(error: impl Display) -> Self {
        Self::new(StatusCode::FORBIDDEN, format!("not allowed: {error}"))
    }

    /// Flags that the caller may not edit, all of them.
    pub(crate) fn denied_flags(denied: &[(String, impl Display)]) -> Self {
        let problems: Vec<_> = denied
            .iter()
            .map(|(flag, denied)| ProblemDetail {
                message: format!("`{flag}`: {denied}"),
                name: Some(flag.clone()),
                kind: "denied",
                ..ProblemDetail::default()
            })
            .collect();
        let messages: Vec<_> = problems.iter().map(|problem| &*problem.message).collect();
        let mut rejection = Self::forbidden(messages.join("\n"));
        rejection.body.problems = problems;
        rejection
    }

    pub(crate) fn invalid_values(problems: Vec<ProblemDetail>) -> Self {
        let messages: Vec<_> = problems.iter().map(|problem| &*problem.message).collect();
        Self {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            body: RejectionBody {
                error: messages.join("\n"),
                problems,
            },
            retry_after: None,
        }
    }

    pub(crate) fn unknown_flag(name: &str) -> Self {
        let name = shorten_name(name);
        let message = format!("`{}`: no flag has this name", name.escape_debug());
        Self {
            status: StatusCode::NOT_FOUND,
            body: RejectionBody {
                error: message.clone(),
                problems: vec![ProblemDetail {
                    name: Some(name.into_owned()),
                    kind: "unknown",
                    message,
                    ..ProblemDetail::default()
                }],
            },
            retry_after: None,
        }
    }
}

/// The most names of no flag in a response. The others are counted.
const UNKNOWN_NAMES: usize = 10;

/// The longest part of a name of no flag, in bytes.
const UNKNOWN_BYTES: usize = 200;

/// The rejection with shortened names of no flag, and how many such names it leaves out.
fn shorten(rejected: &Rejected) -> (Rejected, usize) {
    let mut short = rejected.clone();
    let mut unknown: usize = 0;
    short.problems.retain_mut(|problem| {
        let Problem::Unknown { key, .. } = problem else {
            return true;
        };
        unknown += 1;
        if let Cow::Owned(name) = shorten_name(key) {
            *key = name;
        }
        unknown <= UNKNOWN_NAMES
    });
    (short, unknown.saturating_sub(UNKNOWN_NAMES))
}

fn shorten_name(name: &str) -> Cow<'_, str> {
    if name.len() <= UNKNOWN_BYTES {
        return Cow::Borrowed(name);
    }
    let mut characters = name.char_indices();
    let end = characters.find(|(index, character)| index + character.len_utf8() > UNKNOWN_BYTES);
    let start = end.and_then(|(end, _)| name.get(..end));
    Cow::Owned(format!("{}…", start.unwrap_or(name)))
}

impl From<&Rejected> for Rejection {
    fn from(rejected: &Rejected) -> Self {
        let (rejected, omitted) = shorten(rejected);
        let mut error = rejected.to_string();
        if omitted > 0 {
            // Writing to a String does not fail.
            let _ = write!(error, "\n  and {omitted} more names of no flag");
        }
        let problems: Vec<_> = rejected.problems.iter().map(ProblemDetail::from).collect();
        let any = |kind| problems.iter().any(|problem| problem.kind == kind);
        let status = if any("unknown") {
            StatusCode::NOT_FOUND
        } else if any("static") || any("outdated") {
            StatusCode::CONFLICT
        } else if matches!(rejected.problems.as_slice(), [Problem::NoTimer { .. }]) {
            StatusCode::SERVICE_UNAVAILABLE
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        };
        Self {
            status,
            body: RejectionBody { error, problems },
            retry_after: None,
        }
    }
}

impl From<&Problem> for ProblemDetail {
    fn from(problem: &Problem) -> Self {
        let mut detail = Self {
            name: problem.flag().map(str::to_owned),
            kind: "invalid",
            message: problem.to_string(),
            ..Self::default()
        };
        match problem {
            Problem::Unknown { key, .. } => {
                detail.name = Some(key.clone());
                detail.kind = "unknown";
            }
            Problem::Static { .. } => detail.kind = "static",
            Problem::Conflict { other, .. } => {
                detail.other_name = Some(other.clone());
                detail.kind = "conflict";
            }
            Problem::Required { .. } => detail.kind = "required",
            Problem::Outdated {
                revision, value, ..
            } => {
                detail.kind = "outdated";
                detail.revision = Some(*revision);
                detail.current_value.clone_from(value);
            }
            Problem::Rule { .. } | Problem::Derived { .. } | Problem::Reentrant => {
                detail.kind = "rule";
            }
            Problem::Invalid {
                possible_values, ..
            } => detail.possible_values.clone_from(possible_values),
            _ => {}
        }
        detail
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        let mut response = json(self.status, &self.body);
        if let Some(duration) = self.retry_after {
            let seconds = HeaderValue::from(duration.as_secs());
            response.headers_mut().insert(RETRY_AFTER, seconds);
        }
        response
    }
}
