use clap::Parser;
use dflag::DynamicFlags;

#[derive(Clone, Parser, DynamicFlags)]
struct Args {
    #[flag(unit = "ms", deprecated = "use another")]
    positional: String,

    #[command(flatten)]
    #[flag(flatten, salt = "part")]
    part: Part,
}

#[derive(Clone, clap::Args, DynamicFlags)]
struct Part {}

fn main() {}
