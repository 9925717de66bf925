//! Directives: the members of a filter, such as `info` and `my_crate[request{id=1}]=debug`.
//!
//! A directive has the grammar of [`EnvFilter`](tracing_subscriber::EnvFilter), whose parser decides. This module
//! finds where a directive ends, and what would not mean what it seems to.

use std::error::Error;

use tracing::level_filters::{LevelFilter, STATIC_MAX_LEVEL};
use tracing_subscriber::filter::Directive as EnvDirective;

/// The names of the levels, from the least verbose to the most.
const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// The similarity from which on a level is suggested, as clap has it for its own suggestions.
const SIMILAR: f64 = 0.7;

/// A valid directive.
#[derive(Clone, Debug)]
pub(crate) struct Directive {
    pub(crate) parsed: EnvDirective,
    /// The canonical text.
    pub(crate) text: String,
    /// For a directive that has field names alone: the text to build it from. See [`Build`].
    pub(crate) build: Build,
}

/// How an `EnvFilter` has to be built, so that it does what it does for the whole text.
///
/// `EnvFilter::add_directive` takes a directive with field names alone, such as `[{user}]=debug`, for one about
/// events that have these fields. From a text, it is about the events in spans that have them, as well.
#[derive(Clone, Debug)]
pub(crate) enum Build {
    Add,
    Parse(String),
}

/// Splits a filter's text at commas and line breaks outside brackets. Members are trimmed; empty ones are left out.
///
/// Brackets are found as `EnvFilter` finds them: a span's name may contain any character but `]` and `{`, so a quote
/// there quotes nothing.
pub(crate) fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut place = Place::Outside;
    let members = text.split(move |c| {
        place = place.after(c);
        place == Place::Outside && matches!(c, ',' | '\n')
    });
    members.map(str::trim).filter(|member| !member.is_empty())
}

/// A place in a directive.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Outside,
    /// Between `[` and `]`.
    Span,
    /// Between `{` and `}`.
    Fields,
}

impl Place {
    /// The place after this character.
    fn after(self, c: char) -> Self {
        match (self, c) {
            (Self::Outside, '[') | (Self::Fields, '}') => Self::Span,
            (Self::Span, '{') => Self::Fields,
            (Self::Span, ']') => Self::Outside,
            _ => self,
        }
    }
}

impl Directive {
    /// The directive without a target, which sets the level of all that no other directive is about.
    pub(crate) fn bare(level: LevelFilter) -> Self {
        Self {
            parsed: level.into(),
            text: level.to_string(),
            build: Build::Add,
        }
    }

    /// Parses a member of a filter's text.
    ///
    /// # Errors
    /// The reason, with the text quoted.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let Some(end) = text.find(['=', '[']) else {
            return word(text).map(Self::bare);
        };
        let (target, rest) = text.split_at(end);
        let target = target.trim_end();
        // Nothing but the target `info` would be logged, which is not what `info=` is meant to say.
        if let Some(level) = LEVELS
            .iter()
            .find(|level| level.eq_ignore_ascii_case(target))
        {
            let text = quoted(text);
            return Err(format!(
                "`{target}` in `{text}` is a level, not a target: did you mean `{level}`?"
            ));
        }
        let (span, rest) = rest.split_at(
            span_end(rest)
                .ok_or_else(|| format!("a bracket of `{}` is not closed", quoted(text)))?,
        );
        let level = match rest.trim_start().strip_prefix('=') {
            Some(level) => self::level(level.trim()).map_err(|not| {
                let (level, text) = (quoted(level.trim()), quoted(text));
                format!("`{level}` in `{text}` is not a level{not}")
            })?,
            None if rest.trim().is_empty() => LevelFilter::TRACE,
            None => return Err(invalid(text, "there must be `=` after `]`")),
        };
        let start = format!("{target}{span}");
        let build = fields(span)
            .map_or(Ok(Build::Add), |fields| {
                Build::of(&start, span, fields, level)
            })
            .map_err(|reason| invalid(text, reason))?;
        let canonical = format!("{start}={level}");
        let parsed = canonical
            .parse()
            .map_err(|error| invalid(text, &chain(&error)))?;
        Ok(Self {
            parsed,
            text: canonical,
            build,
        })
    }
}

impl Build {
    fn of(start: &str, span: &str, fields: &str, level: LevelFilter) -> Result<Self, &'static str> {
        // `EnvFilter` splits there, whether it is in quotes or not.
        let mut quotes = 0;
        for part in fields.split(',') {
            if quotes % 2 == 1 {
                return Err("a field's value must not contain a comma");
            }
            quotes += part.matches('"').count();
        }
        if fields.contains('=') || !span.starts_with("[{") {
            return Ok(Self::Add);
        }
        if fields.contains(',') {
            return Err("several fields without a value need the name of a span");
        }
        // `EnvFilter` prints a warning about levels that the program was compiled without.
        let level = level.min(STATIC_MAX_LEVEL);
        Ok(Self::Parse(format!("{start}={level}")))
    }
}

/// The end of `[…]` at the start of a text; 0 if there is none. `None` if it is not closed.
fn span_end(text: &str) -> Option<usize> {
    if !text.starts_with('[') {
        return Some(0);
    }
    let mut place = Place::Outside;
    let mut before = text.char_indices().skip_while(|(_, c)| {
        place = place.after(*c);
        place != Place::Outside
    });
    before.next().map(|(end, _)| end + 1)
}

/// What is between the braces of `[…{…}]`.
fn fields(span: &str) -> Option<&str> {
    let (_, fields) = span.split_once('{')?;
    fields.split_once('}').map(|(fields, _)| fields)
}

/// A member that is a word alone: a level.
fn word(text: &str) -> Result<LevelFilter, String> {
    level(text).map_err(|not| {
        let word = quoted(text);
        if text.contains(char::is_whitespace) {
            return format!("`{word}` is not a level: separate directives by commas");
        }
        format!("`{word}` is not a level{not} For a target, write `{word}=trace`")
    })
}

fn level(text: &str) -> Result<LevelFilter, String> {
    if text.is_empty() {
        return Ok(LevelFilter::TRACE);
    }
    text.parse().map_err(|_| {
        let text = text.to_lowercase();
        let similarity = |level: &&str| strsim::jaro(&text, level);
        let similar = LEVELS
            .iter()
            .max_by(|one, other| similarity(one).total_cmp(&similarity(other)));
        match similar.filter(|level| similarity(level) > SIMILAR) {
            Some(level) => format!(": did you mean `{level}`?"),
            None => format!(": these are {}.", LEVELS.join(", ")),
        }
    })
}

fn invalid(text: &str, reason: &str) -> String {
    format!(
        "`{}` is not a directive such as `target[span{{field=value}}]=level`: {reason}",
        quoted(text)
    )
}

/// The messages of an error and of its causes, of which the last says what is wrong with a regular expression.
fn chain(error: &dyn Error) -> String {
    let mut messages = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(error) = cause {
        messages.push(error.to_string());
        cause = error.source();
    }
    messages.dedup();
    messages.join(": ")
}

/// The text without characters that a reader would not see.
fn quoted(text: &str) -> String {
    let visible = |c: char| match c {
        '"' | '\'' | '\\' => c.to_string(),
        _ => c.escape_debug().to_string(),
    };
    text.chars().map(visible).collect()
}
