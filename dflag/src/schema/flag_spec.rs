//! One flag: its declaration, and what clap's argument says about it.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::sync::OnceLock;

use clap::{Arg, ArgAction};

use crate::read::snapshot::Value;
use crate::schema::bounds::Bounds;
use crate::schema::flag_def::{FlagDef, FlagKind, Shape};
use crate::schema::list_spec::ListSpec;
use crate::schema::value_kind::ValueKind;

/// One flag.
pub(crate) struct FlagSpec {
    pub(crate) def: FlagDef,
    /// The long name.
    pub(crate) name: String,
    pub(crate) value_kind: ValueKind,
    /// Whether an empty text may mean no value: the field is an `Option`, and the flag always has a
    /// value on the command line.
    pub(crate) may_be_blank: bool,
    /// The default, parsed when it is first compared; `None` if the flag's own parser rejects it.
    pub(crate) default_value: OnceLock<Option<Value>>,
    /// Of the checks and the parser, which is asked when the flag is first described.
    pub(crate) bounds: OnceLock<Bounds>,
    /// Set if the flag takes any number of values.
    pub(crate) list: Option<ListSpec>,
    /// The argument's index in the command.
    pub(super) position: usize,
}

impl FlagSpec {
    /// The flag of an argument, or `None` if it has no long name: then it is not a flag.
    pub(super) fn new(def: FlagDef, arg: &Arg, position: usize) -> Option<Self> {
        let value_kind = ValueKind::of(arg);
        let stands_alone = arg
            .get_num_args()
            .is_some_and(|range| range.min_values() == 0);
        Some(Self {
            name: arg.get_long()?.to_owned(),
            value_kind,
            default_value: OnceLock::new(),
            bounds: OnceLock::new(),
            may_be_blank: def.shape == Shape::Optional && !stands_alone,
            list: matches!(def.shape, Shape::Many | Shape::OptionalMany)
                .then(|| ListSpec::new(arg, def.trim, value_kind)),
            position,
            def,
        })
    }

    pub(crate) fn kind(&self) -> FlagKind {
        self.def.kind
    }

    /// Whether an error that quotes this flag's value may show a secret. Of an uncovered argument it is not
    /// known whether it is one, but a switch, a count and one of a few possible values are none.
    pub(crate) fn may_hold_secret(&self, arg: &Arg) -> bool {
        let is_harmless = || {
            self.value_kind == ValueKind::Boolean
                || !arg.get_action().takes_values()
                || arg.get_value_parser().possible_values().is_some()
        };
        self.def.secret && (self.def.covered || !is_harmless())
    }

    /// Whether the flag takes any number of values. clap sees only one of a set, whose own parser
    /// splits it.
    pub(crate) fn takes_many(&self) -> bool {
        self.list.is_some() || self.value_kind == ValueKind::StringSet
    }

    /// Whether a JSON array of strings is read as these members.
    pub(crate) fn reads_arrays(&self) -> bool {
        match &self.list {
            Some(list) => list.format.arrays,
            None => self.value_kind == ValueKind::StringSet,
        }
    }

    /// The default as text; `None` if there is none.
    pub(crate) fn default_text(&self, arg: &Arg) -> Option<String> {
        let values = self.default_values(arg);
        if values.is_empty() && self.def.shape != Shape::Many {
            return None;
        }
        Some(self.text_of(values.iter().map(OsStr::new)))
    }

    /// The values of the default.
    pub(crate) fn default_values(&self, arg: &Arg) -> Vec<String> {
        let defaults = arg.get_default_values().iter();
        let defaults = defaults.map(|value| value.to_string_lossy());
        // clap splits a default at the delimiter, too.
        match self.list.as_ref().and_then(|list| list.format.delimiter) {
            Some(delimiter) => {
                let split = |value: Cow<'_, str>| -> Vec<String> {
                    value.split(delimiter).map(str::to_owned).collect()
                };
                defaults.flat_map(split).collect()
            }
            None => defaults.map(Cow::into_owned).collect(),
        }
    }

    /// The text of a flag with these values, as a file would contain it.
    pub(crate) fn text_of<'a>(&self, values: impl Iterator<Item = &'a OsStr>) -> String {
        let values: Vec<Cow<'_, str>> = values.map(OsStr::to_string_lossy).collect();
        match &self.list {
            Some(list) => list.format.join(&values),
            // clap gives a field of one value the first.
            None => values.into_iter().next().unwrap_or_default().into_owned(),
        }
    }
}

/// The beginning of the ids of arguments that control dflag itself, such as the directory that a source reads.
const CONTROL: &str = "dflag:";

/// Whether a source can set the argument: it has a long name, and is not `--help` or `--version`,
/// which a program may declare as fields of its own, nor one of dflag's own arguments.
pub(crate) fn is_flag(arg: &Arg) -> bool {
    arg.get_long().is_some()
        && !is_help_or_version(arg)
        && !arg.get_id().as_str().starts_with(CONTROL)
}

/// An argument that merely has such a name and takes a value, such as `--version=1.28`, is a flag.
fn is_help_or_version(arg: &Arg) -> bool {
    let named = |name| arg.get_long() == Some(name) || arg.get_id() == name;
    match arg.get_action() {
        ArgAction::Help | ArgAction::HelpShort | ArgAction::HelpLong | ArgAction::Version => true,
        action => !action.takes_values() && (named("help") || named("version")),
    }
}

/// The valid values that clap would show, if it knows them all.
pub(crate) fn possible_values(arg: &Arg) -> Vec<String> {
    let values = arg
        .get_value_parser()
        .possible_values()
        .into_iter()
        .flatten();
    values
        .filter(|value| !value.is_hide_set())
        .map(|value| value.get_name().to_owned())
        .collect()
}
