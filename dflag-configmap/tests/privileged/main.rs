//! Situations that take a privilege: mounts, limits of the system, a file system of one's own.
//!
//! Each runs in a process of its own, in namespaces that end with it, so nothing that it does
//! outlives it or reaches another test. Where a plain user may have such namespaces, a plain user runs them.
//! What can't run here is named with the reason, and the last line counts it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // helpers of tests may fail loudly, too
#![allow(clippy::panic, clippy::print_stdout)] // it is its own harness

#[path = "../common/mod.rs"]
mod common;
mod fuse;
mod limits;
mod mounts;
mod queue;
mod room;

use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use room::Room;

/// The situation that this process is to run.
const SITUATION: &str = "DFLAG_TEST_SITUATION";

/// No situation takes longer.
const LONGEST: Duration = Duration::from_secs(90);

/// A test, and where it has to run.
struct Situation {
    name: &'static str,
    room: Room,
    run: fn(),
}

/// `Room: functions…`, each of which is a test.
macro_rules! situations {
    ($($room:ident: $($module:ident::$run:ident),+;)+) => {
        const SITUATIONS: &[Situation] = &[$($(Situation {
            name: stringify!($run),
            room: Room::$room,
            run: $module::$run,
        },)+)+];
    };
}

situations! {
    Mounts:
        mounts::a_file_mounted_into_the_directory_is_told_before_an_update_is_lost,
        mounts::what_is_mounted_over_the_directory_is_followed_and_so_is_the_return;
    Fuse:
        fuse::a_mount_on_a_file_system_without_events_is_followed_by_polling,
        fuse::two_changes_of_one_size_within_one_second_end_with_the_last_one,
        fuse::two_changes_to_a_generation_within_one_second_end_with_the_last_one;
    Limits:
        limits::without_an_inotify_instance_it_polls_and_says_so,
        limits::without_a_watch_to_be_had_it_polls_and_says_so,
        limits::with_a_watch_for_the_directory_alone_events_arrive;
    Queue:
        queue::a_queue_of_sixteen_overflows_while_the_process_is_stopped_and_it_converges;
}

fn main() -> ExitCode {
    if let Some(directory) = std::env::var_os(common::process::DIRECTORY) {
        common::process::follow_and_print(directory.as_ref());
        return ExitCode::SUCCESS;
    }
    if let Ok(name) = std::env::var(SITUATION) {
        let found = SITUATIONS.iter().find(|situation| situation.name == name);
        (found.unwrap().run)();
        return ExitCode::SUCCESS;
    }
    let given: Vec<String> = std::env::args().skip(1).collect();
    if given.iter().any(|argument| argument == "--list") {
        for Situation { name, .. } in SITUATIONS {
            println!("{name}: test");
        }
        return ExitCode::SUCCESS;
    }
    let parts: Vec<&String> = given.iter().filter(|part| !part.starts_with('-')).collect();
    let wanted = |name: &str| parts.is_empty() || parts.iter().any(|part| name.contains(*part));

    let [mut passed, mut failed, mut skipped] = [0; 3];
    for Situation { name, room, .. } in SITUATIONS.iter().filter(|one| wanted(one.name)) {
        let outcome = room.enter().and_then(|command| run(command, name));
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
        .env(SITUATION, name)
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
