//! Failures: why a request has no answer that can be used.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;

/// Why a request has no answer that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// There is no kubeconfig, no service account, or something in it can't be used.
    Credentials(String),
    /// The credentials were not read within this time.
    SlowCredentials(Duration),
    /// There is no connection, or it broke.
    Connection(String),
    /// The API server has not answered within this time.
    TimedOut(Duration),
    /// 401.
    Unauthorized,
    /// 403. The message names the user and the verb.
    Forbidden(String),
    /// 410: the version is too old to be followed.
    Gone,
    /// Any other status.
    Status {
        code: u16,
        message: String,
        retry_after: Option<Duration>,
    },
    /// The response is not what it should be.
    Malformed(String),
}

impl Failure {
    /// The failure of a status and the text of its response.
    pub(crate) fn of(code: u16, body: &[u8], retry_after: Option<Duration>) -> Self {
        let status: Option<StatusShape> = serde_json::from_slice(body).ok();
        // The body of a 429 is plain text.
        let message = status.and_then(|status| status.message);
        let message = message.unwrap_or_else(|| {
            let text = String::from_utf8_lossy(body);
            text.lines()
                .next()
                .unwrap_or_default()
                .chars()
                .take(200)
                .collect()
        });
        Self::with_message(code, message, retry_after)
    }

    /// The failure that a watch reports in an event.
    pub(crate) fn of_status(code: u16, message: String) -> Self {
        Self::with_message(code, message, None)
    }

    fn with_message(code: u16, message: String, retry_after: Option<Duration>) -> Self {
        match code {
            401 => Self::Unauthorized,
            403 => Self::Forbidden(message),
            410 => Self::Gone,
            _ => Self::Status {
                code,
                message,
                retry_after,
            },
        }
    }

    /// How long the server asks to wait.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Whether the server rejects the program, and not only this request.
    pub(crate) fn is_denial(&self) -> bool {
        matches!(self, Self::Unauthorized | Self::Forbidden(_))
    }

    /// Whether asking again soon would fail in the same way.
    pub(crate) fn is_final(&self) -> bool {
        self.is_denial() || matches!(self, Self::Credentials(_) | Self::Status { code: 404, .. })
    }
}

/// The shape of Kubernetes' `Status`.
#[derive(Deserialize)]
struct StatusShape {
    message: Option<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Credentials(reason) => write!(f, "the credentials can't be used: {reason}"),
            Self::SlowCredentials(limit) => write!(
                f,
                "the credentials could not be read within {limit:?}: a file, or the program that the kubeconfig names for a \
                 token, takes too long"
            ),
            Self::Connection(reason) => write!(f, "no connection to the API server: {reason}"),
            Self::TimedOut(limit) => write!(f, "the API server did not answer within {limit:?}"),
            Self::Unauthorized => f.write_str(
                "the API server rejects the credentials (401): check the service account's token",
            ),
            Self::Forbidden(message) => write!(f, "the API server denies access (403): {message}"),
            Self::Gone => f.write_str("the version to follow is too old (410)"),
            Self::Status { code, message, .. } => {
                write!(f, "the API server answers {code}: {message}")
            }
            Self::Malformed(what) => write!(f, "the API server's answer can't be read: {what}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Failure;

    #[test]
    fn statuses_are_told_apart() {
        let json = |message: &str| format!(r#"{{"kind": "Status", "message": "{message}"}}"#);
        for (code, body, expected) in [
            (401, json("Unauthorized"), Failure::Unauthorized),
            (403, json("no list"), Failure::Forbidden("no list".into())),
            (410, json("too old"), Failure::Gone),
        ] {
            assert_eq!(Failure::of(code, body.as_bytes(), None), expected);
        }
        assert!(Failure::of(403, b"", None).is_denial());
        assert!(!Failure::of(503, b"", None).is_denial());
    }

    #[test]
    fn body_of_429_is_plain_text() {
        let wait = Some(Duration::from_secs(2));
        let failure = Failure::of(429, b"Too many requests, please try again later.\n", wait);
        assert_eq!(failure.retry_after(), wait);
        assert_eq!(
            failure.to_string(),
            "the API server answers 429: Too many requests, please try again later."
        );
    }
}
