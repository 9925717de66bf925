//! The schema: what clap's own `Command` says of each flag, read once.
//!
//! Names are read, never computed: what clap calls a flag is what a file may be called.

use std::any::TypeId;
use std::borrow::Cow;
use std::cell::Cell;
use std::ffi::OsStr;
use std::sync::OnceLock;

use clap::{Arg, Command, Id};

use crate::FlagKind;
use crate::field::Traits;
use crate::names::{Names, alike};

/// Every flag of a struct, in the order of declaration, and what it may be called.
pub(crate) struct Schema {
    pub(crate) flags: Vec<Spec>,
    /// Built, so that every argument's defaults are filled in.
    command: Command,
    /// Made when a source first asks for a name.
    names: OnceLock<Names>,
}

/// One flag.
pub(crate) struct Spec {
    pub(crate) traits: Traits,
    /// The long name.
    pub(crate) name: String,
    /// Whether its texts are `true` and `false`, written in any of the ways that
    /// clap's boolish parser takes.
    pub(crate) boolish: bool,
    /// Whether a file's bytes are its value as they are.
    pub(crate) bytes: bool,
    /// Whether its texts are JSON.
    pub(crate) json: bool,
    /// Between the values of a list.
    delimiter: char,
    /// The argument's place in the command.
    position: usize,
}

impl Schema {
    /// Reads the flags with these `fields` from a built command.
    ///
    /// A field whose argument is positional or has no long name is not a flag;
    /// it has no place in the schema, so `fields` must not have it either: see [`is_flag`].
    pub(crate) fn new(command: Command, fields: Vec<Traits>) -> Self {
        let args: Vec<&Arg> = command.get_arguments().collect();
        let places = InOrder::default();
        let flag = |traits: Traits| {
            let position = places.find(&args, |arg| *arg.get_id() == traits.id)?;
            let arg = args.get(position)?;
            Some(Spec {
                name: arg.get_long()?.to_owned(),
                boolish: is_plain_bool(arg),
                bytes: is_bytes(arg),
                json: is_json(arg),
                delimiter: arg.get_value_delimiter().unwrap_or('\n'),
                position,
                traits,
            })
        };
        Self {
            flags: fields.into_iter().filter_map(flag).collect(),
            names: OnceLock::new(),
            command,
        }
    }

    /// The flag that a source calls `key`.
    pub(crate) fn find(&self, key: &str) -> Option<usize> {
        self.all_names().find(key)
    }

    /// Whether `key` is the long name of a flag. Then no other flag is called so.
    pub(crate) fn is_named(&self, flag: usize, key: &str) -> bool {
        let spec = self.flags.get(flag);
        spec.is_some_and(|spec| alike(&spec.name, key))
    }

    /// The flag that a source calls `key`, and what is known of it.
    pub(crate) fn find_spec(&self, key: &str) -> Option<(usize, &Spec)> {
        let flag = self.find(key)?;
        Some((flag, self.flags.get(flag)?))
    }

    /// The flag with this clap id, when they are asked for in the order of declaration.
    pub(crate) fn find_id(&self, id: &Id, places: &InOrder) -> Option<usize> {
        places.find(&self.flags, |flag| flag.traits.id == *id)
    }

    /// The name of the flag whose name is nearest to `key`, if one is near.
    pub(crate) fn similar(&self, key: &str) -> Option<String> {
        let flag = self.all_names().nearest(key)?;
        Some(self.flags.get(flag)?.name.clone())
    }

    fn all_names(&self) -> &Names {
        self.names.get_or_init(|| {
            let flags = (0..self.flags.len()).filter_map(|flag| Some((flag, self.arg(flag)?)));
            Names::of(&flags.collect::<Vec<_>>())
        })
    }

    /// The argument of a flag, as clap built it.
    pub(crate) fn arg(&self, flag: usize) -> Option<&Arg> {
        let position = self.flags.get(flag)?.position;
        self.command.get_arguments().nth(position)
    }
}

impl Spec {
    pub(crate) fn kind(&self) -> FlagKind {
        self.traits.kind
    }

    /// Values, as one would write them in a file.
    pub(crate) fn join<'a>(&self, values: &mut dyn Iterator<Item = &'a OsStr>) -> Cow<'a, str> {
        let mut text = values
            .next()
            .map(OsStr::to_string_lossy)
            .unwrap_or_default();
        for value in values {
            let text = text.to_mut();
            text.push(self.delimiter);
            text.push_str(&value.to_string_lossy());
        }
        text
    }
}

/// Finds things that are asked for in about the order in which they stand, without looking at all.
#[derive(Default)]
pub(crate) struct InOrder {
    next: Cell<usize>,
}

impl InOrder {
    pub(crate) fn find<T>(&self, things: &[T], is: impl Fn(&T) -> bool) -> Option<usize> {
        let (before, after) = things.split_at_checked(self.next.get())?;
        let further = after.iter().position(&is);
        let found = match further {
            Some(further) => before.len() + further,
            None => before.iter().position(&is)?,
        };
        self.next.set(found + 1);
        Some(found)
    }
}

/// Whether a source can set the argument.
pub(crate) fn is_flag(arg: &Arg) -> bool {
    arg.get_long().is_some()
}

/// The values that are valid, where clap knows them all and would show them.
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

/// Whether the argument is a `bool` without a parser of the user's own.
/// clap's own parser for it is the one that knows `true` and `false` and nothing else.
fn is_plain_bool(arg: &Arg) -> bool {
    let parser = arg.get_value_parser();
    parser.type_id() == TypeId::of::<bool>()
        && parser.possible_values().is_some_and(|mut values| {
            let mut is = |name| values.next().is_some_and(|value| value.get_name() == name);
            is("true") && is("false") && values.next().is_none()
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
