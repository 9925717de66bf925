//! Errors.

use thiserror::Error;
use tracing::subscriber::SetGlobalDefaultError;

/// A text is not a [`LogFilter`](crate::LogFilter). The message lists everything that is wrong with it.
///
/// ```
/// use dflag_tracing::LogFilter;
///
/// let error = "inof,db=debgu".parse::<LogFilter>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "`inof` is not a level: did you mean `info`? For a target, write `inof=trace`; \
///      `debgu` in `db=debgu` is not a level: did you mean `debug`?"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct ParseFilterError {
    pub(crate) message: String,
}

/// [`init`](crate::init) failed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InitError {
    /// The program has a global subscriber already. That one stays in use; nothing has changed.
    #[error("the program has a global tracing subscriber already, which stays in use")]
    Subscriber(#[source] SetGlobalDefaultError),

    /// The program has a logger of the `log` crate already, to which the records of that crate still go.
    /// The subscriber is installed, and follows its flag.
    #[cfg(feature = "log")]
    #[error(
        "the program has a logger of the `log` crate already, which still gets that crate's records; \
         the tracing subscriber is installed"
    )]
    Logger(#[source] tracing_log::log::SetLoggerError),
}
