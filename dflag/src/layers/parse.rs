//! Parsing: a text for one flag, through clap's own parser.
//!
//! Each text is parsed by a command of its own. It has the flag's argument without `required`, default,
//! environment variable and relations to other arguments, which concern the command line only. What remains
//! decides whether a value is valid, so a value is valid here exactly if it is valid after `--flag=`. The
//! command is not kept: it would be a third of a flag's memory, and most texts never change.
//!
//! A file has more ways to write lists and booleans than the command line. This leniency never
//! changes a value that clap accepts as it is.

use std::any::Any;
use std::sync::Arc;

use clap::{Arg, ArgAction, ArgMatches, Command};

use crate::error::Problem;
use crate::layers::content::value_text;
use crate::layers::reason::{self, displayed, of_content};
use crate::origin::Origin;
use crate::read::snapshot::Value;
use crate::schema::flag_spec::possible_values;
use crate::schema::names::intern;
use crate::schema::value_kind::ValueKind;
use crate::schema::{FlagSpec, Schema};
use crate::text::escape::one_line;
use crate::text::list::{DASHES, Reading};
use crate::user_code::catch_panic;
use crate::value::volatile::{self, FileContent};

/// A parsed text.
#[derive(Clone)]
pub(crate) struct Parsed {
    /// The text of the source; `None` for an override that unsets the flag.
    given: Option<Arc<str>>,
    /// The value as text, for listings; `None` where an optional flag is unset.
    pub(crate) text: Option<Arc<str>>,
    pub(crate) value: Value,
    /// Set if the parser read files: then the value is not reused for an equal text.
    pub(crate) file_contents: Option<Arc<[FileContent]>>,
}

/// A flag's value and its text.
#[derive(Clone, Copy)]
pub(crate) struct TypedValue<'a> {
    /// `None` if an optional flag is not set.
    pub(crate) text: Option<&'a str>,
    pub(crate) value: &'a dyn Any,
    /// See [`Parsed::file_contents`].
    pub(crate) file_contents: Option<&'a [FileContent]>,
}

impl Parsed {
    /// The `None` of an optional flag.
    pub(crate) fn unset(
        spec: &FlagSpec,
        origin: &dyn Fn() -> Origin,
    ) -> Result<Self, Vec<Problem>> {
        let Some(value) = spec.def.unset() else {
            return Err(vec![Problem::NotOptional {
                flag: spec.name.clone(),
                origin: origin(),
            }]);
        };
        check(spec, origin, None, None, || spec.def.check(&*value))?;
        Ok(Self {
            given: None,
            text: None,
            value,
            file_contents: None,
        })
    }

    /// The text of the source; `None` for an override that unsets the flag.
    pub(crate) fn given(&self) -> Option<&Arc<str>> {
        self.given.as_ref()
    }

    /// Whether this is what a source's text is parsed into: the same text again, unless it names a file.
    pub(crate) fn is_of(&self, given: &str) -> bool {
        self.given.as_deref() == Some(given) && self.file_contents.is_none()
    }

    pub(crate) fn typed(&self) -> TypedValue<'_> {
        TypedValue {
            text: self.text.as_deref(),
            value: &*self.value,
            file_contents: self.file_contents.as_deref(),
        }
    }
}

/// Why a key gives its flag no value.
pub(crate) enum NoValue {
    /// An empty text for an optional flag whose parser rejects it. In a source's layer the key counts
    /// as absent.
    Blank(Vec<Problem>),
    Invalid(Vec<Problem>),
}

/// Parses texts, one flag at a time.
#[derive(Default)]
pub(crate) struct Parser {
    /// Whether a flag's parser has read a file.
    pub(crate) reads_files: bool,
}

impl Parser {
    /// Parses and checks a flag's text.
    pub(crate) fn parse(
        &mut self,
        schema: &Schema,
        flag: usize,
        given: &str,
        origin: &dyn Fn() -> Origin,
    ) -> Result<Parsed, NoValue> {
        let (Some(spec), Some(arg)) = (schema.flags.get(flag), schema.arg(flag)) else {
            return Err(NoValue::Invalid(Vec::new()));
        };
        let command = &mut command_of(spec, arg);
        let mut flag = FlagParser { spec, command };
        volatile::take();
        let read = flag.read(given);
        let file = volatile::take();
        self.reads_files |= file.is_some();
        let (file_contents, rejection) = match file {
            Some(file) => (Some(file.contents.into()), file.rejection),
            None => (None, None),
        };
        let parsed = read
            .map_err(|reason| match rejection {
                // It names a file and quotes no value, so it is shown of a secret, too.
                Some(rejection) => invalid(spec, arg, origin, given, one_line(&rejection)),
                None => invalid(spec, arg, origin, given, displayed(spec, &reason)),
            })
            .map_err(|problem| vec![problem])
            .and_then(|(text, value)| {
                let remedy = given.is_empty().then(|| remedy(arg, &origin()));
                let contents = file_contents.as_deref();
                check(spec, origin, remedy, contents, || spec.def.check(&*value))?;
                Ok((text, value))
            });
        match parsed {
            Ok((text, value)) => {
                let given: Arc<str> = given.into();
                let text = text.unwrap_or_else(|| Arc::clone(&given));
                Ok(Parsed {
                    given: Some(given),
                    text: Some(text),
                    value,
                    file_contents,
                })
            }
            Err(problems) if given.is_empty() && spec.may_be_blank => Err(NoValue::Blank(problems)),
            Err(problems) => Err(NoValue::Invalid(problems)),
        }
    }
}

/// The contents of the files that give a text its value, if any do.
pub(crate) fn file_contents(spec: &FlagSpec, arg: &Arg, text: &str) -> Option<Arc<[FileContent]>> {
    // Most texts name no file, and need not be parsed again.
    if !text.contains('@') {
        return None;
    }
    volatile::take();
    parse_alone(spec, arg, text);
    Some(volatile::take()?.contents.into())
}

/// Parses a text for one flag, without its checks; `None` if the parser rejects it.
pub(crate) fn parse_alone(spec: &FlagSpec, arg: &Arg, text: &str) -> Option<Value> {
    let command = &mut command_of(spec, arg);
    let (_, value) = FlagParser { spec, command }.read(text).ok()?;
    Some(value)
}

/// The default's value. `text` is that of the default, which for a list may stand for other values as well.
pub(crate) fn parse_default(spec: &FlagSpec, arg: &Arg, text: &str) -> Option<Value> {
    if spec.list.is_none() {
        return parse_alone(spec, arg, text);
    }
    let values = spec.default_values(arg);
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    parse_values(spec, arg, &values)
}

/// Parses the values of one flag, without its checks; `None` if the parser rejects one.
pub(crate) fn parse_values(spec: &FlagSpec, arg: &Arg, values: &[&str]) -> Option<Value> {
    let command = &mut command_of(spec, arg);
    let mut flag = FlagParser { spec, command };
    let matches = flag.parse(values).ok()?;
    flag.take(&matches).ok()
}

/// What clap makes of these values of a flag. `None` if the parser panics.
pub(crate) fn try_values(
    spec: &FlagSpec,
    arg: &Arg,
    values: &[&str],
) -> Option<Result<ArgMatches, clap::Error>> {
    let mut command = command_with(spec, arg, ArgAction::Append);
    let typed = typed(spec, values);
    catch_panic(|| command.try_get_matches_from_mut(typed)).ok()
}

fn invalid(
    spec: &FlagSpec,
    arg: &Arg,
    origin: &dyn Fn() -> Origin,
    given: &str,
    reason: String,
) -> Problem {
    let origin = origin();
    let possible_values = match spec.value_kind {
        ValueKind::Boolean => booleans(spec, arg),
        _ => possible_values(arg),
    };
    Problem::Invalid {
        flag: spec.name.clone(),
        reason,
        possible_values,
        remedy: given.is_empty().then(|| remedy(arg, &origin)),
        origin,
    }
}

/// What to do instead of giving a flag an empty text.
fn remedy(arg: &Arg, origin: &Origin) -> &'static str {
    match origin {
        Origin::Override => "clear a flag to return to the value beneath its override",
        // There may be nothing beneath.
        _ if arg.is_required_set() => "the flag is required, so write a value",
        _ => "remove the key to return to the value beneath it",
    }
}

/// Words for `true` and `false`, in any case. They are those of clap's `BoolishValueParser`.
const BOOLEANS: [(&str, &str); 12] = [
    ("true", "true"),
    ("false", "false"),
    ("yes", "true"),
    ("no", "false"),
    ("on", "true"),
    ("off", "false"),
    ("1", "true"),
    ("0", "false"),
    ("y", "true"),
    ("n", "false"),
    ("t", "true"),
    ("f", "false"),
];

/// The words that a flag accepts for `true` and `false`. A parser of the program's own may accept others.
pub(crate) fn booleans(spec: &FlagSpec, arg: &Arg) -> Vec<String> {
    let is_accepted = |boolean: &str| parse_alone(spec, arg, boolean).is_some();
    let accepted = ["true", "false"].map(|boolean| (boolean, is_accepted(boolean)));
    let words = BOOLEANS
        .iter()
        .filter(|(_, boolean)| accepted.contains(&(*boolean, true)));
    let words: Vec<String> = words.map(|(word, _)| (*word).to_owned()).collect();
    if words.is_empty() {
        return possible_values(arg);
    }
    words
}

/// The parser of one flag.
struct FlagParser<'a> {
    spec: &'a FlagSpec,
    command: &'a mut Command,
}

/// The value, and its text if that is not the given one.
type Read = (Option<Arc<str>>, Value);

impl FlagParser<'_> {
    /// Reads a text in all ways in which a file may write it.
    fn read(&mut self, text: &str) -> Result<Read, String> {
        let Some(list) = &self.spec.list else {
            return self.value(text);
        };
        match list.format.read(text) {
            Reading::Members(members) => self.members(&members),
            Reading::Literals { plain, members } => {
                self.members(&plain).or_else(|_| self.members(&members))
            }
            Reading::Dashes { plain, members } => match self.members(&plain) {
                Ok(_) => Err(DASHES.to_owned()),
                Err(_) => self.members(&members),
            },
        }
    }

    fn value(&mut self, text: &str) -> Result<Read, String> {
        let (word, matches) = self.lenient(text)?;
        let text = (word != text).then(|| word.into());
        Ok((text, self.take(&matches)?))
    }

    fn members(&mut self, members: &[String]) -> Result<Read, String> {
        if let Some(list) = &self.spec.list
            && let Some(reason) = list.check_count(members.len())
        {
            return Err(reason);
        }
        let mut words = Vec::with_capacity(members.len());
        for member in members {
            words.push(if self.spec.value_kind == ValueKind::Boolean {
                self.lenient(member)?.0
            } else {
                member
            });
        }
        let matches = self.parse(&words)?;
        let text = value_text(self.spec, &matches).unwrap_or_default();
        Ok((Some(text), self.take(&matches)?))
    }

    /// Parses one value as it is or, if that is rejected, as the boolean that it stands for. Returns
    /// the text that was accepted.
    fn lenient<'t>(&mut self, text: &'t str) -> Result<(&'t str, ArgMatches), String> {
        let rejected = match self.parse(&[text]) {
            Ok(matches) => return Ok((text, matches)),
            Err(rejected) => rejected,
        };
        let boolean = BOOLEANS
            .iter()
            .find(|(word, _)| word.eq_ignore_ascii_case(text))
            .map(|(_, boolean)| *boolean);
        match boolean {
            Some(boolean) if self.spec.value_kind == ValueKind::Boolean => {
                // The error quotes what the source has.
                let quoting = |value: &str| format!("invalid value '{value}'");
                let matches = self
                    .parse(&[boolean])
                    .map_err(|reason| reason.replacen(&quoting(boolean), &quoting(text), 1))?;
                Ok((boolean, matches))
            }
            _ => Err(rejected),
        }
    }

    /// Parses values as clap does after `--flag=`.
    fn parse(&mut self, values: &[&str]) -> Result<ArgMatches, String> {
        let typed = typed(self.spec, values);
        catch_panic(|| self.command.try_get_matches_from_mut(typed))?
            .map_err(|error| reason::of_clap(&error))
    }

    fn take(&self, matches: &ArgMatches) -> Result<Value, String> {
        let value = self.spec.def.take(matches);
        value.ok_or_else(|| "no value of the flag's type".to_owned())
    }
}

/// Runs a flag's own checks. `remedy` is what to do if they reject the value. The reasons to reject one that
/// files gave are not shown.
pub(crate) fn check(
    spec: &FlagSpec,
    origin: &dyn Fn() -> Origin,
    remedy: Option<&'static str>,
    file_contents: Option<&[FileContent]>,
    checks: impl FnOnce() -> Vec<String>,
) -> Result<(), Vec<Problem>> {
    let mut reasons = catch_panic(checks).unwrap_or_else(|panicked| vec![panicked]);
    if reasons.is_empty() {
        return Ok(());
    }
    let contents = file_contents.filter(|contents| !contents.is_empty());
    if contents.is_some() {
        // They would all read the same.
        reasons.truncate(1);
    }
    let problems = reasons.into_iter().map(|reason| Problem::Check {
        flag: spec.name.clone(),
        origin: origin(),
        reason: contents.map_or_else(|| displayed(spec, &reason), of_content),
        remedy,
    });
    Err(problems.collect())
}

/// Arguments that give a flag these values.
fn typed(spec: &FlagSpec, values: &[&str]) -> Vec<String> {
    let values = values.iter();
    values
        .map(|value| format!("--{}={value}", spec.name))
        .collect()
}

/// The command of one flag: its argument alone, which takes one value per occurrence.
fn command_of(spec: &FlagSpec, arg: &Arg) -> Command {
    let action = if spec.list.is_some() {
        ArgAction::Append
    } else {
        // `SetTrue`, `SetFalse` and `Count` also take a value here.
        ArgAction::Set
    };
    command_with(spec, arg, action)
}

fn command_with(spec: &FlagSpec, arg: &Arg, action: ArgAction) -> Command {
    let mut alone = Arg::new(arg.get_id().clone())
        .long(intern(&spec.name))
        .action(action)
        .num_args(1)
        .ignore_case(arg.is_ignore_case_set())
        .allow_hyphen_values(true)
        .value_parser(arg.get_value_parser().clone());
    if let Some([name, ..]) = arg.get_value_names() {
        alone = alone.value_name(name.clone());
    }
    Command::new("flag")
        .no_binary_name(true)
        .disable_help_flag(true)
        .disable_version_flag(true)
        .arg(alone)
}
