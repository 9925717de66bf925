//! Parsing: what a source says of one flag, through clap's own parser.
//!
//! Each flag has a command of its own with nothing but its argument in it, made when a source
//! first sets the flag. In it nothing is required, nothing has a default or an environment
//! variable, and no argument relates to another: those are the command line's affairs.
//! What is left is what makes a value valid, so a value is valid here exactly
//! when it is valid after `--flag=`.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::iter::once;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use clap::builder::BoolishValueParser;
use clap::error::{ContextKind, ContextValue};
use clap::{Arg, ArgAction, ArgMatches, Command};

use crate::layer::Content;
use crate::model::Model;
use crate::names::for_ever;
use crate::schema::{Schema, Spec, possible_values};
use crate::snapshot::Value;
use crate::{Origin, Problem};

/// What a text was parsed to.
#[derive(Clone)]
pub(crate) struct Parsed {
    /// The text that was given.
    given: Arc<str>,
    /// The value as text, as lists show it.
    pub(crate) text: Arc<str>,
    pub(crate) value: Value,
}

/// Parses texts, one flag at a time.
#[derive(Default)]
pub(crate) struct Parser {
    /// By flag.
    commands: Vec<Option<Box<Command>>>,
}

/// A longer value is cut where an error quotes it: a file may hold a megabyte of it.
const LONGEST_QUOTE: usize = 80;

/// The same for a parser's or check's own words, which may quote the value as well.
const LONGEST_REASON: usize = 1_000;

const SECRET: &str = "rejected (the flag is secret: neither its value nor the reason is shown)";

impl Parser {
    /// Parses and checks what stands under a flag's key. `before` is what the same source gave
    /// the flag last; where the text is the same, its value is too.
    pub(crate) fn parse(
        &mut self,
        schema: &Schema,
        model: &dyn Model,
        flag: usize,
        content: &Content,
        origin: &dyn Fn() -> Origin,
        before: Option<&Parsed>,
    ) -> Result<Parsed, Vec<Problem>> {
        self.commands.resize_with(schema.flags.len(), || None);
        let (Some(spec), Some(arg), Some(command)) = (
            schema.flags.get(flag),
            schema.arg(flag),
            self.commands.get_mut(flag),
        ) else {
            return Err(Vec::new());
        };
        let given = text_of(spec, content, origin).map_err(|problem| vec![problem])?;
        if let Some(before) = before.filter(|before| *before.given == *given) {
            return Ok(before.clone());
        }
        let invalid = |reason: String| {
            vec![Problem::Invalid {
                flag: spec.name.clone(),
                origin: origin(),
                reason: shown(spec, reason),
                possible_values: possible_values(arg),
            }]
        };
        let typed = typed(spec, arg, &given);
        let command = command.get_or_insert_with(|| Box::new(alone(spec, arg)));
        let matches = guarded(|| command.try_get_matches_from_mut(typed))
            .map_err(invalid)?
            .map_err(|error| invalid(reason(error)))?;
        let Some(value) = model.take(flag, &matches) else {
            return Err(invalid("no value of the flag's type".to_owned()));
        };
        check(spec, origin, &|| model.check(flag, &*value))?;
        let given: Arc<str> = given.into();
        let text = if spec.boolish || spec.traits.many {
            value_text(spec, &matches).unwrap_or_default()
        } else {
            // clap took it as it is.
            Arc::clone(&given)
        };
        Ok(Parsed { given, text, value })
    }
}

impl Parsed {
    /// Whether it is known at a glance that `content` would be parsed to this again.
    pub(crate) fn comes_of(&self, spec: &Spec, content: &Content) -> bool {
        let bytes = match content {
            Content::Text(text) => text.as_bytes(),
            Content::File(bytes) if !spec.bytes => bytes,
            _ => return false,
        };
        let rest = bytes.strip_prefix(self.given.as_bytes());
        rest.is_some_and(|rest| {
            rest.is_empty() || spec.traits.trim && rest.iter().all(u8::is_ascii_whitespace)
        })
    }
}

/// Runs a flag's own checks.
pub(crate) fn check(
    spec: &Spec,
    origin: &dyn Fn() -> Origin,
    checks: &dyn Fn() -> Vec<String>,
) -> Result<(), Vec<Problem>> {
    let reasons = guarded(checks).unwrap_or_else(|panicked| vec![panicked]);
    if reasons.is_empty() {
        return Ok(());
    }
    let problems = reasons.into_iter().map(|reason| Problem::Check {
        flag: spec.name.clone(),
        origin: origin(),
        reason: shown(spec, reason),
    });
    Err(problems.collect())
}

/// Runs a parser, a check or a rule of the user's own. One that panics rejects the value:
/// it must not end the thread that follows a source.
pub(crate) fn guarded<T>(users: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(users))
        .map_err(|_| "the program's own code panicked on it".to_owned())
}

/// The value that clap parsed as text; `None` where there is none.
pub(crate) fn value_text(spec: &Spec, matches: &ArgMatches) -> Option<Arc<str>> {
    let id = spec.traits.id.as_str();
    if spec.boolish
        && let Ok(Some(values)) = matches.try_get_many::<bool>(id)
    {
        let mut words = values.map(|value| OsStr::new(if *value { "true" } else { "false" }));
        return Some(spec.join(&mut words).into());
    }
    let mut values = matches.try_get_raw(id).ok()??;
    Some(spec.join(&mut values).into())
}

/// The flag's argument in a command of its own.
fn alone(spec: &Spec, arg: &Arg) -> Command {
    let action = match arg.get_action() {
        ArgAction::Append => ArgAction::Append,
        // `SetTrue`, `SetFalse` and `Count` take a value here, as `Set` does.
        _ => ArgAction::Set,
    };
    let num_args = arg
        .get_num_args()
        .filter(clap::builder::ValueRange::takes_values)
        .unwrap_or_else(|| 1.into());
    let mut alone = Arg::new(arg.get_id().clone())
        .long(for_ever(&spec.name))
        .action(action)
        .num_args(num_args)
        .value_delimiter(arg.get_value_delimiter())
        .ignore_case(arg.is_ignore_case_set())
        .allow_hyphen_values(true);
    alone = match arg.get_value_names() {
        Some(names) => alone.value_names(names.to_vec()),
        None => alone,
    };
    alone = if spec.boolish {
        alone.value_parser(BoolishValueParser::new())
    } else {
        alone.value_parser(arg.get_value_parser().clone())
    };
    let mut command = Command::new("flag")
        .no_binary_name(true)
        .disable_help_flag(true)
        .disable_version_flag(true)
        .arg(alone);
    command.build();
    // A copy has no room to spare: here it is a third of what was built, and stays in the cache.
    command.clone()
}

/// The text that is under a flag's key.
fn text_of<'a>(
    spec: &Spec,
    content: &'a Content,
    origin: &dyn Fn() -> Origin,
) -> Result<Cow<'a, str>, Problem> {
    let text: Cow<'a, str> = match content {
        Content::Text(text) => text.into(),
        Content::File(bytes) if spec.bytes => return Ok(base64(bytes).into()),
        Content::File(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => text.into(),
            Err(_) => {
                return Err(Problem::NotUtf8 {
                    flag: spec.name.clone(),
                    origin: origin(),
                });
            }
        },
        Content::Unreadable(cause) => {
            return Err(Problem::Unreadable {
                flag: spec.name.clone(),
                origin: origin(),
                cause: Arc::clone(cause),
            });
        }
    };
    Ok(match text {
        Cow::Borrowed(text) if spec.traits.trim => text.trim().into(),
        text => text,
    })
}

#[cfg(feature = "bytes")]
fn base64(bytes: &[u8]) -> String {
    crate::value::Bytes::from(bytes.to_vec()).to_string()
}

#[cfg(not(feature = "bytes"))]
fn base64(_: &[u8]) -> String {
    String::new()
}

/// What one would type on the command line to give the flag this text.
fn typed(spec: &Spec, arg: &Arg, given: &str) -> Vec<String> {
    let with = |value: &str| ["--", &spec.name, "=", value].concat();
    if !spec.traits.many {
        return vec![with(given)];
    }
    let values: Vec<&str> = if spec.traits.trim {
        let lines = given.lines().map(str::trim);
        lines.filter(|line| !line.is_empty()).collect()
    } else {
        given.lines().collect()
    };
    let together = arg
        .get_num_args()
        .is_some_and(|range| range.max_values() > 1);
    let flag = || ["--", &spec.name].concat();
    match values.as_slice() {
        // clap then says in its own words that a value is required.
        [] if arg.is_required_set() => vec![flag()],
        [] => Vec::new(),
        _ if together => once(flag())
            .chain(values.into_iter().map(str::to_owned))
            .collect(),
        _ => values.into_iter().map(with).collect(),
    }
}

/// clap's own words, without what it says to someone at a terminal.
fn reason(mut error: clap::Error) -> String {
    if let Some(ContextValue::String(value)) = error.get(ContextKind::InvalidValue)
        && let Some(quote) = cut(value, LONGEST_QUOTE)
    {
        error.insert(ContextKind::InvalidValue, ContextValue::String(quote));
    }
    let text = error.to_string();
    let words = text.strip_prefix("error: ").unwrap_or(&text).lines();
    let words = words.take_while(|line| {
        // The values are told apart from the reason.
        !line.is_empty() && !line.trim_start().starts_with("[possible values: ")
    });
    let words: Vec<_> = words.map(str::trim).collect();
    words.join(" ")
}

/// A reason as it may be shown.
fn shown(spec: &Spec, reason: String) -> String {
    if spec.traits.secret {
        return SECRET.to_owned();
    }
    cut(&reason, LONGEST_REASON).unwrap_or(reason)
}

/// The beginning of a text that is longer than `most` characters.
fn cut(text: &str, most: usize) -> Option<String> {
    let (end, _) = text.char_indices().nth(most)?;
    Some(format!("{}…", text.get(..end)?))
}
