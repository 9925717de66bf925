//! kubelet's own writer of volumes, where `tests/kube/apiserver/build` has built it.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::api_server::assets;

/// A volume that kubelet's own code writes. It ends when this is dropped; the directory stays.
#[derive(Debug)]
pub struct AtomicWriter {
    root: PathBuf,
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl AtomicWriter {
    /// Creates the directory. `None` if the program is not there.
    ///
    /// # Errors
    /// If it can't be run.
    pub fn start(root: impl Into<PathBuf>) -> io::Result<Option<Self>> {
        let root = root.into();
        let program = assets().join("atomicwriter");
        if !program.is_file() {
            return Ok(None);
        }
        let mut process = Command::new(program)
            .arg(&root)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (Some(input), Some(output)) = (process.stdin.take(), process.stdout.take()) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        Ok(Some(Self {
            root,
            process,
            input,
            output: BufReader::new(output),
        }))
    }

    /// The mounted directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Publishes keys and their texts.
    ///
    /// # Errors
    /// If kubelet's write fails.
    pub fn write(&mut self, keys: &[(&str, &str)]) -> io::Result<()> {
        let keys: serde_json::Value = keys.iter().map(|(key, text)| (*key, *text)).collect();
        writeln!(self.input, "{keys}")?;
        self.input.flush()?;
        let mut answer = String::new();
        self.output.read_line(&mut answer)?;
        match answer.trim() {
            "ok" => Ok(()),
            error => Err(io::Error::other(error.to_owned())),
        }
    }
}

impl Drop for AtomicWriter {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
