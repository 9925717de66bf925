//! Reloading: a scan that the program requests, and its answer.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // test helpers may panic as well

mod common;

use std::fs;
use std::sync::{Arc, Mutex, OnceLock, Weak, mpsc};
use std::time::{Duration, Instant};

use clap::Parser;
use common::{Volume, args, builder, follow, until, with_causes};
use dflag::DynamicFlags;
use dflag_configmap::{ReloadError, ScanError, Updater};

#[test]
fn reload_applies_a_file_that_was_just_written() {
    let dir = tempfile::tempdir().unwrap();
    let args = args();
    let updater = follow(builder(&args, dir.path()));
    for n in 1..=20 {
        fs::write(dir.path().join("a"), n.to_string()).unwrap();
        let reloaded = updater.reload().unwrap();
        assert_eq!(args.a.get(), n);
        assert_eq!(reloaded.generation, args.generation());
        assert_eq!(reloaded.pending, Vec::<std::path::PathBuf>::new());
    }
}

#[test]
fn reload_that_changes_nothing_is_not_in_the_history() {
    let dir = tempfile::tempdir().unwrap();
    Volume::new(dir.path(), &[("a", "1")]);
    let args = args();
    let updater = follow(builder(&args, dir.path()));
    let (sender, rejections) = mpsc::channel();
    let _sub = args.on_reject(move |update| sender.send(update.to_string()).unwrap());
    updater.reload().unwrap();
    assert_eq!(args.history().entries.len(), 1);
    assert_eq!(rejections.try_iter().count(), 0);
}

#[test]
fn reload_finds_what_no_event_reports_and_returns_the_changes() {
    let dir = tempfile::tempdir().unwrap();
    Volume::new(dir.path(), &[("a", "1"), ("b", "1")]);
    let args = args();
    let updater = follow(builder(&args, dir.path()));
    let called = Arc::new(Mutex::new(0));
    let count = Arc::clone(&called);
    let _sub = args.a.on_change(move |_, _| *count.lock().unwrap() += 1);
    assert_eq!(updater.reload().unwrap().changed, []);
    // kubelet does not write to a generation, and no event reports it.
    fs::write(dir.path().join("..data/a"), "2").unwrap();
    let changed = updater.reload().unwrap().changed;
    assert_eq!((args.a.get(), *called.lock().unwrap()), (2, 1));
    assert_eq!(changed.len(), 1);
    assert_eq!(changed[0].flag, "a");
    assert_eq!(changed[0].new.as_deref(), Some("2"));
}

#[test]
fn reload_returns_what_is_wrong_with_the_directory_and_with_its_content() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("a", "many")]);
    let args = args();
    let updater = builder(&args, dir.path()).build().unwrap();
    updater.start().unwrap();
    for _ in 0..2 {
        let error = updater.reload().unwrap_err();
        assert!(
            matches!(&error, ReloadError::Scan(scan) if matches!(**scan, ScanError::Rejected(_)))
        );
        let text = with_causes(&error);
        assert!(text.contains("`a`") && text.contains("many"), "{text}");
    }
    assert_eq!(updater.status().rejected, 1);
    volume.publish(&[("a", "2")]);
    updater.reload().unwrap();
    assert_eq!(args.a.get(), 2);
    fs::remove_dir_all(dir.path()).unwrap();
    let text = with_causes(&updater.reload().unwrap_err());
    assert!(text.contains("does not exist"), "{text}");
    assert_eq!(args.a.get(), 2);
}

#[test]
fn reload_lists_a_file_that_is_still_being_written() {
    use std::io::Write as _;
    let dir = tempfile::tempdir().unwrap();
    let args = args();
    let updater = follow(builder(&args, dir.path()));
    let mut file = fs::File::create(dir.path().join("text")).unwrap();
    file.write_all(b"ha").unwrap();
    let start = Instant::now();
    let reloaded = updater.reload().unwrap();
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "the timer is not due"
    );
    assert_eq!(reloaded.pending, [dir.path().join("text")]);
    assert_eq!(*args.text.load(), "none");
    file.write_all(b"lf").unwrap();
    drop(file);
    updater.reload().unwrap();
    assert_eq!(*args.text.load(), "half");
}

#[test]
fn reload_is_an_error_unless_the_updater_runs() {
    let dir = tempfile::tempdir().unwrap();
    Volume::new(dir.path(), &[("a", "1")]);
    let args = args();
    let updater = builder(&args, dir.path()).build().unwrap();
    let not_running = || matches!(updater.reload(), Err(ReloadError::NotRunning));
    assert!(not_running());
    updater.initialize().unwrap();
    assert!(not_running());
    updater.start().unwrap();
    updater.reload().unwrap();
    updater.stop().unwrap();
    assert!(not_running());
    updater.start().unwrap();
    updater.reload().unwrap();
}

#[test]
fn a_stop_ends_the_wait_of_a_reload() {
    let dir = tempfile::tempdir().unwrap();
    let updater = builder(&args(), dir.path()).settle(Duration::from_secs(3600));
    let updater = Arc::new(follow(updater));
    fs::write(dir.path().join("a"), "2").unwrap();
    let before = updater.status().last_scan;
    let waiting = Arc::clone(&updater);
    let reload = std::thread::spawn(move || waiting.reload());
    until("a scan", || updater.status().last_scan > before);
    updater.stop().unwrap();
    until("the answer", || reload.is_finished());
    assert!(matches!(
        reload.join().unwrap(),
        Err(ReloadError::NotRunning)
    ));
}

/// What `reload` returned to the callback or the rule that called it.
type Answer = Arc<Mutex<Option<String>>>;

fn reload_into(answer: &Answer, updater: &Weak<Updater>) {
    if let Some(updater) = updater.upgrade() {
        let text = format!("{:?}", updater.reload());
        answer.lock().unwrap().get_or_insert(text);
    }
}

#[test]
fn reload_in_a_callback_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("a", "1")]);
    let args = args();
    let updater = Arc::new(follow(builder(&args, dir.path())));
    let answer = Answer::default();
    let (of_callback, handle) = (Arc::clone(&answer), Arc::downgrade(&updater));
    let _sub = args
        .a
        .on_change(move |_, _| reload_into(&of_callback, &handle));
    volume.publish(&[("a", "2")]);
    until("the callback", || answer.lock().unwrap().is_some());
    assert_eq!(answer.lock().unwrap().as_deref(), Some("Err(Reentrant)"));
    updater.reload().unwrap();
    assert_eq!(args.a.get(), 2);
}

#[test]
fn reload_in_a_rule_that_another_thread_runs_is_an_error() {
    static UPDATER: OnceLock<Weak<Updater>> = OnceLock::new();
    static ANSWER: OnceLock<Answer> = OnceLock::new();

    #[derive(Clone, Debug, Parser, DynamicFlags)]
    #[flags(validate = rule)]
    struct Own {
        #[arg(long, default_value_t = 0)]
        #[flag(dynamic)]
        a: u32,
    }

    #[allow(clippy::unnecessary_wraps)] // a rule
    fn rule(_: &Own) -> Result<(), String> {
        if let Some(updater) = UPDATER.get() {
            reload_into(ANSWER.get_or_init(Answer::default), updater);
        }
        Ok(())
    }

    let dir = tempfile::tempdir().unwrap();
    Volume::new(dir.path(), &[("a", "1")]);
    let own = Own::try_parse_dynamic_from(["test"]).unwrap();
    let updater = Arc::new(dflag_configmap::setup(&own, dir.path()).unwrap());
    UPDATER.set(Arc::downgrade(&updater)).unwrap();
    own.set("a", "5").unwrap();
    let answer = ANSWER.get().unwrap().lock().unwrap().clone();
    assert_eq!(answer.as_deref(), Some("Err(Reentrant)"));
    assert_eq!(own.a.get(), 5);
}
