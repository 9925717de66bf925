//! Marks in `--help`: which flags are dynamic, if the program wants that.

use std::collections::HashSet;
use std::ptr::fn_addr_eq;

use clap::builder::StyledStr;
use clap::{Arg, Command, Id};

use crate::schema::flag_def::{Augment, FlagDef, FlagKind, MarkHelp, Marked};
use crate::schema::levels::{ArgsById, args_by_id};

/// What follows the help text of a dynamic flag, in the way of clap's `[default: …]`.
const MARK: &str = "[dynamic]";

/// Marks the arguments of a command that is not built yet, if the program wants it.
pub(crate) fn mark(command: Command, defs: &[&FlagDef], marked: Marked) -> Command {
    match defs.iter().find_map(|def| def.mark_help) {
        Some(write) => write(command, defs, marked),
        None => command,
    }
}

/// For [`FlagDef::mark_help`].
pub(crate) const MARKS: MarkHelp = |command, defs, marked| {
    let (own, below): (Vec<&FlagDef>, Vec<&FlagDef>) =
        defs.iter().copied().partition(|def| def.depth == 0);
    match marked {
        Marked::Program => {
            let own = own.iter().filter(|def| is_marked(def));
            let ids: HashSet<&Id> = own.map(|def| &def.id).collect();
            let structs = Structs::of(&below);
            with_marks(command, &ids).mut_subcommands(|subcommand| structs.mark(subcommand))
        }
        Marked::AnyCommand => Structs::of(defs).mark(command),
    }
};

fn is_marked(def: &FlagDef) -> bool {
    def.mark_help.is_some() && def.kind == FlagKind::Dynamic
}

/// The structs that declare flags. A flag does not tell in which subcommands it is, so these are found by the
/// arguments of the struct.
struct Structs<'a>(Vec<Declared<'a>>);

/// A struct: a command with its arguments alone, and the flags among them.
struct Declared<'a> {
    augment: Augment,
    command: Command,
    defs: Vec<&'a FlagDef>,
}

impl<'a> Structs<'a> {
    fn of(defs: &[&'a FlagDef]) -> Self {
        let mut structs: Vec<Declared<'_>> = Vec::new();
        for def in defs {
            let Some(augment) = def.augment else {
                continue;
            };
            // A large struct's arguments are made once.
            let same = structs
                .iter_mut()
                .find(|other| fn_addr_eq(other.augment, augment));
            match same {
                Some(declared) => declared.defs.push(def),
                None => structs.push(Declared {
                    augment,
                    command: augment(Command::new("struct")),
                    defs: vec![def],
                }),
            }
        }
        Self(structs)
    }

    /// Marks the command and its subcommands. Of two structs whose arguments look the same, only what is dynamic in
    /// both is marked.
    fn mark(&self, command: Command) -> Command {
        let args = args_by_id(&command);
        let structs = self.0.iter();
        let own = structs.filter(|declared| has_arguments(&args, &declared.command));
        let (marked, others): (Vec<&FlagDef>, Vec<&FlagDef>) = own
            .flat_map(|declared| &declared.defs)
            .partition(|def| is_marked(def));
        let others: HashSet<&Id> = others.iter().map(|def| &def.id).collect();
        let ids = marked.iter().map(|def| &def.id);
        let ids: HashSet<&Id> = ids.filter(|id| !others.contains(id)).collect();
        with_marks(command, &ids).mut_subcommands(|subcommand| self.mark(subcommand))
    }
}

/// Whether these are all arguments of a struct, and look as the struct declares them.
fn has_arguments(args: &ArgsById<'_>, part: &Command) -> bool {
    let looks = |one: &Arg, other: &Arg| {
        one.get_long() == other.get_long()
            && one.get_value_parser().type_id() == other.get_value_parser().type_id()
            && one.get_help() == other.get_help()
    };
    part.get_arguments().all(|arg| {
        let other = args.get(arg.get_id());
        other.is_some_and(|(_, other)| looks(arg, other))
    })
}

fn with_marks(command: Command, ids: &HashSet<&Id>) -> Command {
    command.mut_args(|arg| {
        if ids.contains(arg.get_id()) {
            with_mark(arg)
        } else {
            arg
        }
    })
}

fn with_mark(arg: Arg) -> Arg {
    let help = append(arg.get_help(), " ");
    match arg.get_long_help() {
        // As clap writes the default there.
        Some(long) => {
            let long = append(Some(long), "\n\n");
            arg.help(help).long_help(long)
        }
        None => arg.help(help),
    }
}

fn append(help: Option<&StyledStr>, separator: &str) -> StyledStr {
    let mut help = help.cloned().unwrap_or_default();
    if !help.to_string().is_empty() {
        help.push_str(separator);
    }
    help.push_str(MARK);
    help
}

/// The short help text of a flag, without its mark.
pub(crate) fn help(def: &FlagDef, arg: &Arg) -> String {
    let mut help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    if is_marked(def)
        && let Some(unmarked) = help.strip_suffix(MARK)
    {
        help.truncate(unmarked.trim_end().len());
    }
    help
}
