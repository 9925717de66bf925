//! Situations that take a privilege: mounts, limits of the system, a file system of one's own.
//!
//! Each runs in a process of its own, in namespaces that end with it, so nothing that it does
//! outlives it or reaches another test. Where a plain user may have such namespaces, a plain user runs them.
//! What can't run here is named with the reason, and the last line counts it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // helpers of tests may fail loudly, too
#![allow(clippy::panic, clippy::print_stdout)] // it is its own harness

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

/// The situation that this process is to run.
const CASE: &str = "DFLAG_TEST_SITUATION";

/// No situation takes longer.
const LONGEST: Duration = Duration::from_secs(90);

/// A test, and where it has to run.
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
        fuse::the_last_of_two_changes_to_a_generation_within_one_second_is_found;
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
            Ok(Some(said)) => {
                failed += 1;
                format!("FAILED\n{said}")
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

/// Runs a situation by `command`; returns what it said if it failed.
fn run(mut command: Command, name: &str) -> Result<Option<String>, String> {
    // A file takes any amount of output, and needs nobody to read it meanwhile.
    let said = tempfile::NamedTempFile::new().unwrap();
    let out = || Stdio::from(said.as_file().try_clone().unwrap());
    let child = command
        .env(CASE, name)
        .stdin(Stdio::null())
        .stdout(out())
        .stderr(out())
        .spawn();
    let mut child = child.map_err(|error| error.to_string())?;
    let deadline = Instant::now() + LONGEST;
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
    let said = std::fs::read_to_string(said.path()).unwrap_or_default();
    Ok(Some(format!("{said}\nended with {status:?}")))
}
