use std::rc::Rc;
use clap::Subcommand;
use dflag::DynamicFlags;

#[derive(Clone, Subcommand, DynamicFlags)]
enum Command {
    Run {
        #[arg(skip)]
        shared: Option<Rc<u8>>,
    },
}

fn main() {}
