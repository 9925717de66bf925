//! What callbacks may do.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // test helpers may panic as well

mod common;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use clap::Parser;
use dflag::DynamicFlags;
use dflag_kube::Updater;

use common::{PATIENCE, World, wait_for};

/// How often a validator has blocked.
static VALIDATED: AtomicUsize = AtomicUsize::new(0);

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Args {
    #[arg(long, default_value_t = 1)]
    port: u16,
    #[arg(long, default_value_t = 1)]
    #[flag(dynamic, validate = validate)]
    limit: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as the derive calls it")]
fn validate(limit: &u32) -> Result<(), &'static str> {
    block();
    VALIDATED.fetch_add(1, Ordering::Relaxed);
    if *limit < 100 {
        Ok(())
    } else {
        Err("too high")
    }
}

/// Waits as a client does that blocks.
fn block() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    let wait = async { tokio::time::sleep(Duration::from_millis(1)).await };
    runtime.unwrap().block_on(wait);
}

#[test]
fn callbacks_may_block_on_a_runtime_of_their_own() {
    let mut world = World::new();
    world.mount("5");
    world.api.write(&[("limit", "6"), ("port", "80")]);
    let args = Args::try_parse_dynamic_from(["server"]).unwrap();
    let (notified, pending) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (of_subscriber, of_pending) = (Arc::clone(&notified), Arc::clone(&pending));
    let _subscription = args.limit.on_change(move |_, _| {
        block();
        of_subscriber.fetch_add(1, Ordering::Relaxed);
    });
    let folder = tempfile::tempdir().unwrap();
    let updater = Updater::builder(&args, "flags")
        .kubeconfig(world.proxy.write_kubeconfig(folder.path()).unwrap())
        .mount(world.mount_path())
        .api_wait(Duration::ZERO)
        .restart_jitter(Duration::ZERO..=Duration::ZERO)
        .on_pending_restart(move |_| {
            block();
            of_pending.fetch_add(1, Ordering::Relaxed);
        })
        .build()
        .unwrap();
    updater.initialize_blocking().unwrap();
    assert_eq!(args.limit.get(), 5);
    assert_eq!(notified.load(Ordering::Relaxed), 1);
    let validated = VALIDATED.load(Ordering::Relaxed);
    assert!(validated > 0);
    // What the API has for the static flag is pending a restart.
    updater.start().unwrap();
    wait_for("the callback for restarts", || {
        pending.load(Ordering::Relaxed) > 0
    });
    assert_eq!((args.limit.get(), notified.load(Ordering::Relaxed)), (6, 2));
    world.api.write(&[("limit", "7"), ("port", "80")]);
    wait_for("the change", || notified.load(Ordering::Relaxed) == 3);
    assert_eq!(args.limit.get(), 7);
    assert!(VALIDATED.load(Ordering::Relaxed) > validated);
    let status = updater.status().updates;
    assert!(
        status.last_error.is_none() && status.rejected == 0,
        "{status:?}"
    );
}

/// The updater that a check of [`Checked`] stops.
static OF_CHECK: Mutex<Option<Arc<Updater>>> = Mutex::new(None);

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Checked {
    #[arg(long, default_value_t = 1)]
    #[flag(dynamic, validate = stop_in_check)]
    limit: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as the derive calls it")]
#[expect(clippy::unnecessary_wraps, reason = "as the derive calls it")]
fn stop_in_check(_: &u32) -> Result<(), &'static str> {
    let updater = OF_CHECK.lock().unwrap().take();
    if let Some(updater) = updater {
        // Until the other thread has started it, it is not running.
        wait_for("a start", || updater.stop().is_ok());
    }
    Ok(())
}

#[test]
fn check_on_another_thread_may_stop_the_updater_that_is_being_started() {
    let mut world = World::new();
    world.mount("5");
    let args = Checked::try_parse_dynamic_from(["server"]).unwrap();
    let builder = Updater::builder(&args, "flags").namespace("default");
    let builder = builder.mount(world.mount_path()).api(false);
    let updater = Arc::new(builder.build().unwrap());
    *OF_CHECK.lock().unwrap() = Some(Arc::clone(&updater));
    let (sender, done) = mpsc::channel();
    let (set, start) = (sender.clone(), sender);
    let (of_check, of_start) = (args.clone(), Arc::clone(&updater));
    thread::spawn(move || set.send(of_check.set("limit", "2").is_ok()));
    wait_for("the check", || OF_CHECK.lock().unwrap().is_none());
    thread::spawn(move || start.send(of_start.start().is_ok()));
    for _ in 0..2 {
        assert!(done.recv_timeout(PATIENCE).unwrap());
    }
    updater.start().unwrap();
}

#[test]
fn updater_that_its_own_callback_drops_has_no_successor_before_the_end_of_its_thread() {
    let world = World::with("5");
    let updater = Mutex::new(Some(world.set_up(world.builder())));
    let (sender, built) = mpsc::channel();
    let second = world.builder();
    let second = Mutex::new(Some(second));
    let _subscription = world.args.limit.on_change(move |_, _| {
        drop(updater.lock().unwrap().take());
        if let Some(second) = second.lock().unwrap().take() {
            let _ = sender.send(second.build().is_ok());
        }
    });
    world.api.write(&[("limit", "6")]);
    assert!(!built.recv_timeout(PATIENCE).unwrap());
    wait_for("the end of the thread", || world.builder().build().is_ok());
}
