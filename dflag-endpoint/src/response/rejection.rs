//! Why a request was rejected: the status and the body. Nothing changed.

use std::fmt::Display;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use dflag::{Problem, Rejected};

use super::content::json;
use crate::json::{ProblemDetail, RejectionBody};

#[derive(Debug)]
pub(crate) struct Rejection {
    pub(crate) status: StatusCode,
    pub(crate) body: RejectionBody,
}

impl Rejection {
    pub(crate) fn new(status: StatusCode, error: impl Into<String>) -> Self {
        Self {
            status,
            body: RejectionBody {
                error: error.into(),
                problems: Vec::new(),
            },
        }
    }

    pub(crate) fn bad_request(error: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error)
    }

    pub(crate) fn forbidden(error: impl Display) -> Self {
        Self::new(StatusCode::FORBIDDEN, format!("not allowed: {error}"))
    }

    pub(crate) fn invalid_values(problems: Vec<ProblemDetail>) -> Self {
        let messages: Vec<_> = problems.iter().map(|problem| &*problem.message).collect();
        Self {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            body: RejectionBody {
                error: messages.join("\n"),
                problems,
            },
        }
    }

    pub(crate) fn unknown_flag(name: &str) -> Self {
        let message = format!("`{}`: no flag has this name", name.escape_debug());
        Self {
            status: StatusCode::NOT_FOUND,
            body: RejectionBody {
                error: message.clone(),
                problems: vec![ProblemDetail {
                    name: Some(name.to_owned()),
                    other_name: None,
                    kind: "unknown",
                    message,
                    possible_values: Vec::new(),
                }],
            },
        }
    }
}

impl From<&Rejected> for Rejection {
    fn from(rejected: &Rejected) -> Self {
        let problems: Vec<_> = rejected.problems.iter().map(ProblemDetail::from).collect();
        let any = |kind| problems.iter().any(|problem| problem.kind == kind);
        let status = if any("unknown") {
            StatusCode::NOT_FOUND
        } else if any("static") {
            StatusCode::CONFLICT
        } else if matches!(rejected.problems.as_slice(), [Problem::NoTimer { .. }]) {
            StatusCode::SERVICE_UNAVAILABLE
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        };
        Self {
            status,
            body: RejectionBody {
                error: rejected.to_string(),
                problems,
            },
        }
    }
}

impl From<&Problem> for ProblemDetail {
    fn from(problem: &Problem) -> Self {
        let mut detail = Self {
            name: problem.flag().map(str::to_owned),
            other_name: None,
            kind: "invalid",
            message: problem.to_string(),
            possible_values: Vec::new(),
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
        json(self.status, &self.body)
    }
}
