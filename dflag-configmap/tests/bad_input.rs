//! Invalid input of every kind: it is reported, changes nothing, and the next valid update recovers.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // test helpers may panic as well

mod common;

use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::{fs, io};

use clap::Parser;
use common::{Volume, args, builder, follow, last_error, until};
use dflag::value::Bytes;
use dflag::{DynamicFlags, OnInvalid};
use dflag_configmap::ScanError;

#[test]
fn one_error_names_all_bad_keys_and_nothing_is_applied_until_they_are_fixed() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("a", "1"), ("b", "1"), ("text", "one")]);
    let args = args();
    let updater = follow(builder(&args, dir.path()));
    volume.publish_bytes(&[
        ("a", b"-3"),
        ("b", b"99999999999"),
        ("text", b"\xff\xfe"),
        ("port", b"8080"),
    ]);
    until("the rejection", || updater.status().last_error.is_some());
    let text = last_error(&updater);
    for part in [
        "`a`",
        "-3",
        "`b`",
        "99999999999",
        "`text`",
        "UTF-8",
        dir.path().to_str().unwrap(),
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert_eq!(
        (args.a.get(), args.b.get(), args.text.load().as_str()),
        (1, 1, "one")
    );
    assert_eq!(updater.status().rejected, 1);

    volume.publish(&[("a", "2"), ("b", "2"), ("text", "two")]);
    until("the fixed update", || args.a.get() == 2);
    until("no error", || last_error(&updater).is_empty());
    assert_eq!(
        (
            args.b.get(),
            args.text.load().as_str(),
            updater.status().rejected
        ),
        (2, "two", 1)
    );
}

#[test]
fn keep_valid_applies_the_valid_keys_and_reports_the_invalid_ones() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("a", "1"), ("b", "1")]);
    let args = args();
    let updater = follow(builder(&args, dir.path()).on_invalid(OnInvalid::KeepValid));
    volume.publish(&[("a", "bad"), ("b", "2")]);
    until("the valid key", || args.b.get() == 2);
    assert_eq!(args.a.get(), 1);
    until("the error", || {
        let error = updater.status().last_error;
        error.is_some_and(
            |error| matches!(&*error, ScanError::PartlyRejected { problems, .. } if problems.len() == 1),
        )
    });
    let status = updater.status();
    assert_eq!((status.applied, status.rejected), (2, 1));
    volume.publish(&[("a", "3"), ("b", "3")]);
    until("both", || args.a.get() == 3 && args.b.get() == 3);
}

#[test]
fn an_unknown_key_is_counted_once_for_each_set_and_may_be_denied() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("a", "1"), ("rolout", "1")]);
    let args = args();
    let updater = follow(builder(&args, dir.path()));
    for n in 2..=5 {
        volume.publish(&[("a", &n.to_string()), ("rolout", "1")]);
        until("the update", || args.a.get() == n);
    }
    assert_eq!(
        (
            updater.status().unknown_key_sets,
            updater.status().unknown_keys
        ),
        (1, vec!["rolout".to_owned()])
    );
    volume.publish(&[("a", "6"), ("rolout", "1"), ("other", "1")]);
    until("a second set", || updater.status().unknown_key_sets == 2);
    drop(updater);

    let denying = builder(&args, dir.path())
        .deny_unknown(true)
        .build()
        .unwrap();
    denying.start().unwrap();
    assert!(last_error(&denying).contains("rolout") && last_error(&denying).contains("other"));
}

#[test]
fn an_entry_that_is_not_a_file_is_named_and_the_others_follow_the_policy() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    fs::write(path("b"), "1").unwrap();
    for (policy, b) in [(OnInvalid::RejectAll, 1), (OnInvalid::KeepValid, 2)] {
        let make: [(&str, &dyn Fn()); 5] = [
            ("a FIFO", &|| {
                assert!(
                    std::process::Command::new("mkfifo")
                        .arg(path("a"))
                        .status()
                        .unwrap()
                        .success()
                );
            }),
            ("a socket", &|| drop(UnixListener::bind(path("a")).unwrap())),
            ("a device", &|| symlink("/dev/zero", path("a")).unwrap()),
            ("a directory", &|| fs::create_dir(path("a")).unwrap()),
            ("a link to nothing", &|| {
                symlink("nothing", path("a")).unwrap();
            }),
        ];
        for (what, make) in make {
            fs::write(path("b"), "1").unwrap();
            let args = args();
            let updater = follow(builder(&args, dir.path()).on_invalid(policy));
            make();
            fs::write(path("b"), "2").unwrap();
            until(what, || last_error(&updater).contains(what));
            assert!(
                last_error(&updater).contains("`a`")
                    && last_error(&updater).contains(path("a").to_str().unwrap())
            );
            until("the policy", || args.b.get() == b);
            let _ = fs::remove_file(path("a")).or_else(|_| fs::remove_dir(path("a")));
            fs::write(path("a"), "5").unwrap();
            until("the fixed file", || args.a.get() == 5 && args.b.get() == 2);
            fs::remove_file(path("a")).unwrap();
        }
    }
}

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Raw {
    #[arg(long, default_value = "")]
    #[flag(dynamic)]
    icon: Bytes,
    #[arg(long, default_value = "none")]
    #[flag(dynamic)]
    text: String,
}

#[test]
fn raw_bytes_are_valid_for_a_bytes_flag_and_invalid_for_a_text_flag() {
    let every_byte: Vec<u8> = (0..=255).collect();
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[]);
    let args = Raw::try_parse_dynamic_from(["test"]).unwrap();
    let updater = dflag_configmap::setup(&args, dir.path()).unwrap();
    volume.publish_bytes(&[("icon", &every_byte), ("text", b"one")]);
    until("all the bytes", || {
        args.icon.load().as_ref() == every_byte.as_slice() && *args.text.load() == "one"
    });

    volume.publish_bytes(&[("icon", b"\xff"), ("text", &every_byte)]);
    until("the rejection", || last_error(&updater).contains("`text`"));
    let text = last_error(&updater);
    assert!(text.contains("UTF-8") && !text.contains("`icon`"), "{text}");
    assert_eq!(args.icon.load().as_ref(), every_byte.as_slice());

    volume.publish_bytes(&[("icon", b"\xff\n"), ("text", "\u{e9}\n".as_bytes())]);
    until("the fixed update", || {
        args.icon.load().as_ref() == b"\xff\n" && *args.text.load() == "\u{e9}"
    });
    until("no error", || last_error(&updater).is_empty());
}

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Pair {
    #[arg(long, default_value_t = 0)]
    #[flag(dynamic, validate = explode)]
    a: u32,
    #[arg(long, default_value_t = 0)]
    #[flag(dynamic)]
    b: u32,
}

#[allow(clippy::trivially_copy_pass_by_ref, clippy::unnecessary_wraps)] // the signature of a check
fn explode(value: &u32) -> Result<(), String> {
    assert_ne!(*value, 13, "unlucky");
    Ok(())
}

#[test]
fn a_panicking_check_ends_neither_the_thread_nor_the_values() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("a", "1")]);
    let args = Pair::try_parse_dynamic_from(["test"]).unwrap();
    let updater = dflag_configmap::setup(&args, dir.path()).unwrap();
    volume.publish(&[("a", "13")]);
    until("the panic", || updater.status().last_error.is_some());
    assert_eq!(args.a.get(), 1);
    volume.publish(&[("a", "14"), ("b", "1")]);
    until("the next update", || {
        args.a.get() == 14 && args.b.get() == 1
    });
    until("no error", || last_error(&updater).is_empty());
}

#[test]
fn errors_do_not_contain_secrets() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("pin", "1")]);
    let args = args();
    let updater = follow(builder(&args, dir.path()));
    volume.publish(&[("pin", "hunter2")]);
    until("the rejection", || last_error(&updater).contains("`pin`"));
    let shown = format!(
        "{} {:?} {updater:?}",
        last_error(&updater),
        updater.status()
    );
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[test]
fn a_rejected_update_is_proposed_again_when_the_flags_change() {
    #[derive(Clone, Debug, Parser, DynamicFlags)]
    #[flags(validate = Range::check)]
    struct Range {
        #[arg(long, default_value_t = 0)]
        #[flag(dynamic)]
        min: u32,
        #[arg(long, default_value_t = 10)]
        #[flag(dynamic)]
        max: u32,
    }
    impl Range {
        fn check(&self) -> Result<(), String> {
            if self.min > self.max {
                Err("min is above max".to_owned())
            } else {
                Ok(())
            }
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[]);
    let args = Range::try_parse_dynamic_from(["test"]).unwrap();
    let updater = dflag_configmap::Updater::builder(&args, dir.path())
        .rescan_every(std::time::Duration::from_millis(20))
        .build()
        .unwrap();
    updater.start().unwrap();
    volume.publish(&[("min", "20")]);
    until("the rejection", || {
        last_error(&updater).contains("min is above max")
    });
    args.set("max", "30").unwrap();
    until("the second proposal", || args.min.get() == 20);
    until("no error", || last_error(&updater).is_empty());
    assert_eq!(updater.status().rejected, 1);
}

/// The directory whose next log record panics.
static PANICS_ABOUT: Mutex<Option<PathBuf>> = Mutex::new(None);

/// A writer of log records that panics on request.
struct Panicking;

impl io::Write for Panicking {
    fn write(&mut self, record: &[u8]) -> io::Result<usize> {
        let mut about = PANICS_ABOUT.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(record);
        let concerned = about.take_if(|about| text.contains(about.to_str().unwrap()));
        drop(about);
        assert!(concerned.is_none(), "on purpose");
        Ok(record.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_panic_anywhere_in_a_scan_does_not_end_the_thread() {
    tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(|| Panicking)
        .init();
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("a", "1")]);
    let args = args();
    let updater = follow(builder(&args, dir.path()));
    // The next record is that of the update, which is logged on the thread that scans.
    *PANICS_ABOUT.lock().unwrap() = Some(dir.path().to_owned());
    volume.publish(&[("a", "2")]);
    until("the panic", || last_error(&updater).contains("on purpose"));
    volume.publish(&[("a", "3")]);
    until("the next update", || args.a.get() == 3);
    until("no error", || last_error(&updater).is_empty());
}
