use clap::Parser;
use dflag::DynamicFlags;

#[derive(Clone, Parser, DynamicFlags)]
#[flags(validater = Args::check)]
struct Args {
    #[arg(long)]
    #[flag(dinamic)]
    port: u16,

    #[flag(dynamic)]
    file: String,
}

impl Args {
    fn check(&self) -> Result<(), String> {
        Ok(())
    }
}

fn main() {}
