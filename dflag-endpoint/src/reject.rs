//! Refusing: the status and the words of what did not work. Nothing changed then.

use axum::http::StatusCode;
use axum::http::uri::Authority;
use dflag::{Problem, Rejected};

use crate::answer::{Rejection, Wrong};

/// A rejection with its status.
#[derive(Debug)]
pub(crate) struct Reject {
    pub(crate) status: StatusCode,
    pub(crate) rejection: Rejection,
}

impl Reject {
    pub(crate) fn new(status: StatusCode, error: impl Into<String>) -> Self {
        Self {
            status,
            rejection: Rejection {
                error: error.into(),
                problems: Vec::new(),
            },
        }
    }

    pub(crate) fn bad(error: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error)
    }

    pub(crate) fn forbidden(error: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::FORBIDDEN, format!("not allowed: {error}"))
    }

    pub(crate) fn foreign(host: Option<&Authority>) -> Self {
        let host = host.map_or("this host", Authority::host);
        Self::forbidden(format_args!(
            "flags are not served as `{host}`: only by address, as localhost, or by a name that the program gives"
        ))
    }

    /// No flag has this name.
    pub(crate) fn unknown(name: &str) -> Self {
        let message = format!("`{name}`: no flag has this name");
        Self {
            status: StatusCode::NOT_FOUND,
            rejection: Rejection {
                error: message.clone(),
                problems: vec![Wrong {
                    name: Some(name.to_owned()),
                    kind: "unknown",
                    message,
                    possible_values: Vec::new(),
                }],
            },
        }
    }
}

impl From<&Rejected> for Reject {
    fn from(rejected: &Rejected) -> Self {
        let problems: Vec<_> = rejected.problems.iter().map(wrong).collect();
        let any = |kind| problems.iter().any(|problem| problem.kind == kind);
        let status = if any("unknown") {
            StatusCode::NOT_FOUND
        } else if any("static") {
            StatusCode::CONFLICT
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        };
        Self {
            status,
            rejection: Rejection {
                error: rejected.to_string(),
                problems,
            },
        }
    }
}

fn wrong(problem: &Problem) -> Wrong {
    let mut possible_values = Vec::new();
    let mut name = problem.flag().map(str::to_owned);
    let kind = match problem {
        Problem::Unknown { key, .. } => {
            name = Some(key.clone());
            "unknown"
        }
        Problem::Static { .. } => "static",
        Problem::Rule { .. } | Problem::Reentrant => "rule",
        Problem::Invalid {
            possible_values: values,
            ..
        } => {
            possible_values.clone_from(values);
            "invalid"
        }
        _ => "invalid",
    };
    Wrong {
        name,
        kind,
        message: problem.to_string(),
        possible_values,
    }
}
