use clap::Parser;
use dflag::DynamicFlags;

#[derive(Clone, Parser, DynamicFlags)]
#[flags(finish = Args::finish)]
struct Args {
    #[arg(long)]
    port: u16,
}

impl Args {
    fn finish(&mut self) -> bool {
        self.port += 1;
        true
    }
}

#[derive(Clone, Parser, DynamicFlags)]
#[flags(finish = Shared::finish)]
struct Shared {
    #[arg(long)]
    port: u16,
}

impl Shared {
    fn finish(&self) {}
}

struct NoDisplay;

#[derive(Clone, Parser, DynamicFlags)]
#[flags(finish = |args: &mut Error| if args.port == 0 { Err(NoDisplay) } else { Ok(()) })]
struct Error {
    #[arg(long)]
    port: u16,
}

fn main() {}
