//! Phases: static flags change until they are frozen, and then wait for a restart.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails loudly")]

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
fn a_frozen_static_flag_stays_and_waits_for_a_restart() {
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

    // The key is gone, so after a restart the default would hold.
    set.propose(&layer(&[])).unwrap();
    assert_eq!(args.load().port, 80);
    assert_eq!(pending(&*set), [wanted("port", Some("8080"))]);

    set.propose(&layer(&[("port", "80")])).unwrap();
    assert!(pending(&*set).is_empty());
}

#[test]
fn freezing_again_changes_nothing() {
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
fn a_bad_static_value_is_rejected_before_it_can_wait_for_a_restart() {
    let (args, set) = start();
    set.freeze();
    set.propose(&layer(&[("port", "http"), ("limit", "3")]))
        .unwrap_err();
    assert_eq!(args.limit.get(), 1);
    assert!(pending(&*set).is_empty());
}

#[test]
fn the_list_has_what_can_be_set_and_nothing_else() {
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
fn each_kind_has_a_checksum_of_its_own() {
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
        "set to nothing is not the same as not set"
    );
}

#[test]
fn a_check_that_freezes_does_not_wait_for_itself_and_has_it_after_the_write() {
    use std::sync::OnceLock;
    static SET: OnceLock<Arc<dyn FlagSet>> = OnceLock::new();

    #[derive(Clone, Debug, Parser, DynamicFlags)]
    #[flags(validate = freeze)]
    struct Hasty {
        #[arg(long, default_value_t = 8080)]
        port: u16,
    }

    #[expect(clippy::unnecessary_wraps, reason = "what a rule looks like")]
    fn freeze(_: &Hasty) -> Result<(), String> {
        if let Some(set) = SET.get() {
            set.freeze();
        }
        Ok(())
    }

    let args = Hasty::try_parse_dynamic_from(["server"]).unwrap();
    let set = SET.get_or_init(|| (&args).into());
    set.propose(&layer(&[("port", "80")])).unwrap();
    set.propose(&layer(&[("port", "81")])).unwrap();
    assert_eq!(args.load().port, 80);
    assert_eq!(pending(&**set), [("port".into(), Some("81".into()))]);
}
