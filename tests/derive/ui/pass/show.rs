//! `#[flag(show)]` shows the values of a flattened struct that does not derive `DynamicFlags`.

use clap::{Args as _, Parser};
use dflag::DynamicFlags;

#[derive(Clone, Parser, DynamicFlags)]
struct Args {
    #[command(flatten)]
    #[flag(show)]
    plain: Plain,

    #[command(flatten)]
    #[flag(show)]
    boxed: Box<Boxed>,

    #[command(flatten)]
    #[flag(show)]
    optional: Option<Optional>,

    #[command(flatten)]
    #[flag(flatten = false, show)]
    own: Own,

    #[command(flatten)]
    masked: Masked,
}

#[derive(Clone, clap::Args)]
struct Plain {
    #[arg(long, default_value_t = 1)]
    plain: u8,
}

#[derive(Clone, clap::Args)]
struct Boxed {
    #[arg(long, default_value_t = 2)]
    boxed: u8,
}

#[derive(Clone, clap::Args)]
struct Optional {
    #[arg(long)]
    optional: Option<u8>,
}

#[derive(Clone, clap::Args, DynamicFlags)]
struct Own {
    #[arg(long, default_value_t = 4)]
    own: u8,
}

#[derive(Clone, clap::Args)]
struct Masked {
    #[arg(long, default_value_t = 5)]
    masked: u8,
}

fn main() {
    let _ = Plain::augment_args;
    let args = Args::try_parse_dynamic_from(["server", "--optional=3"]).unwrap();
    let flags = args.list();
    let values: Vec<_> = flags.iter().map(|flag| (&*flag.name, flag.value.as_deref())).collect();
    let expected = [
        ("plain", Some("1")),
        ("boxed", Some("2")),
        ("optional", Some("3")),
        ("own", Some("4")),
        ("masked", Some(dflag::MASK)),
    ];
    assert_eq!(values, expected);
    assert!(flags.iter().all(|flag| !flag.covered));
}
