//! What callbacks may do.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // test helpers may panic as well

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use clap::Parser;
use dflag::DynamicFlags;
use dflag_kube::Updater;

use common::{World, wait_for};

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
