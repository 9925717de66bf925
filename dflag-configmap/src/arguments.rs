//! The arguments of a command, and the names by which keys name them.

use clap::{Arg, Command};

/// The arguments of a command and of all of its subcommands.
pub(crate) fn all_arguments(command: &Command) -> Vec<&Arg> {
    let of_subcommands = command.get_subcommands().flat_map(all_arguments);
    command.get_arguments().chain(of_subcommands).collect()
}

/// The arguments with a long name, without those that control dflag itself, which no source can set.
#[cfg(feature = "commands")]
pub(crate) fn all_flags(command: &Command) -> impl Iterator<Item = &Arg> {
    let all = all_arguments(command).into_iter();
    all.filter(move |arg| arg.get_long().is_some() && !is_own(arg))
}

/// Whether an argument controls dflag itself.
#[cfg(feature = "commands")]
pub(crate) fn is_own(arg: &Arg) -> bool {
    arg.get_id().as_str().starts_with("dflag:")
}

/// The long name of an argument, its aliases and its id.
pub(crate) fn names(arg: &Arg) -> impl Iterator<Item = &str> {
    let aliases = arg.get_all_aliases().unwrap_or_default();
    let declared = arg.get_long().into_iter().chain(aliases);
    declared.chain([arg.get_id().as_str()])
}

/// A name as it is compared: `-` and `_` are the same.
pub(crate) fn normalize(name: &str) -> String {
    name.replace('-', "_")
}

#[cfg(all(test, feature = "commands"))]
mod tests {
    use clap::{Arg, Command};

    use super::{all_flags, names};

    #[test]
    fn flags_of_all_subcommands_are_found_without_those_of_dflag() {
        let serve = Command::new("serve")
            .arg(Arg::new("max").long("max-items").alias("most"))
            .arg(Arg::new("dflag:config-dir").long("config-dir"))
            .arg(Arg::new("file"));
        let command = Command::new("server").subcommand(serve);
        let names: Vec<&str> = all_flags(&command).flat_map(names).collect();
        assert_eq!(names, ["max-items", "most", "max"]);
    }
}
