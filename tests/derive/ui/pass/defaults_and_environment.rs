use clap::Parser;
use dflag::DynamicFlags;

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Args {
    #[arg(long, default_value = "a")]
    #[flag(dynamic)]
    text: String,

    #[arg(long, default_value_t = 0.5)]
    #[flag(dynamic)]
    typed: f64,

    #[arg(long, default_value_t)]
    #[flag(dynamic)]
    typed_default: u8,

    #[arg(long, default_values = ["a", "b"])]
    #[flag(dynamic)]
    texts: Vec<String>,

    #[arg(long, default_values_t = [1, 2])]
    #[flag(dynamic)]
    all_typed: Vec<u8>,

    #[arg(long, default_missing_value = "always", num_args = 0..=1, require_equals = true)]
    #[flag(dynamic)]
    color: Option<String>,

    #[arg(long, env = "DFLAG_DERIVE_TESTS_PATH", default_value_t = 1)]
    #[flag(dynamic)]
    environment: u8,

    // Cargo sets this variable for every process that it starts.
    #[arg(long, env = "CARGO_PKG_NAME")]
    #[flag(dynamic)]
    package: Option<String>,
}

fn main() {
    let args = Args::try_parse_dynamic_from(["args", "--color"]).unwrap();
    assert_eq!(args.text.get(), "a");
    assert_eq!(args.typed.get(), 0.5);
    assert_eq!(args.typed_default.get(), 0);
    assert_eq!(args.texts.get(), ["a", "b"]);
    assert_eq!(args.all_typed.get(), [1, 2]);
    assert_eq!(args.color.get().as_deref(), Some("always"));
    assert_eq!(args.environment.get(), 1);
    assert_eq!(args.package.get(), std::env::var("CARGO_PKG_NAME").ok());

    args.set("texts", "c").unwrap();
    args.set("package", "other").unwrap();
    assert_eq!(args.texts.get(), ["c"]);
    assert_eq!(args.package.get().as_deref(), Some("other"));
}
