//! A proxy between a client and an API server that makes what can go wrong happen.
//!
//! Both sides speak HTTP without encryption. The server is a [`FakeApi`](crate::fake_api::FakeApi), or a real one behind
//! `kubectl proxy`.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::http::{Request, Server, begin_chunks, respond, write_chunk};

/// How often a connection looks at what is to go wrong.
const TICK: Duration = Duration::from_millis(10);

/// Which requests a fault is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Lists of whole objects.
    List,
    /// Lists of metadata.
    Metadata,
    /// Watches.
    Watch,
}

/// What goes wrong with a new request.
#[derive(Clone, Debug)]
pub enum Fault {
    /// It is answered with a status, headers and a body.
    Status(u16, Vec<&'static str>, &'static str),
    /// It is never answered.
    Silence,
    /// The connection is closed.
    Close,
    /// A watch has its headers and no more, whatever happens.
    Deaf,
    /// The answer is that of when it arrived, and is sent when this fault is no more.
    Late,
}

/// What goes wrong with the events of a watch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stream {
    /// Nothing.
    #[default]
    Intact,
    /// Each event arrives twice.
    Duplicated,
    /// No event arrives.
    Dropped,
    /// The next event ends in its middle, and the stream ends cleanly.
    Truncated,
    /// The next event ends in its middle, and the connection breaks.
    Broken,
}

#[derive(Debug, Default)]
struct State {
    faults: Vec<(Kind, Fault)>,
    stream: Stream,
    /// Connections that began in another epoch are closed.
    epoch: u64,
    /// Whether the end of an epoch is a clean end of a watch.
    is_clean: bool,
    is_frozen: bool,
    requests: Vec<Kind>,
    open_watches: usize,
    /// How many events were sent as they are.
    events: usize,
    /// How many answers were kept back, and how many of them were sent since.
    late: usize,
    released: usize,
}

impl State {
    /// Whether the answer of this number is still kept back.
    fn is_late(&self, kind: Kind, number: usize) -> bool {
        let mut faults = self.faults.iter();
        number > self.released
            && faults.any(|(other, fault)| *other == kind && matches!(fault, Fault::Late))
    }
}

/// The proxy.
#[derive(Debug)]
pub struct FaultProxy {
    server: Server,
    state: Arc<Mutex<State>>,
}

impl FaultProxy {
    /// Starts a proxy of the server at `upstream`, `127.0.0.1:PORT`.
    ///
    /// # Errors
    /// If there is no free port.
    pub fn start(upstream: &str) -> io::Result<Self> {
        let state: Arc<Mutex<State>> = Arc::default();
        let (of_server, upstream) = (Arc::clone(&state), upstream.to_owned());
        let server =
            Server::start(move |request, stream| forward(&of_server, &upstream, &request, stream))?;
        Ok(Self { server, state })
    }

    /// Its address, `127.0.0.1:PORT`.
    pub fn address(&self) -> String {
        self.server.address()
    }

    /// Writes a kubeconfig whose server is the proxy into `folder`.
    ///
    /// # Errors
    /// If the file can't be written.
    pub fn write_kubeconfig(&self, folder: &Path) -> io::Result<PathBuf> {
        let path = folder.join("proxy-kubeconfig");
        let text = format!(
            "apiVersion: v1
kind: Config
clusters: [{{name: test, cluster: {{server: 'http://{}'}}}}]
users: [{{name: test, user: {{}}}}]
contexts: [{{name: test, context: {{cluster: test, user: test, namespace: default}}}}]
current-context: test
",
            self.address()
        );
        std::fs::write(&path, text)?;
        Ok(path)
    }

    /// Makes each new request of this kind fail.
    pub fn fail(&self, kind: Kind, fault: Fault) {
        let mut state = self.lock();
        state.faults.retain(|(other, _)| *other != kind);
        state.faults.push((kind, fault));
    }

    /// Makes each new request fail.
    pub fn fail_all(&self, fault: &Fault) {
        for kind in [Kind::List, Kind::Metadata, Kind::Watch] {
            self.fail(kind, fault.clone());
        }
    }

    /// Makes new requests succeed, and the events of watches arrive as they are.
    pub fn heal(&self) {
        let mut state = self.lock();
        state.faults.clear();
        state.stream = Stream::Intact;
        state.is_frozen = false;
    }

    /// What happens to the events of watches from now on.
    pub fn set_stream(&self, stream: Stream) {
        self.lock().stream = stream;
    }

    /// Ends all connections: watches cleanly, or all of them by a break.
    pub fn cut(&self, is_clean: bool) {
        let mut state = self.lock();
        state.epoch += 1;
        state.is_clean = is_clean;
    }

    /// Makes all connections silent, and new ones too, until [`heal`](Self::heal).
    pub fn freeze(&self) {
        self.lock().is_frozen = true;
    }

    /// How many requests of this kind have arrived.
    pub fn count(&self, kind: Kind) -> usize {
        let state = self.lock();
        state
            .requests
            .iter()
            .filter(|other| **other == kind)
            .count()
    }

    /// How many answers were kept back by [`Fault::Late`].
    pub fn late_answers(&self) -> usize {
        self.lock().late
    }

    /// Sends the answers that [`Fault::Late`] keeps back now. Further ones are kept back.
    pub fn release_late_answers(&self) {
        let mut state = self.lock();
        state.released = state.late;
    }

    /// How many events of watches were sent as they are.
    pub fn events(&self) -> usize {
        self.lock().events
    }

    /// How many watches are open.
    pub fn open_watches(&self) -> usize {
        self.lock().open_watches
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

/// Counts a watch as open until this is dropped.
struct OpenWatch<'a>(&'a Mutex<State>);

impl<'a> OpenWatch<'a> {
    fn new(state: &'a Mutex<State>) -> Self {
        lock(state).open_watches += 1;
        Self(state)
    }
}

impl Drop for OpenWatch<'_> {
    fn drop(&mut self) {
        lock(self.0).open_watches -= 1;
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn forward(
    state: &Mutex<State>,
    upstream: &str,
    request: &Request,
    mut client: TcpStream,
) -> io::Result<()> {
    let kind = if request.is_watch() {
        Kind::Watch
    } else if request.is_metadata_only() {
        Kind::Metadata
    } else {
        Kind::List
    };
    let (epoch, fault) = {
        let mut state = lock(state);
        state.requests.push(kind);
        let fault = state.faults.iter().find(|(other, _)| *other == kind);
        (state.epoch, fault.map(|(_, fault)| fault.clone()))
    };
    match fault {
        Some(Fault::Status(code, headers, body)) => {
            return respond(&mut client, code, &headers, body);
        }
        Some(Fault::Close) => return Ok(()),
        Some(Fault::Silence) => {
            wait_for_end(state, epoch);
            return Ok(());
        }
        Some(Fault::Deaf) => {
            begin_chunks(&mut client)?;
            wait_for_end(state, epoch);
            return Ok(());
        }
        Some(Fault::Late) | None => {}
    }
    while lock(state).is_frozen {
        thread::sleep(TICK);
    }
    let mut server = TcpStream::connect(upstream)?;
    let mut head = format!(
        "{}\r\nHost: {upstream}\r\nConnection: close\r\nContent-Length: {}\r\n",
        request.line,
        request.body.len()
    );
    for header in &request.headers {
        let lower = header.to_ascii_lowercase();
        if lower.starts_with("accept:") || lower.starts_with("content-type:") {
            head.push_str(header);
            head.push_str("\r\n");
        }
    }
    head.push_str("\r\n");
    server.write_all(head.as_bytes())?;
    server.write_all(&request.body)?;
    if kind == Kind::Watch {
        return forward_watch(state, epoch, server, &mut client);
    }
    let mut response = Vec::new();
    server.read_to_end(&mut response)?;
    if matches!(fault, Some(Fault::Late)) {
        let number = {
            let mut state = lock(state);
            state.late += 1;
            state.late
        };
        while lock(state).is_late(kind, number) {
            thread::sleep(TICK);
        }
    }
    client.write_all(&response)
}

fn wait_for_end(state: &Mutex<State>, epoch: u64) {
    while lock(state).epoch == epoch {
        thread::sleep(TICK);
    }
}

/// Forwards the events of a watch, line by line.
fn forward_watch(
    state: &Mutex<State>,
    epoch: u64,
    server: TcpStream,
    client: &mut TcpStream,
) -> io::Result<()> {
    server.set_read_timeout(Some(TICK))?;
    let mut reader = BufReader::new(server);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        match reader.read_line(&mut head) {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(error) if is_timeout(&error) => {}
            Err(error) => return Err(error),
        }
    }
    begin_chunks(client)?;
    let _open = OpenWatch::new(state);
    let (mut raw, mut body) = (Vec::new(), Vec::new());
    let mut bytes = [0; 4096];
    loop {
        let (has_ended, is_clean, is_frozen) = {
            let state = lock(state);
            (state.epoch != epoch, state.is_clean, state.is_frozen)
        };
        if has_ended {
            return if is_clean {
                write_chunk(client, b"")
            } else {
                Ok(())
            };
        }
        if is_frozen {
            thread::sleep(TICK);
            continue;
        }
        let is_done = match reader.read(&mut bytes) {
            Ok(0) => true,
            Ok(read) => {
                raw.extend_from_slice(bytes.get(..read).unwrap_or_default());
                decode_chunks(&mut raw, &mut body)
            }
            Err(error) if is_timeout(&error) => false,
            Err(error) => return Err(error),
        };
        // What was set before an event was made holds for it.
        let stream = lock(state).stream;
        while let Some(at) = body.iter().position(|byte| *byte == b'\n') {
            let rest = body.split_off(at + 1);
            let line = std::mem::replace(&mut body, rest);
            let half = line.get(..line.len() / 2).unwrap_or_default();
            match stream {
                Stream::Intact => {
                    write_chunk(client, &line)?;
                    lock(state).events += 1;
                }
                Stream::Duplicated => {
                    write_chunk(client, &line)?;
                    write_chunk(client, &line)?;
                }
                Stream::Dropped => {}
                Stream::Truncated => {
                    lock(state).stream = Stream::Intact;
                    write_chunk(client, half)?;
                    return write_chunk(client, b"");
                }
                Stream::Broken => {
                    lock(state).stream = Stream::Intact;
                    return write_chunk(client, half);
                }
            }
        }
        if is_done {
            return write_chunk(client, b"");
        }
    }
}

/// Moves the bytes of whole chunks from `raw` to `body`. Returns whether the last one was among them.
fn decode_chunks(raw: &mut Vec<u8>, body: &mut Vec<u8>) -> bool {
    loop {
        let Some(end) = raw.windows(2).position(|pair| pair == b"\r\n") else {
            return false;
        };
        let size = raw.get(..end).unwrap_or_default();
        let size = usize::from_str_radix(String::from_utf8_lossy(size).trim(), 16).unwrap_or(0);
        let (from, to) = (end + 2, end + 2 + size);
        if raw.len() < to + 2 {
            return false;
        }
        if size == 0 {
            return true;
        }
        body.extend_from_slice(raw.get(from..to).unwrap_or_default());
        raw.drain(..to + 2);
    }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
    )
}
