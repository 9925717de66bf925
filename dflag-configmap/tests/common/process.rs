//! A separate process that follows a directory and can be stopped and resumed.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::{args, builder, follow, last_error, until};

/// The prefix of each value that the process prints.
const PREFIX: &str = "value of a: ";

/// The variable with the directory to follow.
pub const DIRECTORY: &str = "DFLAG_TEST_FOLLOW";

/// Less than the period of [`builder`].
const SOON: Duration = Duration::from_secs(10);

/// Runs in the process: follows the directory and prints `a` until its input ends.
pub fn follow_and_print(directory: &Path) {
    let args = args();
    let updater = follow(builder(&args, directory));
    let print = |value: u32| {
        let mut out = std::io::stdout().lock();
        writeln!(out, "\n{PREFIX}{value}").unwrap();
        out.flush().unwrap();
    };
    let _sub = args.a.on_change(move |_, new| print(*new));
    print(args.a.get());
    let _ = std::io::stdin().read_line(&mut String::new());
    assert_eq!(
        (last_error(&updater).as_str(), updater.status().rejected),
        ("", 0)
    );
}

/// Fills a queue of `events` entries with irrelevant events, so that later ones are lost.
pub fn fill_queue(directory: &Path, events: u32) {
    let (one, two) = (directory.join(".one"), directory.join(".two"));
    // More than two events each. Equal events in a row would be combined into one.
    for _ in 0..=events / 2 {
        std::os::unix::fs::symlink("nothing", &one).unwrap();
        std::fs::rename(&one, &two).unwrap();
        std::fs::remove_file(&two).unwrap();
    }
}

/// A handle of the process, which ends when this is dropped.
pub struct Process {
    child: Child,
    values: Receiver<u32>,
}

impl Process {
    /// Runs `command`, which calls [`follow_and_print`], and waits until it follows the directory.
    pub fn run(mut command: Command, directory: &Path) -> Self {
        let mut child = command
            .env(DIRECTORY, directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (send, values) = channel();
        let out = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                if let Some(value) = line.strip_prefix(PREFIX) {
                    let _ = send.send(value.parse().unwrap());
                }
            }
        });
        let process = Self { child, values };
        process.values.recv_timeout(SOON).unwrap();
        process
    }

    /// Stops it, so that events pile up.
    pub fn stop(&self) {
        self.signal("STOP");
        let stat = format!("/proc/{}/stat", self.child.id());
        until("the stop", || {
            let stat = std::fs::read_to_string(&stat).unwrap();
            stat.rsplit(')').next().unwrap().trim().starts_with('T')
        });
    }

    /// Resumes it.
    pub fn resume(&self) {
        self.signal("CONT");
    }

    /// Waits until `a` is `expected` there.
    pub fn expect(&self, expected: u32) {
        while self.values.recv_timeout(SOON).unwrap() != expected {}
    }

    /// Ends it, and asserts that it succeeded.
    pub fn end(mut self) {
        drop(self.child.stdin.take());
        assert!(self.child.wait().unwrap().success());
    }

    fn signal(&self, name: &str) {
        let mut kill = Command::new("kill");
        kill.arg(format!("-{name}"))
            .arg(self.child.id().to_string());
        assert!(kill.status().unwrap().success());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
