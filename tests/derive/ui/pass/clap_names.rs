//! A flag is set by clap's long name, id or alias, and read by its field's name.

use clap::Parser;
use dflag::DynamicFlags;

const ID: &str = "an-id-from-a-constant";

#[derive(Clone, Debug, Parser, DynamicFlags)]
#[command(rename_all = "screaming-snake")]
struct Args {
    #[arg(long, default_value_t = 0)]
    #[flag(dynamic)]
    renamed_by_rule: u8,

    #[arg(long = "other-name", default_value_t = 0)]
    #[flag(dynamic)]
    renamed: u8,

    #[arg(long("called"), default_value_t = 0)]
    #[flag(dynamic)]
    by_a_call: u8,

    #[arg(long = "with-id", id = "other", default_value_t = 0)]
    #[flag(dynamic)]
    identified: u8,

    #[arg(long = "with-constant", id = ID, default_value_t = 0)]
    #[flag(dynamic)]
    by_a_constant: u8,

    #[arg(long, alias = "hidden-alias", visible_alias = "visible-alias", default_value_t = 0)]
    #[flag(dynamic)]
    aliased: u8,

    #[arg(long = "type", default_value_t = 0)]
    #[flag(dynamic)]
    r#type: u8,

    #[arg(long = "match")]
    #[flag(dynamic)]
    r#match: Option<u8>,
}

fn main() {
    let args = Args::try_parse_dynamic_from(["args", "--RENAMED_BY_RULE=9"]).unwrap();
    assert_eq!(args.renamed_by_rule.get(), 9);
    for (name, value) in [
        ("RENAMED_BY_RULE", "1"),
        ("other-name", "2"),
        ("called", "3"),
        ("with-id", "4"),
        ("with-constant", "5"),
        ("hidden-alias", "6"),
        ("type", "7"),
        ("match", "8"),
    ] {
        args.set(name, value).unwrap();
    }
    assert_eq!(args.renamed_by_rule.get(), 1);
    assert_eq!(args.renamed.get(), 2);
    assert_eq!(args.by_a_call.get(), 3);
    assert_eq!(args.identified.get(), 4);
    assert_eq!(args.by_a_constant.get(), 5);
    assert_eq!(args.aliased.get(), 6);
    assert_eq!(args.r#type.get(), 7);
    assert_eq!(args.r#match.get(), Some(8));
}
