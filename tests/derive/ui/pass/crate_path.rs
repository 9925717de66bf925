use clap::Parser;

mod vendored {
    pub mod flags {
        pub use dflag::*;
    }
}

/// Shadows the crate's own name.
#[allow(dead_code)]
mod dflag_is_not_here {}

#[derive(Clone, Parser, vendored::flags::DynamicFlags)]
#[flags(crate = crate::vendored::flags)]
struct Args {
    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    limit: u8,
}

fn main() {
    use vendored::flags::DynamicFlags as _;

    let args = Args::try_parse_dynamic_from(["args", "--limit=2"]).unwrap();
    assert_eq!(args.limit.get(), 2);
}
