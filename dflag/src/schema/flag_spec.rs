//! One flag: its declaration, and what clap's argument says about it.

use std::any::TypeId;
use std::borrow::Cow;
use std::ffi::OsStr;

use clap::Arg;

use crate::schema::flag_def::{FlagDef, FlagKind};

/// One flag.
pub(crate) struct FlagSpec {
    pub(crate) def: FlagDef,
    /// The long name.
    pub(crate) name: String,
    /// Whether its texts are `true` and `false`, in any spelling of clap's boolish parser.
    pub(crate) boolish: bool,
    /// Whether a file's bytes are its value as they are.
    pub(crate) bytes: bool,
    /// Whether its texts are JSON.
    pub(crate) json: bool,
    /// Separates the values of a list.
    delimiter: char,
    /// The argument's index in the command.
    pub(super) position: usize,
}

impl FlagSpec {
    /// The flag of an argument, or `None` if it has no long name: then it is not a flag.
    pub(super) fn new(def: FlagDef, arg: &Arg, position: usize) -> Option<Self> {
        Some(Self {
            name: arg.get_long()?.to_owned(),
            boolish: is_plain_bool(arg),
            bytes: is_bytes(arg),
            json: is_json(arg),
            delimiter: arg.get_value_delimiter().unwrap_or('\n'),
            position,
            def,
        })
    }

    pub(crate) fn kind(&self) -> FlagKind {
        self.def.kind
    }

    /// Joins the values of a list, as a file would contain them.
    pub(crate) fn join<'a>(&self, values: impl Iterator<Item = &'a OsStr>) -> String {
        let values: Vec<Cow<'_, str>> = values.map(OsStr::to_string_lossy).collect();
        let mut delimiter = [0; 4];
        values.join(self.delimiter.encode_utf8(&mut delimiter))
    }
}

/// Whether a source can set the argument.
pub(crate) fn is_flag(arg: &Arg) -> bool {
    arg.get_long().is_some()
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

/// Whether the argument is a `bool` with clap's default parser, which is the one whose possible
/// values are `true` and `false`.
fn is_plain_bool(arg: &Arg) -> bool {
    let parser = arg.get_value_parser();
    parser.type_id() == TypeId::of::<bool>()
        && parser.possible_values().is_some_and(|values| {
            values
                .map(|value| value.get_name().to_owned())
                .eq(["true", "false"])
        })
}

#[cfg(feature = "bytes")]
fn is_bytes(arg: &Arg) -> bool {
    arg.get_value_parser().type_id() == TypeId::of::<crate::value::Bytes>()
}

#[cfg(not(feature = "bytes"))]
fn is_bytes(_: &Arg) -> bool {
    false
}

#[cfg(feature = "json")]
fn is_json(arg: &Arg) -> bool {
    crate::value::is_json(arg.get_value_parser())
}

#[cfg(not(feature = "json"))]
fn is_json(_: &Arg) -> bool {
    false
}
