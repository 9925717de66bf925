//! What differs here, in more detail than the table of scenarios has it.

use std::path::Path;
use std::sync::mpsc::channel;
use std::time::Duration;

use clap::Parser;
use dflag::{DynamicFlags, Flags, Origin};
use dflag_configmap::Updater;
use dflag_tests::kubelet::Volume;
use dflag_tests::wait;
use tempfile::TempDir;

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Args {
    #[arg(long, default_value_t = 8080)]
    port: u16,

    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    limit: i64,

    #[arg(long, default_value = "hello")]
    #[flag(dynamic)]
    greeting: String,
}

const TIMEOUT: Duration = Duration::from_secs(20);

fn args(line: &[&str]) -> Flags<Args> {
    Args::try_parse_dynamic_from(["server"].iter().chain(line)).unwrap()
}

fn directory(files: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(directory.path().join(name), text).unwrap();
    }
    directory
}

fn updater(args: &Flags<Args>, directory: &Path) -> Updater {
    let builder = Updater::builder(args, directory).settle(Duration::ZERO);
    let updater = builder
        .rescan_every(Duration::from_millis(10))
        .build()
        .unwrap();
    updater.initialize().unwrap();
    updater
}

#[test]
fn callback_does_not_run_for_the_initial_value() {
    let args = args(&["--limit=5"]);
    let (sender, changes) = channel();
    let _subscription = args.limit.on_change(move |old, new| {
        let _ = sender.send((*old, *new));
    });
    assert!(changes.try_recv().is_err());
    args.set("limit", "6").unwrap();
    assert_eq!(changes.try_iter().collect::<Vec<_>>(), [(5, 6)]);
}

#[test]
fn later_configmap_does_not_replace_an_override() {
    let args = args(&[]);
    let directory = directory(&[("limit", "2")]);
    let updater = updater(&args, directory.path());
    args.set("limit", "3").unwrap();
    updater.start().unwrap();

    std::fs::write(directory.path().join("limit"), "4").unwrap();
    wait::until(TIMEOUT, "the update", || {
        let flag = args.flag("limit").unwrap();
        flag.layers
            .iter()
            .any(|layer| layer.value.as_deref() == Some("4"))
    });
    assert_eq!(args.limit.get(), 3);
    assert_eq!(args.flag("limit").unwrap().origin, Origin::Override);

    args.clear("limit").unwrap();
    assert_eq!(args.limit.get(), 4);
    updater.stop().unwrap();
}

#[test]
fn bad_value_of_a_static_flag_rejects_the_whole_update() {
    let args = args(&[]);
    let parent = tempfile::tempdir().unwrap();
    let mut volume = Volume::create(parent.path().join("flags")).unwrap();
    volume.write(&[("port", b"80"), ("limit", b"2")]).unwrap();
    let updater = updater(&args, volume.root());
    updater.start().unwrap();

    volume.write(&[("port", b"many"), ("limit", b"3")]).unwrap();
    wait::until(TIMEOUT, "the rejection", || {
        updater.status().last_error.is_some()
    });
    assert_eq!(args.limit.get(), 2);

    // A valid one is pending restart, and the rest is applied.
    volume.write(&[("port", b"81"), ("limit", b"4")]).unwrap();
    wait::until(TIMEOUT, "the valid update", || args.limit.get() == 4);
    let pending = args.flag("port").unwrap().pending_restart.unwrap();
    assert_eq!(
        (args.load().port, pending.value.as_deref()),
        (80, Some("81"))
    );
    updater.stop().unwrap();
}

#[test]
fn integers_are_decimal() {
    let args = args(&[]);
    for text in ["0x10", "0b1", "0o7", "1_000"] {
        assert!(args.set("limit", text).is_err(), "{text}");
    }
    // A leading zero does not make the number octal.
    args.set("limit", "010").unwrap();
    assert_eq!(args.limit.get(), 10);
}

#[test]
fn equal_value_is_not_announced() {
    let args = args(&["--limit=5"]);
    let (sender, changes) = channel();
    let _subscription = args.limit.on_change(move |old, new| {
        let _ = sender.send((*old, *new));
    });
    for text in ["5", "05", "+5"] {
        args.set("limit", text).unwrap();
    }
    args.clear("limit").unwrap();
    assert!(changes.try_recv().is_err());
}

#[test]
fn white_space_of_the_command_line_is_part_of_the_value() {
    let args = args(&["--greeting= hi "]);
    assert_eq!(*args.greeting.load(), " hi ");
    assert!(Args::try_parse_dynamic_from(["server", "--limit= 5"]).is_err());

    // That of an override or a file is not.
    args.set("limit", " 5\n").unwrap();
    let directory = directory(&[("greeting", " hi \n")]);
    let _updater = updater(&args, directory.path());
    assert_eq!((args.limit.get(), &**args.greeting.load()), (5, "hi"));
}
