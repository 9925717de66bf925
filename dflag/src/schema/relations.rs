//! Relations between arguments that clap's API reveals: conflicts, groups of which only one argument
//! may be given, and exclusive arguments.
//!
//! The API does not reveal `overrides_with`, `requires` and its relatives, and `default_value_if`.
//! Programs use a rule across flags instead.

use std::collections::HashMap;

use clap::{Arg, Command, Id};

use crate::user_code::catch_panic;

/// The relations between the flags of a schema, by index.
#[derive(Default)]
pub(crate) struct Relations {
    /// Pairs of which only one may be given, the smaller index first, in ascending order.
    pub(crate) conflicts: Vec<(usize, usize)>,
    /// Flags that may only be given alone.
    pub(crate) exclusive: Vec<usize>,
}

impl Relations {
    /// Adds those of a command. A relation to an argument of another level does not exist in clap.
    pub(super) fn read(&mut self, command: &Command, flags: &HashMap<Id, usize>) {
        // clap resolves the conflicts of a global argument only together with its subcommands.
        let args = command.get_arguments().filter(|arg| !arg.is_global_set());
        for arg in args {
            let Some(flag) = flags.get(arg.get_id()) else {
                continue;
            };
            if arg.is_exclusive_set() {
                self.exclusive.push(*flag);
            }
            // This panics if an argument names one that does not exist.
            let others = catch_panic(|| command.get_arg_conflicts_with(arg)).unwrap_or_default();
            self.add(*flag, others.into_iter().map(Arg::get_id), flags);
        }
        for group in command.get_groups() {
            if group.clone().is_multiple() {
                continue;
            }
            let ids: Vec<&Id> = group.get_args().collect();
            for id in &ids {
                if let Some(flag) = flags.get(*id) {
                    self.add(*flag, ids.iter().copied(), flags);
                }
            }
        }
    }

    fn add<'a>(
        &mut self,
        flag: usize,
        others: impl Iterator<Item = &'a Id>,
        flags: &HashMap<Id, usize>,
    ) {
        let others = others.filter_map(|id| flags.get(id).copied());
        for other in others.filter(|other| *other != flag) {
            let pair = (flag.min(other), flag.max(other));
            if let Err(position) = self.conflicts.binary_search(&pair) {
                self.conflicts.insert(position, pair);
            }
        }
    }
}
