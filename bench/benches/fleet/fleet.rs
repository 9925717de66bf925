//! The fleet: a few processes with many updaters each.

use std::error::Error;
use std::fs;
use std::io::{BufRead as _, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::cluster::{CONFIG_MAP, Cluster};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const PROCESSES: usize = 4;

/// Who follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Bare,
    Updaters,
}

pub(crate) struct Fleet {
    processes: Vec<Process>,
    count: usize,
}

/// A process, which ends when this is dropped.
struct Process {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Fleet {
    /// Starts it, and waits until all follow.
    pub(crate) fn start(cluster: &Cluster, kind: Kind, count: usize) -> Result<Self> {
        let share = count.div_ceil(PROCESSES);
        let mut fleet = Self {
            processes: Vec::new(),
            count: share * PROCESSES,
        };
        for _ in 0..PROCESSES {
            fleet.processes.push(Process::start(cluster, kind, share)?);
        }
        for process in &mut fleet.processes {
            let line = process.next()?;
            if line != "ready" {
                return Err(format!("`{line}` instead of `ready`").into());
            }
        }
        Ok(fleet)
    }

    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// How long after `since` each one had the next change.
    pub(crate) fn arrivals(&mut self, since: SystemTime) -> Result<Vec<Duration>> {
        let since = since.duration_since(UNIX_EPOCH)?;
        let mut times = Vec::new();
        for process in &mut self.processes {
            for time in process.next()?.split(' ') {
                let time = Duration::from_nanos(time.parse()?);
                times.push(time.saturating_sub(since));
            }
        }
        times.sort();
        Ok(times)
    }

    /// The resident memory of all, in KiB.
    pub(crate) fn resident(&self) -> Result<u64> {
        let of = |process: &Process| number(&process.file("status"), "VmRSS:");
        self.processes.iter().map(of).sum()
    }

    /// How often their threads have waited, and so were woken.
    pub(crate) fn wakeups(&self) -> Result<u64> {
        let mut wakeups = 0;
        for process in &self.processes {
            for thread in fs::read_dir(process.file("task"))? {
                let status = thread?.path().join("status");
                wakeups += number(&status.display().to_string(), "voluntary_ctxt_switches:")?;
            }
        }
        Ok(wakeups)
    }
}

impl Process {
    fn start(cluster: &Cluster, kind: Kind, count: usize) -> Result<Self> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fleet"));
        command
            .arg(format!("--count={count}"))
            .arg(format!("--config-map={CONFIG_MAP}"))
            .arg("--kubeconfig")
            .arg(&cluster.kubeconfig)
            .stdout(Stdio::piped());
        if kind == Kind::Bare {
            command.arg("--bare");
        }
        let mut child = command.spawn()?;
        let output = child.stdout.take().ok_or("no standard output")?;
        Ok(Self {
            child,
            lines: BufReader::new(output).lines(),
        })
    }

    fn next(&mut self) -> Result<String> {
        let line = self.lines.next();
        Ok(line.ok_or("a process of the fleet has ended")??)
    }

    fn file(&self, name: &str) -> String {
        format!("/proc/{}/{name}", self.child.id())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The number after `field` in a file of `/proc`.
fn number(file: &str, field: &str) -> Result<u64> {
    let text = fs::read_to_string(file)?;
    let line = text.lines().find_map(|line| line.strip_prefix(field));
    let number = line.and_then(|rest| rest.split_whitespace().next());
    Ok(number.ok_or("no such field")?.parse()?)
}
