//! A running program and what it printed so far.

use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use dflag_tests::wait;

/// Time in which anything happens that happens at all.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// A running program, killed on drop.
pub(crate) struct Program {
    process: Child,
    printed: Arc<Mutex<String>>,
}

impl Program {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut process = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let printed = Arc::default();
        keep(process.stdout.take().unwrap(), &printed);
        keep(process.stderr.take().unwrap(), &printed);
        Self { process, printed }
    }

    /// What the program wrote to its standard output and error so far.
    pub(crate) fn printed(&self) -> String {
        self.printed.lock().unwrap().clone()
    }

    /// How the program ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.process.try_wait().unwrap()
    }

    /// Asks the program to end, as Kubernetes does, and waits until it has.
    pub(crate) fn stop(&mut self) -> ExitStatus {
        let kill = format!("kill -TERM {}", self.process.id());
        let asked = Command::new("sh").args(["-c", &kill]).status().unwrap();
        assert!(asked.success());
        wait::until_some(DEADLINE, "the program's end", || self.ended())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Keeps each line of `stream` until it ends.
fn keep(stream: impl Read + Send + 'static, printed: &Arc<Mutex<String>>) {
    let printed = Arc::clone(printed);
    thread::spawn(move || {
        for line in BufReader::new(stream).lines() {
            let line = line.unwrap();
            let mut printed = printed.lock().unwrap();
            printed.push_str(&line);
            printed.push('\n');
        }
    });
}
