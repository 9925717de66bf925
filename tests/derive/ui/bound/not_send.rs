use std::rc::Rc;

use clap::Parser;
use dflag::DynamicFlags;

#[derive(Clone, Parser, DynamicFlags)]
struct Args {
    #[arg(long)]
    #[flag(dynamic)]
    limit: u8,

    #[arg(skip)]
    cache: Vec<Rc<u8>>,

    #[arg(skip)]
    same_type: Vec<Rc<u8>>,

    #[arg(skip)]
    other: Option<Rc<str>>,
}

fn main() {}
