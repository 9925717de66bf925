use clap::Parser;
use dflag::DynamicFlags;

#[derive(Clone, Parser, DynamicFlags)]
struct Args {
    #[command(flatten)]
    part: Part,

    #[command(flatten)]
    boxed: Box<Boxed>,

    #[command(flatten)]
    maybe: Option<Maybe>,
}

#[derive(Clone, clap::Args, DynamicFlags)]
struct Part {
    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    limit: u8,
}

/// All of its flags are static.
#[derive(Clone, clap::Args, DynamicFlags)]
struct Boxed {
    #[arg(long)]
    boxed: u8,
}

#[derive(Clone, clap::Args, DynamicFlags)]
struct Maybe {
    #[arg(long)]
    maybe: Option<u8>,
}

fn main() {}
