//! All flags of a struct, and their names.
//!
//! Names are read from clap's command and never computed, so they are the ones that clap uses.

use std::collections::HashMap;
use std::sync::OnceLock;

use clap::{Arg, Command, Id};

use crate::schema::flag_def::FlagDef;
use crate::schema::flag_spec::FlagSpec;
use crate::schema::names::Names;
use crate::schema::relations::Relations;

/// Every flag of a struct, in the order of declaration.
pub(crate) struct Schema {
    pub(crate) flags: Vec<FlagSpec>,
    pub(crate) relations: Relations,
    by_id: HashMap<Id, usize>,
    /// Built, so that every argument's defaults are filled in.
    command: Command,
    /// Built at the first lookup.
    names: OnceLock<Names>,
}

impl Schema {
    /// Reads the flags that `defs` declare from a built command. An argument that is positional or
    /// has no long name is not a flag.
    pub(crate) fn new(command: Command, defs: Vec<FlagDef>) -> Self {
        let args = args_by_id(&command);
        let flags: Vec<FlagSpec> = defs
            .into_iter()
            .filter_map(|def| {
                let (position, arg) = args.get(&def.id)?;
                FlagSpec::new(def, arg, *position)
            })
            .collect();
        let ids = flags.iter().map(|spec| spec.def.id.clone());
        let by_id: HashMap<Id, usize> = ids.zip(0..).collect();
        Self {
            relations: Relations::of(&command, &by_id),
            by_id,
            flags,
            names: OnceLock::new(),
            command,
        }
    }

    /// The flag that a source's `key` names.
    pub(crate) fn find(&self, key: &str) -> Option<(usize, &FlagSpec)> {
        let flag = self.names().find(key)?;
        Some((flag, self.flags.get(flag)?))
    }

    /// The flag with this clap id.
    pub(crate) fn find_id(&self, id: &Id) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    /// The name of the flag whose name is most similar to `key`, if one is similar.
    pub(crate) fn similar(&self, key: &str) -> Option<String> {
        let flag = self.names().similar(key)?;
        Some(self.flags.get(flag)?.name.clone())
    }

    /// Every flag with its argument.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&FlagSpec, &Arg)> {
        let flags = self.flags.iter().enumerate();
        flags.filter_map(|(flag, spec)| Some((spec, self.arg(flag)?)))
    }

    /// The argument of a flag, as clap built it.
    pub(crate) fn arg(&self, flag: usize) -> Option<&Arg> {
        let position = self.flags.get(flag)?.position;
        self.command.get_arguments().nth(position)
    }

    fn names(&self) -> &Names {
        self.names.get_or_init(|| {
            let flags = (0..self.flags.len()).filter_map(|flag| Some((flag, self.arg(flag)?)));
            Names::of(&flags.collect::<Vec<_>>())
        })
    }
}

/// The arguments of a command, each with its position.
pub(crate) fn args_by_id(command: &Command) -> HashMap<&Id, (usize, &Arg)> {
    let args = command.get_arguments().enumerate();
    args.map(|(position, arg)| (arg.get_id(), (position, arg)))
        .collect()
}
