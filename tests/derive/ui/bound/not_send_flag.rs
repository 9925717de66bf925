use std::rc::Rc;

use clap::{Arg, ArgMatches, Args, Command, Error, FromArgMatches};
use dflag::DynamicFlags;

/// clap is implemented by hand: its derive has errors of its own for a flag of such a type.
#[derive(Clone, DynamicFlags)]
struct Limits {
    dynamic: Rc<str>,
}

impl FromArgMatches for Limits {
    fn from_arg_matches(_: &ArgMatches) -> Result<Self, Error> {
        todo!()
    }

    fn update_from_arg_matches(&mut self, _: &ArgMatches) -> Result<(), Error> {
        todo!()
    }
}

impl Args for Limits {
    fn augment_args(command: Command) -> Command {
        command.arg(Arg::new("dynamic"))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn main() {}
