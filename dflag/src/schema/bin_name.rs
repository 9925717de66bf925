//! The program's name in usage lines.

use std::ffi::OsString;
use std::path::Path;

use clap::Command;

/// The command with the name that clap gives it when it parses `line`: that of the program's file. A command that has
/// not parsed anything has its crate's name.
pub(crate) fn with_bin_name(command: Command, line: &[OsString]) -> Command {
    if command.get_bin_name().is_some()
        || command.is_no_binary_name_set()
        || command.is_multicall_set()
    {
        return command;
    }
    let file = line
        .first()
        .and_then(|program| Path::new(program).file_name());
    match file.and_then(|name| name.to_str()) {
        Some(name) => command.bin_name(name),
        None => command,
    }
}
