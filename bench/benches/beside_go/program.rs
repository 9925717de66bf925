//! The two programs as child processes.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::str::FromStr;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The numbers that a program printed, by their names.
pub(crate) type Numbers = BTreeMap<String, Vec<f64>>;

/// A directory with a parent of its own, which the original watches as well.
pub(crate) struct Directory {
    _parent: tempfile::TempDir,
    root: String,
}

impl Directory {
    pub(crate) fn new() -> Result<Self> {
        let parent = tempfile::tempdir()?;
        let root = parent.path().join("flags");
        fs::create_dir(&root)?;
        let root = root.into_os_string().into_string();
        Ok(Self {
            _parent: parent,
            root: root.map_err(|_| "the temporary directory's name is not UTF-8")?,
        })
    }

    pub(crate) fn root(&self) -> &str {
        &self.root
    }

    pub(crate) fn path(&self) -> &Path {
        Path::new(&self.root)
    }
}

pub(crate) struct Program(pub(crate) PathBuf);

impl Program {
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.0);
        command.args(args);
        command
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Result<Numbers> {
        let output = self.command(args).stderr(Stdio::inherit()).output()?;
        if !output.status.success() {
            let (program, verb) = (self.0.display(), args.first());
            return Err(format!("{program} {verb:?}: {}", output.status).into());
        }
        let mut numbers = Numbers::new();
        for line in String::from_utf8(output.stdout)?.lines() {
            let (name, number) = line.split_once(' ').ok_or("a line without a number")?;
            numbers
                .entry(name.to_owned())
                .or_default()
                .push(number.parse()?);
        }
        Ok(numbers)
    }

    pub(crate) fn start(&self, args: &[&str]) -> Result<Running> {
        let mut command = self.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let output = child.stdout.take().ok_or("no standard output")?;
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in BufReader::new(output)
                .lines()
                .map_while(std::result::Result::ok)
            {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Ok(Running { child, lines })
    }
}

/// A running program. Dropping it ends it.
pub(crate) struct Running {
    child: Child,
    lines: Receiver<String>,
}

impl Running {
    /// Lets the program set up its flags.
    pub(crate) fn set_up(&mut self) -> Result<()> {
        self.next::<u64>("before")?;
        self.send("")?;
        self.next::<u64>("ready")?;
        Ok(())
    }

    pub(crate) fn send(&mut self, line: &str) -> Result<()> {
        let input = self.child.stdin.as_mut().ok_or("no standard input")?;
        Ok(writeln!(input, "{line}")?)
    }

    /// The number in the next line, which has this name.
    pub(crate) fn next<N: FromStr>(&mut self, name: &str) -> Result<N> {
        let line = self.lines.recv_timeout(Duration::from_secs(30));
        let line = line.map_err(|_| format!("a program printed no `{name}` in 30 s"))?;
        let number = line.strip_prefix(name).map(str::trim);
        let number = number.and_then(|number| number.parse().ok());
        number.ok_or_else(|| format!("`{line}` instead of `{name}`").into())
    }

    /// A number from the program's status.
    pub(crate) fn status(&self, field: &str) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(field));
        let number = line.and_then(|rest| rest.split_whitespace().next());
        Ok(number.ok_or("no such field")?.parse()?)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
