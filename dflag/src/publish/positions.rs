//! Positions: where an argument of a chosen subcommand can be inserted into a command line.

use std::ffi::OsString;

use clap::Command;

use crate::schema::levels::path;

/// The subcommands that a command line chooses, and where.
pub(crate) struct Positions(Vec<Chosen>);

/// A chosen subcommand.
struct Chosen {
    name: String,
    /// The index of the first word after it.
    position: usize,
}

impl Positions {
    /// clap alone knows whether a word is a subcommand's name, an abbreviation or alias of it, or the value
    /// of an argument before it. So it parses the beginning of the line, up to each word.
    pub(crate) fn new(command: Command, line: &[OsString]) -> Self {
        let mut command = tolerant(command);
        let mut chosen = |words: usize| {
            let words: Vec<OsString> = line.iter().take(words).cloned().collect();
            let matches = command.try_get_matches_from_mut(words).ok();
            matches.map_or_else(Vec::new, |matches| {
                path(&matches).into_iter().map(str::to_owned).collect()
            })
        };
        let all = chosen(line.len()).into_iter().enumerate();
        // A longer line chooses what a shorter one does.
        let lengths: Vec<usize> = (0..line.len()).collect();
        let positions = all.map(|(depth, name)| Chosen {
            name,
            position: lengths.partition_point(|words| chosen(*words).len() <= depth),
        });
        Self(positions.collect())
    }

    /// The names of the chosen subcommands.
    pub(crate) fn path(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|chosen| &*chosen.name)
    }

    /// Where an argument of this depth can be inserted; `None` for one of the program itself.
    pub(crate) fn get(&self, depth: usize) -> Option<usize> {
        let chosen = self.0.get(depth.checked_sub(1)?)?;
        Some(chosen.position)
    }
}

/// The same command, which parses an incomplete line without an error.
fn tolerant(command: Command) -> Command {
    command
        .ignore_errors(true)
        .arg_required_else_help(false)
        .mut_subcommands(tolerant)
}
