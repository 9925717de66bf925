//! Subscribers that follow a flag.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

mod common;

use std::fmt;
use std::iter;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use common::{Recorder, args, serially};
use dflag::Flags;
use dflag_configmap as configmap;
use dflag_tests::kubelet::Volume;
use dflag_tests::wait;
use dflag_tracing::{DynamicFilter, LogFilter};
use tracing::level_filters::LevelFilter;
use tracing::subscriber::with_default;
use tracing_subscriber::layer::Layer;
use tracing_subscriber::prelude::*;
use tracing_subscriber::{Registry, fmt as lines};

const DEADLINE: Duration = Duration::from_secs(20);

fn events() {
    tracing::error!(target: "app", "-");
    tracing::info!(target: "app", "-");
    tracing::debug!(target: "app", "-");
    tracing::debug!(target: "db", "-");
}

/// What is recorded of [`events`] now.
fn recorded(recorder: &Recorder) -> Vec<String> {
    recorder.take();
    events();
    recorder.take()
}

const ERROR: &[&str] = &["app ERROR"];
const INFO: &[&str] = &["app ERROR", "app INFO"];
const DEBUG: &[&str] = &["app ERROR", "app INFO", "app DEBUG", "db DEBUG"];

#[test]
fn filter_of_a_subscriber_follows_the_flag() {
    let _serial = serially();
    let (args, recorder) = (args("error"), Recorder::default());
    let filter = DynamicFilter::new(&args.log.level);
    with_default(
        Registry::default().with(filter).with(recorder.clone()),
        || {
            assert_eq!(recorded(&recorder), ERROR);
            for (text, expected) in [
                ("info", INFO),
                ("debug", DEBUG),
                ("error, db=trace", &["app ERROR", "db DEBUG"]),
                ("off", &[]),
                ("error", ERROR),
            ] {
                args.set("log_level", text).unwrap();
                assert_eq!(recorded(&recorder), expected, "{text}");
            }
            args.set("log_level", "debug").unwrap();
            let rejected = args.set("log_level", "inof").unwrap_err();
            let reason =
                "`inof` is not a level: did you mean `info`? For a target, write `inof=trace`";
            assert!(rejected.to_string().contains(reason), "{rejected}");
            assert_eq!(recorded(&recorder), DEBUG);

            args.clear("log_level").unwrap();
            assert_eq!(recorded(&recorder), ERROR);
        },
    );
}

#[test]
fn filter_of_a_layer_leaves_other_layers_alone() {
    let _serial = serially();
    let (one, other) = (args("error"), args("info"));
    let (first, second, all) = (
        Recorder::default(),
        Recorder::default(),
        Recorder::default(),
    );
    let subscriber = Registry::default()
        .with(
            first
                .clone()
                .with_filter(DynamicFilter::new(&one.log.level)),
        )
        .with(
            second
                .clone()
                .with_filter(DynamicFilter::new(&other.log.level)),
        )
        .with(all.clone());
    with_default(subscriber, || {
        for (level, expected) in [
            ("error", ERROR),
            ("debug", DEBUG),
            ("off", &[]),
            ("info", INFO),
        ] {
            one.set("log_level", level).unwrap();
            for recorder in [&first, &second, &all] {
                recorder.take();
            }
            events();
            assert_eq!(first.take(), expected);
            assert_eq!(second.take(), INFO);
            assert_eq!(all.take(), DEBUG);
        }
    });
}

#[test]
fn json_layer_follows_the_flag() {
    let _serial = serially();
    let args = args("error");
    let (sender, output) = mpsc::channel();
    let subscriber = Registry::default()
        .with(DynamicFilter::new(&args.log.level))
        .with(
            lines::layer()
                .json()
                .with_writer(move || Lines(sender.clone())),
        );
    with_default(subscriber, || {
        tracing::info!("first");
        args.set("log_level", "info").unwrap();
        tracing::info!("second");
    });
    let output: Vec<u8> = output.try_iter().flatten().collect();
    let output = String::from_utf8(output).unwrap();
    assert!(!output.contains("first"), "{output}");
    assert!(
        output.contains(r#""level":"INFO","fields":{"message":"second"}"#),
        "{output}"
    );
}

struct Lines(mpsc::Sender<Vec<u8>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let _ = self.0.send(bytes.to_vec());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn filter_follows_a_mounted_config_map() {
    let _serial = serially();
    let parent = tempfile::tempdir().unwrap();
    let mut volume = Volume::create(parent.path().join("flags")).unwrap();
    volume.write(&[("log_level", b"info")]).unwrap();
    let (args, recorder) = (args("error"), Recorder::default());
    let updater = configmap::setup(&args, volume.root()).unwrap();
    let filter = DynamicFilter::new(&args.log.level);
    with_default(
        Registry::default().with(filter).with(recorder.clone()),
        || {
            assert_eq!(recorded(&recorder), INFO);

            volume.write(&[("log_level", b"debug\n")]).unwrap();
            wait::until(DEADLINE, "debug", || recorded(&recorder) == DEBUG);

            volume.write(&[("log_level", b"warning")]).unwrap();
            wait::until(DEADLINE, "a rejection", || updater.status().rejected == 1);
            let error = updater.status().last_error.unwrap();
            assert!(
                error.to_string().contains("did you mean `warn`?"),
                "{error}"
            );
            assert_eq!(recorded(&recorder), DEBUG);

            volume.write(&[("log_level", b"error\ndb=debug")]).unwrap();
            wait::until(DEADLINE, "two directives", || {
                recorded(&recorder) == ["app ERROR", "db DEBUG"]
            });

            volume.write(&[]).unwrap();
            wait::until(DEADLINE, "the base", || recorded(&recorder) == ERROR);
        },
    );
}

#[test]
fn span_directives_follow_the_flag() {
    let _serial = serially();
    for per_layer in [false, true] {
        let (args, recorder) = (args("error,[request{user=ann}]=debug"), Recorder::default());
        let filter = DynamicFilter::new(&args.log.level);
        let request = |user: &'static str| {
            recorder.take();
            tracing::info_span!("request", user).in_scope(events);
            recorder.take().len()
        };
        let requests = || (request("ann"), request("bob"));
        let check = || {
            assert_eq!(requests(), (4, 1));
            args.set("log_level", "error,[request{user=bob}]=info")
                .unwrap();
            assert_eq!(requests(), (1, 2));
            args.set("log_level", "info").unwrap();
            assert_eq!(requests(), (2, 2));

            // Spans that are open while the level changes.
            let span = tracing::info_span!("request", user = "ann").entered();
            args.set("log_level", "error,[request{user=ann}]=debug")
                .unwrap();
            assert_eq!(recorded(&recorder).len(), 1);
            assert_eq!(requests(), (4, 1));
            let inner = tracing::info_span!("request", user = "ann").entered();
            assert_eq!(recorded(&recorder).len(), 4);
            args.set("log_level", "off").unwrap();
            drop(inner);
            drop(span);
            assert_eq!(recorded(&recorder).len(), 0);
            args.set("log_level", "error").unwrap();
            assert_eq!(recorded(&recorder), ERROR);
        };
        if per_layer {
            with_default(
                Registry::default().with(recorder.clone().with_filter(filter)),
                check,
            );
        } else {
            with_default(
                Registry::default().with(filter).with(recorder.clone()),
                check,
            );
        }
    }
}

/// Changes the level while it is formatted.
struct Changes<'a>(&'a Flags<common::Args>);

impl fmt::Debug for Changes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        tracing::info!("formatting");
        self.0
            .set("log_level", "info,[request{user=b.*}]=debug")
            .unwrap();
        f.write_str("bob")
    }
}

#[test]
fn level_may_change_while_a_filter_formats_a_field() {
    let _serial = serially();
    let (sender, done) = mpsc::channel();
    // If it fails, the thread never ends.
    thread::spawn(move || {
        let args = args("info,[request{user=a.*}]=debug");
        let subscriber = Registry::default().with(DynamicFilter::new(&args.log.level));
        with_default(subscriber, || {
            tracing::info_span!("request", user = ?Changes(&args)).in_scope(events);
        });
        sender.send(args.log.level.get().to_string()).unwrap();
    });
    let level = done.recv_timeout(DEADLINE).unwrap();
    assert_eq!(level, "info,[request{user=b.*}]=debug");
}

#[test]
fn disabled_log_record_does_not_hide_the_next_event_from_a_filtered_layer() {
    let _serial = serially();
    let (args, recorder) = (args("info,quiet=error"), Recorder::default());
    let filter = DynamicFilter::new(&args.log.level);
    let subscriber = Registry::default().with(recorder.clone().with_filter(filter));
    let _guard = subscriber.set_default(); // installs the logger as well
    for _ in 0..3 {
        let _ = log::log_enabled!(target: "quiet", log::Level::Info);
        tracing::info!(target: "app", "-");
        assert_eq!(recorder.take(), ["app INFO"]);
    }
}

#[test]
fn change_between_the_first_value_and_the_subscription_is_not_missed() {
    let _serial = serially();
    let args = args("info");
    for _ in 0..100 {
        args.set("log_level", "debug").unwrap();
        let filters: Vec<_> = thread::scope(|scope| {
            scope.spawn(|| args.set("log_level", "error").unwrap());
            iter::repeat_with(|| DynamicFilter::new(&args.log.level))
                .take(50)
                .collect()
        });
        for filter in filters {
            let hint = Layer::<Registry>::max_level_hint(&filter);
            assert_eq!(hint, Some(LevelFilter::ERROR));
        }
    }
}

#[test]
fn dropped_subscriber_releases_the_flags() {
    let _serial = serially();
    let args = args("info");
    let filter = DynamicFilter::new(&args.log.level);
    assert_eq!(
        format!("{filter:?}"),
        "DynamicFilter { flag: Dynamic(log-level), value: LogFilter(\"info\"), .. }"
    );
    args.set("log_level", "debug").unwrap();
    let value: Arc<common::Args> = args.load_full();
    let weak = Arc::downgrade(&value);
    drop((value, args));
    assert!(weak.upgrade().is_some());
    drop(filter);
    dflag::release_thread();
    assert!(
        weak.upgrade().is_none(),
        "a subscription that was dropped keeps the flags"
    );
}

#[test]
fn constant_level_is_a_filter_as_well() {
    let _serial = serially();
    let recorder = Recorder::default();
    let filter = DynamicFilter::new(&LogFilter::default().into());
    with_default(
        Registry::default().with(filter).with(recorder.clone()),
        || {
            assert_eq!(recorded(&recorder), INFO);
        },
    );
}
