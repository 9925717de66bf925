//! Enums of every form that clap accepts.
#![deny(warnings, missing_docs, unreachable_patterns)]

use clap::{Parser, Subcommand};
use dflag::DynamicFlags;

/// A program with one subcommand.
#[derive(Debug, Parser, DynamicFlags)]
pub struct Cli {
    /// Its subcommand.
    #[command(subcommand)]
    #[flag(subcommand)]
    pub command: Command,
}

/// One variant: the accessors' other arm is unreachable.
#[derive(Debug, Subcommand, DynamicFlags)]
#[flags(handles = CommandHandles, validate = Command::check)]
pub enum Command {
    /// Serves.
    #[flag(subcommand)]
    #[command(name = "run")]
    Serve(Box<ServeArgs>),
}

impl Command {
    fn check(&self) -> Result<(), String> {
        let Self::Serve(serve) = self;
        if serve.limit > 9 { Err("too much".to_owned()) } else { Ok(()) }
    }
}

/// Arguments.
#[derive(Clone, Debug, clap::Args, DynamicFlags)]
pub struct ServeArgs {
    /// A limit.
    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    pub limit: u8,
}

#[derive(Subcommand, DynamicFlags)]
enum Nothing {}

#[derive(Subcommand, DynamicFlags)]
enum Forms {
    Unit,
    Empty {},
    Raw { r#type: u8, none: Option<u8> },
    #[flag(subcommand = false)]
    Off(ServeArgs),
    #[command(skip)]
    #[allow(dead_code)]
    Skipped(NotClone),
    #[command(external_subcommand)]
    External(Vec<String>),
}

struct NotClone;

#[derive(Parser, DynamicFlags)]
struct Whole {
    #[arg(long)]
    #[flag(dynamic)]
    on: bool,
    #[command(subcommand)]
    #[flag(subcommand)]
    forms: Option<Forms>,
    #[command(flatten)]
    #[flag(flatten)]
    part: ServePart,
    #[command(flatten)]
    plain: Plain,
    file: Option<String>,
}

#[derive(Clone, clap::Args, DynamicFlags)]
struct ServePart {
    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    most: u8,
}

#[derive(Clone, clap::Args)]
struct Plain {
    #[arg(long)]
    plain: bool,
}

fn main() {
    let cli = Cli::try_parse_dynamic_from(["cli", "run"]).unwrap();
    cli.set("limit", "2").unwrap();
    assert!(cli.set("limit", "10").unwrap_err().to_string().contains("too much"));
    let CommandHandles::Serve(serve) = &cli.command;
    assert_eq!(serve.limit.get(), 2);
    fn _nothing<T: dflag::DynamicSubcommand>() {}
    _nothing::<Nothing>();

    let whole = Whole::try_parse_dynamic_from(["whole", "--plain", "raw", "3"]).unwrap();
    whole.set("most", "2").unwrap();
    whole.set("on", "true").unwrap();
    assert!(matches!(whole.load().forms, Some(Forms::Raw { r#type: 3, none: None })));
    assert!(matches!(whole.forms, Some(FormsFlags::Raw)));
    assert!(whole.load().plain.plain && whole.load().file.is_none() && whole.part.most.get() == 2);
}
