//! All flags of a struct, and their names.
//!
//! Names are read from clap's command and never computed, so they are the ones that clap uses.

use std::collections::HashMap;
use std::sync::OnceLock;

use clap::{Arg, Command, Id};

use crate::schema::flag_def::FlagDef;
use crate::schema::flag_spec::FlagSpec;
use crate::schema::levels::Levels;
use crate::schema::names::{Meaning, Names};
use crate::schema::relations::Relations;

/// Every flag of a struct, those of a subcommand last, each level in the order of declaration.
pub(crate) struct Schema {
    pub(crate) flags: Vec<FlagSpec>,
    pub(crate) relations: Relations,
    /// By depth.
    by_id: Vec<HashMap<Id, usize>>,
    levels: Levels,
    /// Built at the first lookup.
    names: OnceLock<Names>,
}

impl Schema {
    /// Reads the flags that `defs` declare from the chosen commands. An argument that is positional or
    /// has no long name is not a flag.
    pub(crate) fn new(levels: Levels, defs: Vec<FlagDef>) -> Self {
        let args = levels.args_by_id();
        let flags: Vec<FlagSpec> = defs
            .into_iter()
            .filter_map(|def| {
                let (position, arg) = args.get(def.depth)?.get(&def.id)?;
                FlagSpec::new(def, arg, *position)
            })
            .collect();
        let by_id = |depth| {
            let flags = flags.iter().enumerate();
            flags
                .filter(|(_, spec)| spec.def.depth == depth)
                .map(|(flag, spec)| (spec.def.id.clone(), flag))
                .collect()
        };
        let by_id: Vec<HashMap<Id, usize>> = (0..args.len()).map(by_id).collect();
        let mut relations = Relations::default();
        for (command, flags) in levels.iter().zip(&by_id) {
            relations.read(command, flags);
        }
        Self {
            relations,
            by_id,
            flags,
            names: OnceLock::new(),
            levels,
        }
    }

    /// The flag that a source's `key` names.
    pub(crate) fn find(&self, key: &str) -> Option<(usize, &FlagSpec)> {
        let flag = self.names().find(key)?;
        Some((flag, self.flags.get(flag)?))
    }

    /// Whether `key` names the flag `name`.
    pub(crate) fn is_key_of(&self, key: &str, name: &str) -> bool {
        self.find(key).is_some_and(|(_, spec)| spec.name == name)
    }

    pub(crate) fn meaning(&self, key: &str) -> Meaning<'_> {
        self.names().meaning(key)
    }

    /// The flag with this clap id.
    pub(crate) fn find_id(&self, depth: usize, id: &Id) -> Option<usize> {
        self.by_id.get(depth)?.get(id).copied()
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
        let spec = self.flags.get(flag)?;
        let level = self.levels.get(spec.def.depth)?;
        level.get_arguments().nth(spec.position)
    }

    /// The command that has a flag.
    pub(crate) fn command(&self, flag: usize) -> Option<&Command> {
        self.levels.get(self.flags.get(flag)?.def.depth)
    }

    fn names(&self) -> &Names {
        self.names.get_or_init(|| {
            let flags = (0..self.flags.len()).filter_map(|flag| Some((flag, self.arg(flag)?)));
            let is_covered = |(flag, _): &(usize, &Arg)| {
                self.flags.get(*flag).is_some_and(|spec| spec.def.covered)
            };
            let (covered, uncovered): (Vec<_>, Vec<_>) = flags.partition(is_covered);
            Names::of(&covered, &uncovered, &self.by_id, self.levels.other_args())
        })
    }
}
