//! Levels: the program's command and those of the chosen subcommands.

use std::collections::HashMap;
use std::iter::successors;

use clap::{Arg, ArgMatches, Command, Id};

/// The program's command, then the chosen subcommand's, then that one's. All are built, so that every
/// argument's defaults are filled in.
pub(crate) struct Levels {
    command: Command,
    /// The chosen subcommands, each with its index in the command before it.
    path: Vec<usize>,
}

impl Levels {
    /// `path` has the names of the chosen subcommands.
    pub(crate) fn new<'a>(command: Command, path: impl IntoIterator<Item = &'a str>) -> Self {
        let mut last = &command;
        let mut indices = Vec::new();
        for name in path {
            let mut subcommands = last.get_subcommands().enumerate();
            let Some((index, chosen)) = subcommands.find(|(_, sub)| sub.get_name() == name) else {
                // An external subcommand.
                break;
            };
            indices.push(index);
            last = chosen;
        }
        Self {
            path: indices,
            command,
        }
    }

    pub(crate) fn get(&self, depth: usize) -> Option<&Command> {
        let mut chosen = self.path.get(..depth)?.iter();
        chosen.try_fold(&self.command, |command, index| {
            command.get_subcommands().nth(*index)
        })
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Command> {
        (0..=self.path.len()).filter_map(|depth| self.get(depth))
    }

    /// The arguments of each level.
    pub(crate) fn args_by_id(&self) -> Vec<ArgsById<'_>> {
        self.iter().map(args_by_id).collect()
    }

    /// The arguments of the subcommands that were not chosen.
    pub(crate) fn other_args(&self) -> impl Iterator<Item = &Arg> {
        let is_global =
            |arg: &Arg| arg.is_global_set() && self.args().any(|own| own.get_id() == arg.get_id());
        let others = self.iter().enumerate().flat_map(|(depth, level)| {
            let chosen = self.path.get(depth).copied();
            let others = level.get_subcommands().enumerate();
            others.filter(move |(index, _)| Some(*index) != chosen)
        });
        others
            .flat_map(|(_, other)| with_subcommands(other))
            .flat_map(|(_, command)| command.get_arguments())
            .filter(move |arg| !is_global(arg))
    }

    fn args(&self) -> impl Iterator<Item = &Arg> {
        self.iter().flat_map(Command::get_arguments)
    }
}

/// Arguments and their indices in their command, by id.
pub(crate) type ArgsById<'a> = HashMap<&'a Id, (usize, &'a Arg)>;

/// The arguments of a command.
pub(crate) fn args_by_id(command: &Command) -> ArgsById<'_> {
    let args = command.get_arguments().enumerate();
    args.map(|(position, arg)| (arg.get_id(), (position, arg)))
        .collect()
}

/// A command and all of its subcommands, each with its depth below the first.
fn with_subcommands(command: &Command) -> Vec<(usize, &Command)> {
    let mut all = vec![(0, command)];
    let mut next = 0;
    while let Some((depth, command)) = all.get(next).copied() {
        all.extend(command.get_subcommands().map(|sub| (depth + 1, sub)));
        next += 1;
    }
    all
}

/// The arguments of a command that parsed a line, and of the subcommands that the line chose, each with
/// its depth.
pub(crate) fn built_args(command: &Command) -> impl Iterator<Item = (usize, &Arg)> {
    let commands = with_subcommands(command).into_iter();
    commands
        .flat_map(|(depth, command)| command.get_arguments().map(move |arg| (depth, arg)))
        .filter(|(_, arg)| is_built(arg))
}

/// Whether an argument can be displayed: clap builds a subcommand when it parses it, and panics if another
/// one's argument is displayed.
pub(crate) fn is_built(arg: &Arg) -> bool {
    arg.get_num_args().is_some()
}

/// The matches of each level.
pub(crate) fn matches_by_depth(matches: &ArgMatches) -> Vec<&ArgMatches> {
    let chosen = successors(Some(matches), |matches| {
        matches.subcommand().map(|(_, matches)| matches)
    });
    chosen.collect()
}

/// The names of the chosen subcommands.
pub(crate) fn path(matches: &ArgMatches) -> Vec<&str> {
    let chosen = successors(matches.subcommand(), |(_, matches)| matches.subcommand());
    chosen.map(|(name, _)| name).collect()
}
