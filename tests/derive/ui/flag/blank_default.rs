#![deny(deprecated)]

use clap::Parser;
use dflag::DynamicFlags;

#[derive(Clone, Parser, DynamicFlags)]
struct Args {
    #[arg(long, default_value = "query: ")]
    #[flag(dynamic)]
    prompt: String,

    #[arg(long, default_value = " ")]
    separator: String,

    #[arg(long, default_value = "kept ")]
    #[flag(trim = false)]
    kept: String,

    #[arg(long, default_value = "trimmed ")]
    #[flag(trim = true)]
    trimmed: String,

    #[arg(default_value = "not a flag ")]
    positional: String,
}

fn main() {}
