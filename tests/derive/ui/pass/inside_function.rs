fn main() {
    use clap::Parser;
    use dflag::DynamicFlags;

    /// No flags.
    #[derive(Clone, Parser, DynamicFlags)]
    struct Empty {}

    #[derive(Clone, Parser, DynamicFlags)]
    struct Args {
        #[arg(long, default_value_t = 1)]
        #[flag(dynamic)]
        limit: u8,
    }

    Empty::try_parse_dynamic_from(["empty"]).unwrap();
    let args = Args::try_parse_dynamic_from(["args"]).unwrap();
    args.set("limit", "2").unwrap();
    assert_eq!(args.limit.get(), 2);
}
