//! Marks in `--help`: which flags are dynamic, if the program wants that.

use clap::builder::StyledStr;
use clap::{Arg, Command, Id};

use crate::schema::flag_def::{FlagDef, FlagKind};

/// What follows the help text of a dynamic flag, in the way of clap's `[default: …]`.
const MARK: &str = "[dynamic]";

/// Marks the arguments of a command that is not built yet, if the program wants it.
pub(crate) fn mark(command: Command, defs: &[&FlagDef]) -> Command {
    match defs.iter().find_map(|def| def.mark_help) {
        Some(write) => write(command, defs),
        None => command,
    }
}

fn is_marked(def: &FlagDef) -> bool {
    def.mark_help.is_some() && def.kind == FlagKind::Dynamic
}

/// Writes the marks. Flags of several subcommands with one id are marked only if all are dynamic.
pub(crate) fn write(command: Command, defs: &[&FlagDef]) -> Command {
    let place = |def: &&FlagDef| (def.depth, def.id.clone());
    let (marked, others): (Vec<&FlagDef>, Vec<&FlagDef>) =
        defs.iter().copied().partition(|def| is_marked(def));
    let others: Vec<_> = others.iter().map(place).collect();
    let marked = marked.iter().map(place);
    let marked: Vec<_> = marked.filter(|place| !others.contains(place)).collect();
    write_at(0, command, &marked)
}

fn write_at(depth: usize, command: Command, marked: &[(usize, Id)]) -> Command {
    let command = command.mut_args(|arg| {
        if marked.contains(&(depth, arg.get_id().clone())) {
            with_mark(arg)
        } else {
            arg
        }
    });
    command.mut_subcommands(|subcommand| write_at(depth + 1, subcommand, marked))
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
