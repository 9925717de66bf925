//! A running server: the built binary and its page.

use std::ffi::OsStr;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::time::Duration;

use dflag_tests::wait;

use crate::program::{DEADLINE, Program};

/// Time in which the page follows the directory.
pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// A running `server_kube`.
pub(crate) struct Server {
    program: Program,
    address: String,
}

impl Server {
    /// Starts a server on any free port that follows `directory`.
    pub(crate) fn start(directory: &Path) -> Self {
        Self::run(command(directory).arg("--port=0"))
    }

    /// Starts a server as `command` says.
    pub(crate) fn run(command: &mut Command) -> Self {
        let mut program = Program::start(command);
        let address = wait::until_some(DEADLINE, "the server's address", || {
            if let Some(status) = program.ended() {
                panic!("the server ended, {status}: {}", program.printed());
            }
            program.printed().lines().find_map(|line| {
                let (_, address) = line.split_once("listens on http://")?;
                Some(address.to_owned())
            })
        });
        Self { program, address }
    }

    /// What the server answers at `path`, which has to be with status 200.
    pub(crate) fn get(&self, path: &str) -> Vec<u8> {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: server\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();

        let end = b"\r\n\r\n";
        let head = answer.windows(end.len()).position(|bytes| bytes == end);
        let body = answer.split_off(head.unwrap() + end.len());
        let head = String::from_utf8(answer).unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{path}: {head}");
        body
    }

    /// The front page.
    pub(crate) fn page(&self) -> String {
        String::from_utf8(self.get("/")).unwrap()
    }

    /// The flags as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.get("/flags.txt")).unwrap()
    }

    /// The value that the text shows for a flag.
    pub(crate) fn value(&self, flag: &str) -> String {
        let line = self.line(flag);
        let (value, _) = line.rsplit_once(" # ").unwrap();
        value.to_owned()
    }

    /// What the text says of a flag, value and remarks.
    pub(crate) fn line(&self, flag: &str) -> String {
        self.rest(&format!("{flag} = "))
    }

    /// What the text says of the updater.
    pub(crate) fn status(&self, name: &str) -> String {
        self.rest(&format!("# {name}: "))
    }

    fn rest(&self, start: &str) -> String {
        let text = self.text();
        let Some(rest) = text.lines().find_map(|line| line.strip_prefix(start)) else {
            panic!("no line `{start}` in\n{text}");
        };
        rest.to_owned()
    }

    /// Waits until the text shows `value` for a flag.
    #[track_caller]
    pub(crate) fn until_value(&self, within: Duration, flag: &str, value: &str) {
        wait::until(within, &format!("{flag} = {value}"), || {
            self.value(flag) == value
        });
    }

    /// Waits until the text contains `part`.
    #[track_caller]
    pub(crate) fn until_text(&self, part: &str) {
        wait::until(DEADLINE, part, || self.text().contains(part));
    }

    /// What the server wrote to its standard output and error so far.
    pub(crate) fn printed(&self) -> String {
        self.program.printed()
    }

    /// Asks the server to end, and waits until it has.
    pub(crate) fn stop(&mut self) -> ExitStatus {
        self.program.stop()
    }
}

/// A server that follows `directory`, whatever the environment says.
pub(crate) fn command(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_server_kube"));
    command
        .arg("--config-dir")
        .arg(directory)
        .env_remove("UPSTREAM_TOKEN")
        .env_remove("SERVER_KUBE_REGION");
    command
}

/// Writes a file as a shell's `echo value > directory/key` does.
pub(crate) fn echo(value: &str, directory: &Path, key: impl AsRef<OsStr>) {
    fs::write(directory.join(key.as_ref()), format!("{value}\n")).unwrap();
}
