use clap::{Parser, ValueEnum};
use dflag::DynamicFlags;

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum Mode {
    Fast,
    #[value(name = "by-the-book", alias = "careful")]
    Careful,
}

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Args {
    #[arg(long, value_enum, default_value_t = Mode::Fast)]
    #[flag(dynamic)]
    mode: Mode,

    #[arg(long, value_enum, value_delimiter = ',')]
    #[flag(dynamic)]
    modes: Vec<Mode>,

    #[arg(long)]
    #[flag(dynamic)]
    maybe: Option<Mode>,
}

fn main() {
    let args = Args::try_parse_dynamic_from(["args"]).unwrap();
    assert_eq!(args.mode.get(), Mode::Fast);
    args.set("mode", "careful").unwrap();
    args.set("modes", "fast,by-the-book").unwrap();
    args.set("maybe", "fast").unwrap();
    assert!(args.set("mode", "slow").is_err());
    assert_eq!(args.mode.get(), Mode::Careful);
    assert_eq!(args.modes.get(), [Mode::Fast, Mode::Careful]);
    assert_eq!(args.maybe.get(), Some(Mode::Fast));
}
