//! A child process that was forked while an updater was there.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // test helpers may panic as well

mod common;

#[cfg(target_os = "linux")]
use std::{fs, process::Command, time::Duration};

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

#[cfg(target_os = "linux")]
#[test]
fn credentials_that_hang_in_the_parent_are_read_in_the_child() {
    let world = World::with("5");
    let folder = tempfile::tempdir().unwrap();
    // A read of it waits for somebody who writes.
    let kubeconfig = folder.path().join("hangs");
    let made = Command::new("mkfifo").arg(&kubeconfig).status().unwrap();
    assert!(made.success());
    let builder = world.builder().kubeconfig(&kubeconfig);
    let builder = builder.namespace("default");
    let updater = builder.api_wait(Duration::from_millis(100)).build();
    let updater = updater.unwrap();
    updater.initialize_blocking().unwrap();
    updater.stop().unwrap_err();
    let readable = world.proxy.write_kubeconfig(folder.path()).unwrap();
    let waits = fs::File::options().read(true).write(true).open(&kubeconfig);
    fs::rename(readable, &kubeconfig).unwrap();
    world.api.write(&[("limit", "6")]);
    assert!(in_child(|| {
        updater.start().unwrap();
        world.wait_for(6);
        updater.stop().is_ok()
    }));
    // Ends the read.
    drop(waits);
}
