//! A child process that was forked while an updater was there.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // test helpers may panic as well

mod common;

use dflag_kube::{InitializeError, StartError, StopError};

use common::World;
use common::child::in_child;

#[test]
fn in_a_forked_child_the_updater_is_not_running_and_dropping_it_does_nothing() {
    for is_started in [false, true] {
        let world = World::with("5");
        let updater = world.builder().build().unwrap();
        updater.initialize_blocking().unwrap();
        if is_started {
            updater.start().unwrap();
        }
        let mut updater = Some(updater);
        assert!(in_child(|| {
            let updater = updater.take().unwrap();
            let initialized = updater.initialize_blocking();
            let is_error = if is_started {
                matches!(initialized, Err(InitializeError::Started))
            } else {
                initialized.unwrap_err().to_string().contains("parent")
            };
            let started = updater.start();
            let stopped = updater.stop();
            drop(updater);
            is_error
                && matches!(started, Err(StartError::Forked))
                && matches!(stopped, Err(StopError::NotRunning))
                && world.limit() == 5
        }));
        assert!(in_child(|| {
            drop(updater.take());
            true
        }));
        // It goes on in the parent.
        let updater = updater.unwrap();
        if !is_started {
            updater.start().unwrap();
        }
        world.api.write(&[("limit", "6")]);
        world.wait_for(6);
        updater.stop().unwrap();
    }
}

#[test]
fn updater_that_was_only_built_before_the_fork_works_in_the_child() {
    let world = World::with("5");
    let updater = world.builder().build().unwrap();
    assert!(in_child(|| {
        updater.initialize_blocking().unwrap();
        updater.start().unwrap();
        updater.stop().is_ok() && world.limit() == 5
    }));
    updater.initialize_blocking().unwrap();
}

#[test]
fn updater_that_was_stopped_before_the_fork_starts_in_the_child() {
    let world = World::with("5");
    let updater = world.builder().setup_blocking().unwrap();
    updater.stop().unwrap();
    world.api.write(&[("limit", "6")]);
    assert!(in_child(|| {
        updater.start().unwrap();
        world.wait_for(6);
        updater.stop().is_ok()
    }));
}
