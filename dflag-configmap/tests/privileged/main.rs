//! Cases that require privileges: mounts, limits of the system, a file system.
//!
//! Each runs in its own process and its own namespaces, so that it affects no other test. Where any user
//! may create such namespaces, no privilege is required. Cases that can't run are listed with the reason.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // test helpers may panic as well
#![allow(clippy::panic, clippy::print_stdout)] // this is the harness

#[path = "../common/mod.rs"]
mod common;
mod environment;
mod fuse;
mod limits;
mod mounts;
mod queue;

use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use environment::Environment;

/// The variable with the case to run.
const CASE: &str = "DFLAG_TEST_CASE";

/// The time limit of a case.
const TIMEOUT: Duration = Duration::from_secs(90);

/// A test, and where it runs.
struct Case {
    name: &'static str,
    environment: Environment,
    run: fn(),
}

/// `Environment: functions…`, each of which is a test.
macro_rules! cases {
    ($($environment:ident: $($module:ident::$run:ident),+;)+) => {
        const CASES: &[Case] = &[$($(Case {
            name: stringify!($run),
            environment: Environment::$environment,
            run: $module::$run,
        },)+)+];
    };
}

cases! {
    Mounts:
        mounts::a_file_mounted_into_the_directory_is_reported_before_an_update_is_lost,
        mounts::a_mount_over_the_directory_is_followed_and_so_is_its_end;
    Fuse:
        fuse::a_volume_on_a_file_system_without_events_is_followed_by_polling,
        fuse::the_last_of_two_changes_of_equal_size_within_one_second_is_found,
        fuse::the_last_of_two_changes_to_a_generation_within_one_second_is_found,
        fuse::a_file_that_could_not_be_read_for_a_moment_is_applied_with_the_next_scan;
    Limits:
        limits::without_an_inotify_instance_the_updater_polls_and_reports_it,
        limits::without_an_inotify_watch_the_updater_polls_and_reports_it,
        limits::one_watch_for_the_directory_is_enough_for_events;
    Queue:
        queue::an_overflow_of_a_queue_of_sixteen_events_loses_no_update;
}

fn main() -> ExitCode {
    if let Some(directory) = std::env::var_os(common::process::DIRECTORY) {
        common::process::follow_and_print(directory.as_ref());
        return ExitCode::SUCCESS;
    }
    if let Ok(name) = std::env::var(CASE) {
        let found = CASES.iter().find(|case| case.name == name);
        (found.unwrap().run)();
        return ExitCode::SUCCESS;
    }
    let given: Vec<String> = std::env::args().skip(1).collect();
    if given.iter().any(|argument| argument == "--list") {
        for Case { name, .. } in CASES {
            println!("{name}: test");
        }
        return ExitCode::SUCCESS;
    }
    let parts: Vec<&String> = given.iter().filter(|part| !part.starts_with('-')).collect();
    let wanted = |name: &str| parts.is_empty() || parts.iter().any(|part| name.contains(*part));

    let [mut passed, mut failed, mut skipped] = [0; 3];
    for Case {
        name, environment, ..
    } in CASES.iter().filter(|one| wanted(one.name))
    {
        let outcome = environment.enter().and_then(|command| run(command, name));
        let text = match outcome {
            Ok(None) => {
                passed += 1;
                "ok".to_owned()
            }
            Ok(Some(output)) => {
                failed += 1;
                format!("FAILED\n{output}")
            }
            Err(why) => {
                skipped += 1;
                format!("not run: {why}")
            }
        };
        println!("test {name} ... {text}");
    }
    println!("privileged: {passed} passed, {failed} failed, {skipped} skipped");
    ExitCode::from(u8::from(failed > 0))
}

/// Runs a case by `command`. Returns its output if it failed.
fn run(mut command: Command, name: &str) -> Result<Option<String>, String> {
    // Unlike a pipe, a file need not be read while the case runs.
    let output = tempfile::NamedTempFile::new().unwrap();
    let out = || Stdio::from(output.as_file().try_clone().unwrap());
    let child = command
        .env(CASE, name)
        .stdin(Stdio::null())
        .stdout(out())
        .stderr(out())
        .spawn();
    let mut child = child.map_err(|error| error.to_string())?;
    let deadline = Instant::now() + TIMEOUT;
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break Some(status),
            None if Instant::now() > deadline => {
                let _ = child.kill();
                break None;
            }
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    if status.is_some_and(|status| status.success()) {
        return Ok(None);
    }
    let output = std::fs::read_to_string(output.path()).unwrap_or_default();
    Ok(Some(format!("{output}\nended with {status:?}")))
}
