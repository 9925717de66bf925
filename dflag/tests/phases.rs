//! Phases: static flags can change until they are frozen; later changes are pending restarts.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may panic")]

use std::sync::Arc;

use clap::Parser;
use dflag::{DynamicFlags, FlagKind, FlagSet, Flags, Layer, Origin};

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Args {
    #[arg(long, default_value_t = 8080)]
    port: u16,

    #[arg(long)]
    tls: Option<String>,

    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    limit: u8,

    /// Not a flag: it has no long name.
    input: Option<String>,
}

fn start() -> (Flags<Args>, Arc<dyn FlagSet>) {
    let args = Args::try_parse_dynamic_from(["server"]).unwrap();
    let set = (&args).into();
    (args, set)
}

fn layer(keys: &[(&str, &str)]) -> Layer {
    let mut layer = Layer::new("ConfigMap", "/etc/dflag");
    for (key, value) in keys {
        layer.text(*key, format!("/etc/dflag/{key}"), *value);
    }
    layer
}

fn pending(set: &dyn FlagSet) -> Vec<(String, Option<String>)> {
    let flags = set.list().into_iter();
    flags
        .filter_map(|flag| Some((flag.name, flag.pending_restart?.value)))
        .collect()
}

#[test]
fn static_flags_change_until_they_are_frozen() {
    let (args, set) = start();
    set.propose(&layer(&[("port", "80"), ("limit", "2")]))
        .unwrap();
    assert_eq!((args.load().port, args.limit.get()), (80, 2));
    set.propose(&layer(&[("port", "81"), ("limit", "3")]))
        .unwrap();
    assert_eq!((args.load().port, args.limit.get()), (81, 3));
    assert!(pending(&*set).is_empty());
}

#[test]
fn frozen_static_flag_keeps_its_value_and_is_pending_restart() {
    let (args, set) = start();
    set.propose(&layer(&[("port", "80")])).unwrap();
    set.freeze();

    let applied = set
        .propose(&layer(&[("port", "81"), ("tls", "on"), ("limit", "3")]))
        .unwrap();
    assert_eq!(
        (applied.changed.len(), &*applied.changed[0].flag),
        (1, "limit")
    );
    assert_eq!(
        (args.load().port, &args.load().tls, args.limit.get()),
        (80, &None, 3)
    );
    let wanted = |name: &str, value: Option<&str>| (name.to_owned(), value.map(str::to_owned));
    assert_eq!(
        pending(&*set),
        [wanted("port", Some("81")), wanted("tls", Some("on"))]
    );
    assert_eq!(
        set.list()[0].origin,
        Origin::Source {
            name: "ConfigMap".into(),
            location: "/etc/dflag/port".into()
        },
    );

    // Without the key, a restart would restore the default.
    set.propose(&layer(&[])).unwrap();
    assert_eq!(args.load().port, 80);
    assert_eq!(pending(&*set), [wanted("port", Some("8080"))]);

    set.propose(&layer(&[("port", "80")])).unwrap();
    assert!(pending(&*set).is_empty());
}

#[test]
fn second_freeze_changes_nothing() {
    let (args, set) = start();
    set.freeze();
    set.propose(&layer(&[("port", "81")])).unwrap();
    set.freeze();
    set.propose(&layer(&[("port", "81"), ("limit", "9")]))
        .unwrap();
    assert_eq!(args.load().port, 8080);
    assert_eq!(pending(&*set).len(), 1);
}

#[test]
fn invalid_static_value_is_rejected_and_not_pending() {
    let (args, set) = start();
    set.freeze();
    set.propose(&layer(&[("port", "http"), ("limit", "3")]))
        .unwrap_err();
    assert_eq!(args.limit.get(), 1);
    assert!(pending(&*set).is_empty());
}

#[test]
fn arguments_without_a_long_name_are_not_listed() {
    let (args, _) = start();
    let names: Vec<_> = args
        .list()
        .into_iter()
        .map(|flag| (flag.name, flag.kind))
        .collect();
    assert_eq!(
        names,
        [
            ("port".to_owned(), FlagKind::Static),
            ("tls".to_owned(), FlagKind::Static),
            ("limit".to_owned(), FlagKind::Dynamic),
        ],
    );
}

#[test]
fn static_and_dynamic_flags_have_separate_checksums() {
    let (args, set) = start();
    let (statics, dynamics) = (
        args.checksum(FlagKind::Static),
        args.checksum(FlagKind::Dynamic),
    );
    args.set("limit", "2").unwrap();
    assert_eq!(args.checksum(FlagKind::Static), statics);
    assert_ne!(args.checksum(FlagKind::Dynamic), dynamics);
    set.propose(&layer(&[("tls", "")])).unwrap();
    assert_ne!(
        args.checksum(FlagKind::Static),
        statics,
        "an empty value differs from no value"
    );
}

#[test]
fn freeze_from_a_rule_takes_effect_after_the_write() {
    use std::sync::OnceLock;
    static SET: OnceLock<Arc<dyn FlagSet>> = OnceLock::new();

    #[derive(Clone, Debug, Parser, DynamicFlags)]
    #[flags(validate = freeze)]
    struct Freezing {
        #[arg(long, default_value_t = 8080)]
        port: u16,
    }

    #[expect(clippy::unnecessary_wraps, reason = "the signature of a rule")]
    fn freeze(_: &Freezing) -> Result<(), String> {
        if let Some(set) = SET.get() {
            set.freeze();
        }
        Ok(())
    }

    let args = Freezing::try_parse_dynamic_from(["server"]).unwrap();
    let set = SET.get_or_init(|| (&args).into());
    set.propose(&layer(&[("port", "80")])).unwrap();
    set.propose(&layer(&[("port", "81")])).unwrap();
    assert_eq!(args.load().port, 80);
    assert_eq!(pending(&**set), [("port".into(), Some("81".into()))]);
}
