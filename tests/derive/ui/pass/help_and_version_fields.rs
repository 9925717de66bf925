//! `--help` and `--version` as fields of the program's own are the command line's alone.

use clap::{ArgAction, Parser};
use dflag::DynamicFlags;

#[derive(Clone, Parser, DynamicFlags)]
#[command(version = "1.2.3", disable_help_flag = true, disable_version_flag = true)]
struct ByAction {
    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    limit: u8,

    #[arg(short = '?', long = "usage", action = ArgAction::Help)]
    usage: Option<bool>,

    #[arg(long = "usage-short", action = ArgAction::HelpShort)]
    usage_short: Option<bool>,

    #[arg(long = "release", action = ArgAction::Version)]
    release: Option<bool>,
}

#[derive(Clone, Parser, DynamicFlags)]
#[command(disable_help_flag = true, disable_version_flag = true)]
struct ByName {
    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    limit: u8,

    #[arg(long)]
    help: bool,

    #[arg(long = "version", id = "show_version", action = ArgAction::Count)]
    version: u8,
}

/// An argument with a value merely has the name.
#[derive(Clone, Parser, DynamicFlags)]
#[command(disable_version_flag = true)]
struct WithValue {
    #[arg(long, default_value = "1.28")]
    #[flag(dynamic)]
    version: String,
}

#[derive(Clone, Parser, DynamicFlags)]
#[command(disable_version_flag = true)]
struct DynamicVersion {
    #[arg(long)]
    #[flag(dynamic)]
    version: bool,
}

fn names<A: DynamicFlags>(flags: &dflag::Flags<A>) -> Vec<String> {
    flags.list().into_iter().map(|flag| flag.name).collect()
}

fn main() {
    let args = ByAction::try_parse_dynamic_from(["args"]).unwrap();
    assert_eq!(names(&args), ["limit"]);
    for name in ["usage", "usage-short", "release"] {
        assert!(args.set(name, "true").unwrap_err().to_string().contains(name), "{name}");
    }
    let help = ByAction::try_parse_dynamic_from(["args", "--usage"]).map(drop).unwrap_err();
    assert_eq!(help.kind(), clap::error::ErrorKind::DisplayHelp);

    let args = ByName::try_parse_dynamic_from(["args", "--help", "--version", "--version"]).unwrap();
    assert_eq!(names(&args), ["limit"]);
    assert!(args.set("help", "false").is_err());
    assert!(args.set("version", "0").is_err());
    args.set("limit", "2").unwrap();
    assert_eq!((args.load().help, args.load().version, args.limit.get()), (true, 2, 2));

    let args = WithValue::try_parse_dynamic_from(["args"]).unwrap();
    args.set("version", "1.29").unwrap();
    assert_eq!(args.version.get(), "1.29");

    let error = DynamicVersion::try_parse_dynamic_from(["args"]).map(drop).unwrap_err();
    assert!(error.to_string().contains("`version` is dynamic"), "{error}");
}
