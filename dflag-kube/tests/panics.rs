//! Panics on the updater's threads. Here the program's own log makes them.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // test helpers may panic as well

mod common;

use std::os::unix::fs::symlink;
use std::sync::{Mutex, MutexGuard, Once, PoisonError, mpsc};
use std::thread;

use dflag_kube::{ApiState, StartError};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use common::{PATIENCE, World, wait_for};

/// The name of the thread on which a record panics.
static PANICS: Mutex<Option<&str>> = Mutex::new(None);

/// One test at a time.
static TEST: Mutex<()> = Mutex::new(());

struct Panicking;

impl Subscriber for Panicking {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let target = event.metadata().target();
        let panics = *PANICS.lock().unwrap_or_else(PoisonError::into_inner);
        let is_here = target.starts_with("dflag") && panics == thread::current().name();
        assert!(!(is_here && panics.is_some()), "on purpose");
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

fn begin() -> MutexGuard<'static, ()> {
    static SET: Once = Once::new();
    let test = TEST.lock().unwrap_or_else(PoisonError::into_inner);
    SET.call_once(|| tracing::subscriber::set_global_default(Panicking).unwrap());
    test
}

fn set_panics(thread: Option<&'static str>) {
    *PANICS.lock().unwrap_or_else(PoisonError::into_inner) = thread;
}

#[test]
fn updater_whose_thread_has_panicked_says_so_and_does_not_start() {
    let _test = begin();
    let world = World::with("5");
    let updater = world.set_up(world.builder());
    set_panics(Some("dflag-kube"));
    // It is logged.
    world.api.delete();
    wait_for("the panic", || updater.status().api.state == ApiState::Off);
    set_panics(None);
    let error = updater.status().updates.last_error.unwrap().to_string();
    assert!(error.contains("panicked: on purpose"), "{error}");
    wait_for("the end of the thread", || {
        matches!(updater.start(), Err(StartError::Thread(_)))
    });

    let world = World::new();
    let updater = world.builder_without_mount().build().unwrap();
    set_panics(Some("dflag-kube"));
    let error = updater.initialize_blocking().unwrap_err().to_string();
    set_panics(None);
    assert!(error.contains("panicked"), "{error}");
    assert!(matches!(updater.start(), Err(StartError::Thread(_))));
}

#[test]
fn mount_whose_thread_has_panicked_ends_the_wait_of_a_start_and_is_read_by_another_one() {
    let _test = begin();
    let mut world = World::new();
    // The warning that a volume is not filled yet is logged by its thread.
    symlink("..data/limit", world.mount_path().join("limit")).unwrap();
    let updater = world.builder().api(false).build().unwrap();
    set_panics(Some("dflag-mount"));
    let (sender, done) = mpsc::channel();
    thread::spawn(move || {
        let result = updater.initialize_blocking();
        let _ = sender.send((updater, result));
    });
    let (updater, result) = done.recv_timeout(PATIENCE).unwrap();
    set_panics(None);
    let error = result.unwrap_err().to_string();
    assert!(
        error.contains("the thread that reads it panicked"),
        "{error}"
    );
    world.mount("5");
    updater.start().unwrap();
    world.wait_for(5);
    world.mount("6");
    world.wait_for(6);
    let mount = updater.status().mount.unwrap();
    assert!(mount.error.is_none(), "{mount:?}");
}
