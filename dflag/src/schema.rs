//! The schema: what clap's own `Command` says of each flag, read once.
//!
//! Names are read, never computed: what clap calls a flag is what a file may be called.

use std::any::TypeId;
use std::collections::BTreeMap;
use std::ffi::OsStr;

use clap::{Arg, Command, Id};

use crate::Kind;
use crate::field::Traits;

/// Every flag of a struct, in the order of declaration, and what it may be called.
pub(crate) struct Schema {
    pub(crate) flags: Vec<Spec>,
    /// Built, so that every argument's defaults are filled in.
    command: Command,
    /// Normalized name → index in `flags`.
    names: BTreeMap<String, usize>,
    /// clap's id → index in `flags`.
    ids: BTreeMap<Id, usize>,
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

/// Two flags that a source could not tell apart.
pub(crate) struct Ambiguous {
    pub(crate) first: String,
    pub(crate) second: String,
}

impl Schema {
    /// Reads the flags with these `fields` from a built command.
    ///
    /// A field whose argument is positional or has no long name is not a flag;
    /// it has no place in the schema, so `fields` must not have it either: see [`is_flag`].
    pub(crate) fn new(command: Command, fields: Vec<Traits>) -> Result<Self, Ambiguous> {
        let positions: BTreeMap<&str, (usize, &Arg)> = command
            .get_arguments()
            .enumerate()
            .map(|(position, arg)| (arg.get_id().as_str(), (position, arg)))
            .collect();
        let mut flags = Vec::with_capacity(fields.len());
        let mut names = BTreeMap::new();
        let mut ids = BTreeMap::new();
        let mut other_names = Vec::new();
        for traits in fields {
            let Some((position, arg)) = positions.get(traits.id.as_str()) else {
                continue;
            };
            let name = arg.get_long().unwrap_or_default();
            if let Some(first) = names.insert(normalize(name), flags.len()) {
                return Err(Ambiguous {
                    first: flags
                        .get(first)
                        .map_or_else(String::new, |flag: &Spec| flag.name.clone()),
                    second: name.to_owned(),
                });
            }
            for alias in arg.get_all_aliases().unwrap_or_default() {
                other_names.push((normalize(alias), flags.len()));
            }
            other_names.push((normalize(traits.id.as_str()), flags.len()));
            ids.insert(traits.id.clone(), flags.len());
            flags.push(Spec {
                name: name.to_owned(),
                boolish: is_plain_bool(arg),
                bytes: is_bytes(arg),
                json: is_json(arg),
                delimiter: arg.get_value_delimiter().unwrap_or('\n'),
                position: *position,
                traits,
            });
        }
        // A long name is what people know; an alias or an id never takes one away.
        for (name, flag) in other_names {
            names.entry(name).or_insert(flag);
        }
        Ok(Self {
            flags,
            command,
            names,
            ids,
        })
    }

    /// The flag that a source calls `key`.
    pub(crate) fn find(&self, key: &str) -> Option<usize> {
        self.names.get(&normalize(key)).copied()
    }

    /// The flag that a source calls `key`, and what is known of it.
    pub(crate) fn find_spec(&self, key: &str) -> Option<(usize, &Spec)> {
        let flag = self.find(key)?;
        Some((flag, self.flags.get(flag)?))
    }

    /// The flag with this clap id.
    pub(crate) fn find_id(&self, id: &Id) -> Option<usize> {
        self.ids.get(id).copied()
    }

    /// The name of the flag whose name is nearest to `key`, if one is near.
    pub(crate) fn similar(&self, key: &str) -> Option<String> {
        let key = normalize(key);
        let near = |name: &str| strsim::jaro(&key, name);
        let (name, flag) = self
            .names
            .iter()
            .max_by(|(one, _), (other, _)| near(one).total_cmp(&near(other)))?;
        // What clap itself takes for near enough to suggest.
        let near_enough = near(name) > 0.7;
        near_enough.then(|| self.flags.get(*flag).map(|flag| flag.name.clone()))?
    }

    /// The names of flags.
    pub(crate) fn names(&self, flags: &[usize]) -> Vec<String> {
        let specs = flags.iter().filter_map(|flag| self.flags.get(*flag));
        specs.map(|spec| spec.name.clone()).collect()
    }

    /// The argument of a flag, as clap built it.
    pub(crate) fn arg(&self, flag: usize) -> Option<&Arg> {
        let position = self.flags.get(flag)?.position;
        self.command.get_arguments().nth(position)
    }
}

impl Spec {
    pub(crate) fn kind(&self) -> Kind {
        self.traits.kind
    }

    /// Values, as one would write them in a file.
    pub(crate) fn join<'a>(&self, values: impl Iterator<Item = &'a OsStr>) -> String {
        let mut text = String::new();
        for (index, value) in values.enumerate() {
            if index > 0 {
                text.push(self.delimiter);
            }
            text.push_str(&value.to_string_lossy());
        }
        text
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

/// Names are the same when they differ in `-` and `_` only.
fn normalize(name: &str) -> String {
    name.replace('-', "_")
}

/// Whether the argument is a `bool` without a parser of the user's own.
/// clap's own parser for it is the one that knows `true` and `false` and nothing else.
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
