//! The value of the flag: which events and spans are enabled.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use tracing::Level;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;

use crate::directive::{Build, Directive, split};
use crate::error::ParseFilterError;

/// Which events and spans are enabled: what an [`EnvFilter`] is parsed from, without its traps.
///
/// The text has directives, separated by commas or line breaks. A directive is a level, or
/// `target[span{field=value}]=level`, of which target, span, fields and level may be left out;
/// [`EnvFilter`] describes what it means. Compared with `EnvFilter`:
///
/// - A word alone must be a level, in any case, or a number from 0 (`off`) to 5 (`trace`). `EnvFilter` reads the typo
///   `inof` as the target `inof`, logs nothing else, and reports nothing.
/// - A target must not be the name of a level: `info=` and `warn=info` are errors, while `my_crate::info=debug` is
///   not. `EnvFilter` logs the target `info` or `warn` and nothing else.
/// - An empty text is an error. `EnvFilter` logs nothing. Empty members, as after a trailing comma, are left out.
/// - White space around a directive, a target or a level is not a part of it. `EnvFilter` rejects `info, db=debug`, and
///   reads `info, debug` as a target.
/// - Commas between brackets do not end a directive, so there may be several fields: `[request{method,id=1}]=debug`.
///   A value must not contain one.
/// - A directive that a later one replaces has no effect. `EnvFilter` goes on to enable spans up to its level.
///
/// Any other text means what it means to `EnvFilter`, or is an error to both. Values are regular expressions, which
/// are compiled when the text is parsed.
///
/// ```
/// use dflag_tracing::LogFilter;
///
/// let filter: LogFilter = "INFO, my_crate::db = debug,".parse()?;
/// assert_eq!(filter.to_string(), "info,my_crate::db=debug");
/// assert_eq!(filter, "my_crate::db=4,info".parse()?);
///
/// let error = "inof".parse::<LogFilter>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "`inof` is not a level: did you mean `info`? For a target, write `inof=trace`"
/// );
/// # Ok::<(), dflag_tracing::ParseFilterError>(())
/// ```
///
/// Filters are equal if their texts are, as [`Display`](fmt::Display) writes them: from general directives to special
/// ones, of two for the same thing the later one, with levels by name. A clone is cheap.
#[derive(Clone)]
pub struct LogFilter(Arc<Inner>);

struct Inner {
    text: String,
    /// To clone from: a filter has a state.
    env_filter: EnvFilter,
}

impl LogFilter {
    /// A new [`EnvFilter`] that enables the same events and spans, for a subscriber whose filter never changes.
    pub fn to_env_filter(&self) -> EnvFilter {
        self.0.env_filter.clone()
    }

    /// The canonical text.
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    fn new(mut directives: Vec<Directive>) -> Result<Self, String> {
        // `EnvFilter` puts special ones first. Of equal ones the last counts.
        directives.reverse();
        directives.sort_by(|one, other| other.parsed.cmp(&one.parsed));
        directives.dedup_by(|one, other| one.parsed.cmp(&other.parsed).is_eq());

        let texts: Vec<&str> = directives.iter().map(|one| one.text.as_str()).collect();
        let text = texts.join(",");
        let parsed: Vec<&str> = directives
            .iter()
            .filter_map(|one| match &one.build {
                Build::Parse(text) => Some(text.as_str()),
                Build::Add => None,
            })
            .collect();
        let start = EnvFilter::builder()
            .parse(parsed.join(","))
            .map_err(|error| error.to_string())?;
        let added = directives
            .into_iter()
            .filter(|one| matches!(one.build, Build::Add));
        let env_filter = added.fold(start, |filter, one| filter.add_directive(one.parsed));
        Ok(Self(Arc::new(Inner { text, env_filter })))
    }
}

impl FromStr for LogFilter {
    type Err = ParseFilterError;

    fn from_str(text: &str) -> Result<Self, ParseFilterError> {
        let (mut directives, mut reasons) = (Vec::new(), Vec::new());
        for member in split(text) {
            match Directive::parse(member) {
                Ok(directive) => directives.push(directive),
                Err(reason) => reasons.push(reason),
            }
        }
        if directives.is_empty() && reasons.is_empty() {
            reasons.push("the filter is empty: write `off` to log nothing".to_owned());
        }
        let filter = if reasons.is_empty() {
            Self::new(directives)
        } else {
            Err(reasons.join("; "))
        };
        filter.map_err(|message| ParseFilterError { message })
    }
}

/// All events and spans up to this level, of every target.
///
/// ```
/// # use dflag_tracing::LogFilter;
/// # use tracing::level_filters::LevelFilter;
/// assert_eq!(LogFilter::from(LevelFilter::WARN).as_str(), "warn");
/// ```
impl From<LevelFilter> for LogFilter {
    fn from(level: LevelFilter) -> Self {
        Self(Arc::new(Inner {
            text: level.to_string(),
            env_filter: EnvFilter::default().add_directive(level.into()),
        }))
    }
}

/// All events and spans up to this level, of every target.
impl From<Level> for LogFilter {
    fn from(level: Level) -> Self {
        LevelFilter::from_level(level).into()
    }
}

/// `info`.
impl Default for LogFilter {
    fn default() -> Self {
        Level::INFO.into()
    }
}

impl PartialEq for LogFilter {
    fn eq(&self, other: &Self) -> bool {
        self.0.text == other.0.text
    }
}

impl Eq for LogFilter {}

/// The canonical text.
impl fmt::Display for LogFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.text)
    }
}

impl fmt::Debug for LogFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LogFilter").field(&self.0.text).finish()
    }
}
