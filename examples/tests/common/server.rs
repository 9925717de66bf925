//! A running server and requests to it.

use std::ffi::OsStr;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::time::Duration;

use dflag_tests::wait;

use super::program::{DEADLINE, Program};

/// Time within which the page shows a change of the directory.
pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// A running `server_kube`.
pub(crate) struct Server {
    program: Program,
    address: String,
    debug: String,
}

impl Server {
    /// Starts a server that follows `directory`.
    pub(crate) fn start(directory: &Path) -> Self {
        Self::run(&mut command(directory))
    }

    /// Starts a server by this command.
    pub(crate) fn run(command: &mut Command) -> Self {
        let mut program = Program::start(command);
        let mut address = |prefix: &str| {
            wait::until_some(DEADLINE, prefix, || {
                if let Some(status) = program.exit_status() {
                    panic!("the server ended, {status}: {}", program.output());
                }
                let output = program.output();
                let mut lines = output.lines();
                lines.find_map(|line| Some(line.split_once(prefix)?.1.to_owned()))
            })
        };
        let debug = address("its flags are on http://");
        let address = address("listens on http://");
        Self {
            program,
            address,
            debug,
        }
    }

    /// The URL of the debug page.
    pub(crate) fn debug_url(&self) -> String {
        format!("http://{}", self.debug)
    }

    /// The body of the response at `path`, which has to have status 200.
    pub(crate) fn get(&self, path: &str) -> Vec<u8> {
        get(&self.address, path)
    }

    /// The status code of a response.
    pub(crate) fn status_of(&self, path: &str) -> String {
        let response = String::from_utf8(response(&self.address, path)).unwrap();
        response.split(' ').nth(1).unwrap().to_owned()
    }

    /// The whole response to a form that a script sends to the debug page.
    pub(crate) fn debug_post(&self, below: &str, form: &str) -> String {
        let (address, path) = self.debug.split_once('/').unwrap();
        let length = form.len();
        let response = request(
            address,
            &format!(
                "POST /{path}{below} HTTP/1.1\r\nHost: {address}\r\nX-Dflag: test\r\n\
                 Content-Type: application/x-www-form-urlencoded\r\n\
                 Content-Length: {length}\r\nConnection: close\r\n\r\n{form}"
            ),
        );
        String::from_utf8(response).unwrap()
    }

    /// The body of the debug page's response at its path and `below`, to a client that accepts HTML.
    pub(crate) fn debug_get(&self, below: &str) -> String {
        let (address, path) = self.debug.split_once('/').unwrap();
        String::from_utf8(get(address, &format!("/{path}{below}"))).unwrap()
    }

    /// The debug page.
    pub(crate) fn page(&self) -> String {
        self.debug_get("")
    }

    /// The flags as text, `/flags.txt`.
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.get("/flags.txt")).unwrap()
    }

    /// The value of a flag in the text.
    pub(crate) fn value(&self, flag: &str) -> String {
        let line = self.line(flag);
        let (value, _) = line.rsplit_once(" # ").unwrap();
        value.to_owned()
    }

    /// The line of a flag in the text: value and details.
    pub(crate) fn line(&self, flag: &str) -> String {
        self.rest(&format!("{flag} = "))
    }

    /// A field of the updater's status in the text.
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

    /// Waits until a flag has `value` in the text.
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

    /// The server's standard output and error so far.
    pub(crate) fn output(&self) -> String {
        self.program.output()
    }

    /// Waits until the server ends by itself.
    pub(crate) fn until_exit(&mut self) -> ExitStatus {
        wait::until_some(DEADLINE, "the server's end", || self.program.exit_status())
    }

    /// Sends a signal to the server, such as `STOP`.
    pub(crate) fn signal(&self, name: &str) {
        self.program.signal(name);
    }

    /// Stops the server and waits for its end.
    pub(crate) fn stop(&mut self) -> ExitStatus {
        self.program.stop()
    }
}

/// The body of the response at `path` of `address`, which has to have status 200.
fn get(address: &str, path: &str) -> Vec<u8> {
    let mut response = response(address, path);
    let end = b"\r\n\r\n";
    let head = response.windows(end.len()).position(|bytes| bytes == end);
    let body = response.split_off(head.unwrap() + end.len());
    let head = String::from_utf8(response).unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{path}: {head}");
    body
}

/// The whole response to a `GET`.
fn response(address: &str, path: &str) -> Vec<u8> {
    let head = format!("GET {path} HTTP/1.1\r\nHost: {address}");
    request(
        address,
        &format!("{head}\r\nAccept: text/html\r\nConnection: close\r\n\r\n"),
    )
}

/// The whole response to a request that closes its connection.
fn request(address: &str, request: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut response = Vec::new();
    stream.read_to_end(&mut response).unwrap();
    response
}

/// A server that follows `directory` and listens on free ports, independent of the environment.
pub(crate) fn command(directory: &Path) -> Command {
    command_at(directory, 0)
}

/// Like [`command`], with the debug page on this port.
pub(crate) fn command_at(directory: &Path, debug_port: u16) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_server_kube"));
    command
        .arg("--config-dir")
        .arg(directory)
        .arg("--port=0")
        .arg(format!("--debug-port={debug_port}"))
        .env_remove("UPSTREAM_TOKEN")
        .env_remove("RUST_LOG")
        .env_remove("SERVER_KUBE_REGION");
    command
}

/// Writes a file as a shell's `echo value > directory/key` does.
pub(crate) fn echo(value: &str, directory: &Path, key: impl AsRef<OsStr>) {
    fs::write(directory.join(key.as_ref()), format!("{value}\n")).unwrap();
}
