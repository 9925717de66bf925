//! Stopping: what ends, and what may begin meanwhile.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // test helpers may panic as well

mod common;

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::task::{Context, Waker};
use std::thread;
use std::time::{Duration, Instant};

use dflag_kube::{ApiState, InitializeError, StartError, Updater};
use dflag_tests::fault_proxy::{Fault, Kind};

use common::{PATIENCE, World, wait_for};

/// An updater whose `initialize` waits for an API that does not answer, for as long as the tests' patience.
fn waiting(world: &World) -> Updater {
    world.proxy.fail(Kind::List, Fault::Silence);
    world.builder_without_mount().build().unwrap()
}

/// Polls a call of `initialize` once, waits until the API is asked, and drops the call.
fn begin_and_cancel(world: &World, updater: &Updater) {
    let mut call = pin!(updater.initialize());
    let mut context = Context::from_waker(Waker::noop());
    assert!(call.as_mut().poll(&mut context).is_pending());
    wait_for("the list", || world.proxy.count(Kind::List) > 0);
}

#[test]
fn stop_ends_an_initialize_that_waits() {
    let world = World::new();
    let updater = waiting(&world);
    let start = Instant::now();
    let error = thread::scope(|scope| {
        let call = scope.spawn(|| updater.initialize_blocking());
        wait_for("the list", || world.proxy.count(Kind::List) > 0);
        assert!(matches!(
            updater.initialize_blocking(),
            Err(InitializeError::Busy)
        ));
        assert!(matches!(updater.start(), Err(StartError::Initializing)));
        updater.stop().unwrap();
        call.join().unwrap().unwrap_err()
    });
    assert!(error.to_string().contains("stopped"), "{error}");
    assert!(start.elapsed() < PATIENCE / 4, "{:?}", start.elapsed());
    // It can begin anew.
    world.api.write(&[("limit", "6")]);
    world.proxy.heal();
    updater.initialize_blocking().unwrap();
    assert_eq!(world.limit(), 6);
}

#[test]
fn updater_whose_initialize_was_cancelled_is_dropped_at_once() {
    let world = World::new();
    let updater = waiting(&world);
    let start = Instant::now();
    begin_and_cancel(&world, &updater);
    drop(updater);
    assert!(start.elapsed() < PATIENCE / 4, "{:?}", start.elapsed());
}

#[test]
fn cancelled_initialize_applies_nothing_and_another_call_may_follow() {
    let world = World::new();
    world.api.write(&[("limit", "6")]);
    let updater = waiting(&world);
    begin_and_cancel(&world, &updater);
    world.proxy.heal();
    world.proxy.cut(false);
    updater.initialize_blocking().unwrap();
    assert_eq!(world.limit(), 6);

    let world = World::new();
    world.api.write(&[("limit", "6"), ("port", "80")]);
    world.proxy.fail(Kind::List, Fault::Late);
    let updater = world.builder_without_mount().build().unwrap();
    begin_and_cancel(&world, &updater);
    world.proxy.heal();
    // The answer has arrived.
    wait_for("the watch", || world.proxy.open_watches() > 0);
    assert_eq!(world.limit(), 1);
    updater.start().unwrap();
    world.wait_for(6);
    assert_eq!(world.args.load().port, 1);
}

#[test]
fn start_waits_for_the_end_of_a_stop_on_another_thread() {
    let world = World::with("5");
    let updater = world.set_up(world.builder());
    let (entered, has_entered) = mpsc::channel();
    let (release, is_released) = mpsc::channel::<()>();
    let is_released = std::sync::Mutex::new(is_released);
    let subscription = world.args.limit.on_change(move |_, _| {
        let _ = entered.send(());
        let _ = is_released.lock().unwrap().recv();
    });
    world.api.write(&[("limit", "6")]);
    has_entered.recv_timeout(PATIENCE).unwrap();
    let calls = AtomicUsize::new(0);
    thread::scope(|scope| {
        let stop = scope.spawn(|| updater.stop());
        let start = scope.spawn(|| {
            loop {
                calls.fetch_add(1, Ordering::Relaxed);
                // Until the other thread has begun to stop it, it is running.
                match updater.start() {
                    Err(StartError::Running) => thread::yield_now(),
                    other => return other,
                }
            }
        });
        wait_for("a call that waits or has ended", || {
            let before = calls.load(Ordering::Relaxed);
            thread::sleep(Duration::from_millis(100));
            before > 0 && calls.load(Ordering::Relaxed) == before
        });
        drop(release);
        stop.join().unwrap().unwrap();
        start.join().unwrap().unwrap();
    });
    drop(subscription);
    world.api.write(&[("limit", "7")]);
    world.wait_for(7);
}

#[test]
fn stop_does_not_wait_for_the_health_check_before_an_update() {
    let world = World::with("5");
    let (entered, has_entered) = mpsc::channel();
    let (release, is_released) = mpsc::channel::<()>();
    let channels = std::sync::Mutex::new((entered, is_released));
    let builder = world.builder().probation(Duration::ZERO, move || {
        let channels = channels.lock().unwrap();
        let _ = channels.0.send(());
        let _ = channels.1.recv();
        Ok(())
    });
    let updater = world.set_up(builder.health_timeout(PATIENCE * 10));
    for limit in ["6", "7"] {
        world.api.write(&[("limit", limit)]);
        if limit == "6" {
            has_entered.recv_timeout(PATIENCE).unwrap();
        } else {
            // The check still hangs.
            updater.start().unwrap();
        }
        let start = Instant::now();
        updater.stop().unwrap();
        assert!(start.elapsed() < PATIENCE / 4, "{:?}", start.elapsed());
    }
    drop(release);
    updater.start().unwrap();
    world.wait_for(7);
}

#[test]
fn status_of_a_stopped_updater_judges_nothing() {
    let mut world = World::with("5");
    let updater = world.set_up(world.builder().rescan_every(Duration::from_millis(100)));
    world.proxy.fail_all(&Fault::Close);
    world.cut(false);
    wait_for("the outage", || {
        updater.status().api.state == ApiState::Away
    });
    world.mount("4");
    wait_for("the held swap", || updater.status().mount.unwrap().is_held);
    world.volume.tear_down().unwrap();
    wait_for("the mount's error", || {
        updater.status().mount.unwrap().error.is_some()
    });
    updater.stop().unwrap();
    let mount = updater.status().mount.unwrap();
    assert!(!mount.is_held && mount.error.is_none(), "{mount:?}");

    let mut world = World::with("5");
    world.mount("9");
    let updater = world.set_up(world.builder().mount_lag(Duration::from_secs(1)));
    wait_for("the report", || updater.status().mount.unwrap().is_foreign);
    updater.stop().unwrap();
    let mount = updater.status().mount.unwrap();
    assert!(!mount.is_foreign, "{mount:?}");
    // It is judged again.
    updater.start().unwrap();
    wait_for("the report", || updater.status().mount.unwrap().is_foreign);
}

#[test]
fn deleted_object_is_an_error_after_the_next_start_as_well() {
    let world = World::with("5");
    let updater = world.set_up(world.builder());
    let applied = updater.status().applied;
    assert!(applied.is_some());
    let error = || {
        let error = updater.status().updates.last_error;
        error.map(|error| error.to_string()).unwrap_or_default()
    };
    world.api.delete();
    wait_for("the deletion", || error().contains("no ConfigMap"));
    updater.stop().unwrap();
    world.proxy.fail_all(&Fault::Close);
    updater.start().unwrap();
    wait_for("the outage", || updater.status().api.error.is_some());
    let status = updater.status();
    assert!(error().contains("no ConfigMap"), "{status:?}");
    assert!(status.api.is_missing);
    assert_eq!(status.applied, applied);
    assert_eq!(world.limit(), 5);
}
