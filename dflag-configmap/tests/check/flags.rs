//! The arguments of `ConfigMapArgs` are no flags: no source sets them, and no listing has them.

use clap::Parser;
use dflag::{DynamicFlags, FlagKind, Key};
use dflag_configmap::{ConfigMapArgs, ParseError};

use crate::program::{Args, check_text};

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Forgotten {
    /// Without `#[flag(flatten)]` the derive treats its arguments as uncovered.
    #[command(flatten)]
    #[flag(flatten = false)]
    config: ConfigMapArgs,

    #[arg(long, default_value_t = 3)]
    #[flag(dynamic)]
    limit: u8,
}

#[test]
fn no_source_sets_them_and_no_listing_or_checksum_has_them() {
    let names = ["config-dir", "config_check", "config-name", "config-format"];
    let plain = Args::try_parse_dynamic_from(["server"]).unwrap();
    let given = Args::try_parse_dynamic_from(["server", "--config-dir=/a", "--config-format=json"]);
    let given = given.unwrap();
    for name in names {
        assert_eq!(plain.lookup(name), Key::Unknown, "{name}");
    }
    assert!(
        plain
            .list()
            .iter()
            .all(|flag| !flag.name.starts_with("config"))
    );
    assert_eq!(
        plain.checksum(FlagKind::Static),
        given.checksum(FlagKind::Static)
    );
    let foreign = Forgotten::try_parse_dynamic_from(["server"]).unwrap();
    assert_eq!(foreign.list().len(), 1);
    assert_eq!(foreign.lookup("config-dir"), Key::Unknown);
    assert!(foreign.load().config.dir.is_none());

    let manifest = "apiVersion: v1\nkind: ConfigMap\ndata: {config-check: /etc, config_dir: /}\n";
    let report = check_text(manifest, &[]);
    assert!(
        report
            .text()
            .contains("`config_dir`: no flag has this name"),
        "{report}"
    );
}

#[test]
fn a_mounted_key_does_not_start_a_check() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("config-check"), "/").unwrap();
    std::fs::write(dir.path().join("limit"), "5").unwrap();
    let line = [
        "server".as_ref(),
        "--config-dir".as_ref(),
        dir.path().as_os_str(),
    ];
    let (args, updater) =
        ConfigMapArgs::try_parse_from_with::<Forgotten, _, _>(line, |builder| builder).unwrap();
    assert_eq!(
        (args.limit.get(), args.load().config.check.as_ref()),
        (5, None)
    );
    assert!(updater.is_some());
}

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct NotFlattened {
    #[arg(long, default_value_t = 3)]
    #[flag(dynamic)]
    limit: u8,
}

#[test]
fn a_program_that_does_not_flatten_them_is_told_so() {
    let parsed =
        ConfigMapArgs::try_parse_from_with::<NotFlattened, _, _>(["server"], |builder| builder);
    let Err(ParseError::CommandLine(error)) = parsed else {
        panic!("it has no `--config-dir`");
    };
    assert!(
        error.to_string().contains("flatten `ConfigMapArgs`"),
        "{error}"
    );
}
