//! The length of the event queue, a limit of the whole machine that each inotify instance reads when it is created.

use std::fs;
use std::process::Command;

use crate::common::Volume;
use crate::common::process::{Process, fill_queue};

const LIMIT: &str = "/proc/sys/fs/inotify/max_queued_events";
const LENGTH: u32 = 16;

/// Checks that the limit may be changed, without changing it.
pub(crate) fn may_be_limited() -> Result<(), String> {
    let now = fs::read_to_string(LIMIT).map_err(|error| format!("{LIMIT}: {error}"))?;
    fs::write(LIMIT, now).map_err(|error| format!("{LIMIT}: {error}"))
}

/// Lowers the limit until it is dropped, even by a panic.
struct Lowered(String);

impl Lowered {
    fn to(most: u32) -> Self {
        let before = fs::read_to_string(LIMIT).unwrap();
        fs::write(LIMIT, most.to_string()).unwrap();
        Self(before)
    }
}

impl Drop for Lowered {
    fn drop(&mut self) {
        fs::write(LIMIT, &self.0).unwrap();
    }
}

pub(crate) fn an_overflow_of_a_queue_of_sixteen_events_loses_no_update() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("a", "0")]);
    let process = {
        // Only until the other process has created its instance.
        let _lowered = Lowered::to(LENGTH);
        Process::run(Command::new(std::env::current_exe().unwrap()), dir.path())
    };
    for round in 0..3 {
        process.stop();
        fill_queue(dir.path(), LENGTH);
        for n in 1..=50 {
            volume.publish(&[("a", &(round * 100 + n).to_string())]);
        }
        process.resume();
        process.expect(round * 100 + 50);
        volume.publish(&[("a", &(round * 100 + 51).to_string())]);
        process.expect(round * 100 + 51);
    }
    process.end();
}
