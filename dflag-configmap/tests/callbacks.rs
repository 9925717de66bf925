//! Callbacks that misbehave on the updater's thread.
//!
//! Whatever a callback calls, no thread waits for itself, and no update is lost.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // test helpers may panic as well

mod common;

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Barrier, Mutex, OnceLock, mpsc};
use std::thread;
use std::time::Duration;

use clap::Parser;
use dflag::{DynamicFlags, Flags};

use common::{Args, Volume, args, builder, follow, until};
use dflag_configmap::{InitializeError, StartError, StopError, Updater};

/// Runs `inside` once with the updater, in a callback of `a` on the updater's thread.
fn inside(inside: impl Fn(&Mutex<Option<Updater>>) + Send + Sync + 'static) -> Inside {
    let dir = tempfile::tempdir().unwrap();
    let volume = Volume::new(dir.path(), &[("a", "1")]);
    let args = args();
    let updater = Arc::new(Mutex::new(Some(follow(builder(&args, dir.path())))));
    let (held, calls) = (Arc::clone(&updater), Arc::new(AtomicU32::new(0)));
    let count = Arc::clone(&calls);
    let sub = args.a.on_change(move |_, _| {
        let _end = CountAtEnd(&count);
        if count.load(Ordering::SeqCst) == 0 {
            inside(&held);
        }
    });
    let mut inside = Inside {
        args,
        volume,
        updater,
        calls,
        _sub: sub,
        _dir: dir,
    };
    inside.volume.publish(&[("a", "2")]);
    until("the end of the callback", || {
        inside.calls.load(Ordering::SeqCst) == 1
    });
    inside
}

/// Counts a call when it ends, even by a panic.
struct CountAtEnd<'a>(&'a AtomicU32);

impl Drop for CountAtEnd<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

struct Inside {
    args: dflag::Flags<common::Args>,
    volume: Volume,
    updater: Arc<Mutex<Option<Updater>>>,
    calls: Arc<AtomicU32>,
    _sub: dflag::Subscription,
    _dir: tempfile::TempDir,
}

#[test]
fn a_callback_may_stop_the_updater() {
    let mut inside = inside(|updater| updater.lock().unwrap().as_ref().unwrap().stop().unwrap());
    let updater = inside.updater.lock().unwrap().take().unwrap();
    assert!(matches!(updater.stop(), Err(StopError::NotRunning)));
    inside.volume.publish(&[("a", "3")]);
    updater.start().unwrap();
    assert_eq!(inside.args.a.get(), 3);
}

#[test]
fn a_callback_may_stop_and_start_the_updater_repeatedly() {
    let mut inside = inside(|updater| {
        let updater = updater.lock().unwrap();
        let updater = updater.as_ref().unwrap();
        for _ in 0..3 {
            updater.stop().unwrap();
            updater.start().unwrap();
        }
        assert!(matches!(updater.start(), Err(StartError::Running)));
        assert!(matches!(
            updater.initialize(),
            Err(InitializeError::Started)
        ));
        let _ = updater.status();
    });
    inside.volume.publish(&[("a", "3")]);
    until("an update by the last thread", || inside.args.a.get() == 3);
    inside
        .updater
        .lock()
        .unwrap()
        .take()
        .unwrap()
        .stop()
        .unwrap();
}

#[test]
fn a_callback_may_drop_the_updater() {
    let inside = inside(|updater| drop(updater.lock().unwrap().take()));
    assert!(inside.updater.lock().unwrap().is_none());
    assert_eq!(inside.args.a.get(), 2);
}

#[test]
fn an_updater_that_its_own_callback_drops_has_no_successor_before_the_end_of_its_thread() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("a", "1")]);
    let args = args();
    let updater = Mutex::new(Some(follow(builder(&args, dir.path()))));
    let second = Mutex::new(Some(builder(&args, dir.path())));
    let built = Arc::new(OnceLock::new());
    let set = Arc::clone(&built);
    let _sub = args.a.on_change(move |_, _| {
        drop(updater.lock().unwrap().take());
        if let Some(second) = second.lock().unwrap().take() {
            let _ = set.set(second.build().is_ok());
        }
    });
    volume.publish(&[("a", "2")]);
    until("the callback", || built.get().is_some());
    assert_eq!(built.get(), Some(&false));
    until("the end of the thread", || {
        builder(&args, dir.path()).build().is_ok()
    });
}

#[test]
fn a_panicking_callback_does_not_affect_later_updates() {
    let mut inside = inside(|_| panic!("on purpose"));
    inside.volume.publish(&[("a", "3"), ("b", "3")]);
    until("the next update", || {
        inside.args.a.get() == 3 && inside.args.b.get() == 3
    });
    let updater = inside.updater.lock().unwrap();
    assert!(updater.as_ref().unwrap().status().last_error.is_none());
}

#[test]
fn a_callback_that_sets_a_flag_loses_no_update() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("a", "1")]);
    let args = args();
    let _updater = follow(builder(&args, dir.path()));
    let handle = args.clone();
    let _sub = args.a.on_change(move |_, new| {
        handle.set("b", &new.to_string()).unwrap();
    });
    for n in 2..=20 {
        volume.publish(&[("a", &n.to_string())]);
    }
    until("the last of both", || {
        args.a.get() == 20 && args.b.get() == 20
    });
}

#[test]
fn stop_and_drop_wait_for_a_running_callback() {
    for by_drop in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let mut volume = Volume::new(dir.path(), &[("a", "1")]);
        let args = args();
        let updater = follow(builder(&args, dir.path()));
        let barrier = Arc::new(Barrier::new(2));
        let (enter, finished) = (Arc::clone(&barrier), Arc::new(AtomicU32::new(0)));
        let finish = Arc::clone(&finished);
        let _sub = args.a.on_change(move |_, _| {
            enter.wait();
            std::thread::sleep(std::time::Duration::from_millis(100));
            finish.fetch_add(1, Ordering::SeqCst);
        });
        volume.publish(&[("a", "2")]);
        barrier.wait();
        if by_drop {
            drop(updater);
        } else {
            updater.stop().unwrap();
        }
        assert_eq!(finished.load(Ordering::SeqCst), 1);
    }
}

#[test]
fn a_callback_of_the_first_scan_may_stop_the_updater() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("a", "1")]);
    let args = args();
    let updater = Arc::new(builder(&args, dir.path()).build().unwrap());
    updater.initialize().unwrap();
    volume.publish(&[("a", "2")]);
    let (held, result) = (Arc::downgrade(&updater), Arc::new(OnceLock::new()));
    let set = Arc::clone(&result);
    let _sub = args.a.on_change(move |_, _| {
        let stopped = held.upgrade().map(|updater| updater.stop().is_ok());
        let _ = set.set(stopped);
    });
    updater.start().unwrap();
    assert_eq!(result.get(), Some(&Some(true)));
    assert!(matches!(updater.stop(), Err(StopError::NotRunning)));
}

#[test]
fn a_callback_of_initialize_can_neither_start_nor_initialize() {
    let dir = tempfile::tempdir().unwrap();
    Volume::new(dir.path(), &[("a", "1")]);
    let args = args();
    let updater = Arc::new(builder(&args, dir.path()).build().unwrap());
    let (held, results) = (Arc::downgrade(&updater), Arc::new(OnceLock::new()));
    let set = Arc::clone(&results);
    let _sub = args.a.on_change(move |_, _| {
        let updater = held.upgrade().unwrap();
        let _ = set.set((updater.start(), updater.initialize(), updater.stop()));
    });
    updater.initialize().unwrap();
    let (start, initialize, stop) = results.get().unwrap();
    assert!(matches!(start, Err(StartError::Initializing)));
    assert!(matches!(initialize, Err(InitializeError::Busy)));
    assert!(matches!(stop, Err(StopError::NotRunning)));
    updater.start().unwrap();
}

#[test]
fn overrides_from_eight_threads_and_a_configmap_end_in_a_serial_order() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("a", "0"), ("b", "0")]);
    let args = args();
    let updater = follow(builder(&args, dir.path()));
    std::thread::scope(|scope| {
        for thread in 0..8_u32 {
            let args = args.clone();
            scope.spawn(move || {
                for n in 0..50 {
                    args.set("a", &(1000 + thread * 100 + n).to_string())
                        .unwrap();
                    args.clear("a").unwrap();
                }
            });
        }
        for n in 1..=50 {
            volume.publish(&[("a", &n.to_string()), ("b", &n.to_string())]);
        }
    });
    until("the ConfigMap's last", || {
        args.a.get() == 50 && args.b.get() == 50
    });
    assert_eq!(updater.status().rejected, 0);
}

/// The updater that a check of [`Checked`] stops.
static OF_CHECK: Mutex<Option<Arc<Updater>>> = Mutex::new(None);

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Checked {
    #[arg(long, default_value_t = 0)]
    #[flag(dynamic, validate = stop_in_check)]
    a: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as the derive calls it")]
#[expect(clippy::unnecessary_wraps, reason = "as the derive calls it")]
fn stop_in_check(_: &u32) -> Result<(), &'static str> {
    let updater = OF_CHECK.lock().unwrap().take();
    if let Some(updater) = updater {
        // Until the other thread has started it, it is not running.
        until("a start", || updater.stop().is_ok());
    }
    Ok(())
}

#[test]
fn a_check_on_another_thread_may_stop_the_updater_that_is_being_started() {
    let dir = tempfile::tempdir().unwrap();
    Volume::new(dir.path(), &[("a", "1")]);
    let args = Checked::try_parse_dynamic_from(["server"]).unwrap();
    let updater = Arc::new(Updater::new(&args, dir.path()).unwrap());
    *OF_CHECK.lock().unwrap() = Some(Arc::clone(&updater));
    let (sender, done) = mpsc::channel();
    let (set, start) = (sender.clone(), sender);
    let (of_check, of_start) = (args.clone(), Arc::clone(&updater));
    thread::spawn(move || set.send(of_check.set("a", "2").is_ok()));
    until("the check", || OF_CHECK.lock().unwrap().is_none());
    thread::spawn(move || start.send(of_start.start().is_ok()));
    for _ in 0..2 {
        assert!(done.recv_timeout(Duration::from_secs(60)).unwrap());
    }
    updater.start().unwrap();
}

/// Two updaters, each of which is stopped, or asked by `call`, in a callback of the other at the same time.
fn each_in_a_callback_of_the_other(call: fn(&Updater)) {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("a", "1")]);
    let (one, two) = (args(), args());
    let updaters = [&one, &two].map(|args| Arc::new(follow(builder(args, dir.path()))));
    let (barrier, (sender, ended)) = (Arc::new(Barrier::new(2)), mpsc::channel());
    let subscription = |args: &Flags<Args>, other: &Arc<Updater>| {
        let (other, barrier, sender) = (Arc::clone(other), Arc::clone(&barrier), sender.clone());
        args.a.on_change(move |_, _| {
            barrier.wait();
            call(&other);
            sender.send(()).unwrap();
        })
    };
    let subscriptions = (
        subscription(&one, &updaters[1]),
        subscription(&two, &updaters[0]),
    );
    volume.publish(&[("a", "2")]);
    for _ in 0..2 {
        ended.recv_timeout(Duration::from_secs(10)).unwrap();
    }
    drop(subscriptions);
}

#[test]
fn callbacks_of_two_updaters_may_stop_each_other() {
    each_in_a_callback_of_the_other(|updater| drop(updater.stop()));
}

#[test]
fn callbacks_of_two_updaters_may_reload_each_other() {
    each_in_a_callback_of_the_other(|updater| drop(updater.reload()));
}
