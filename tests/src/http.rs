//! A small HTTP/1.1 server, for servers of the tests' own.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// A request, without its body.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// The method, the path and the query.
    pub(crate) line: String,
    /// The headers, each as it was sent.
    pub(crate) headers: Vec<String>,
    /// The body.
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// The path and the query.
    pub(crate) fn target(&self) -> &str {
        self.line.split(' ').nth(1).unwrap_or_default()
    }

    /// Whether it opens a watch.
    pub(crate) fn is_watch(&self) -> bool {
        self.target().contains("watch=true")
    }

    /// Whether it asks for metadata only.
    pub(crate) fn is_metadata_only(&self) -> bool {
        let mut headers = self.headers.iter();
        headers.any(|header| header.contains("PartialObjectMetadataList"))
    }

    /// A parameter of the query.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        let (_, query) = self.target().split_once('?')?;
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
    }
}

/// A server, which ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    is_stopped: Arc<AtomicBool>,
}

impl Server {
    /// Calls `handle` for the first request of each connection, on a thread of its own. The connection is closed after that.
    ///
    /// # Errors
    /// If there is no free port.
    pub(crate) fn start(
        handle: impl Fn(Request, TcpStream) -> io::Result<()> + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let is_stopped = Arc::new(AtomicBool::new(false));
        let (stopped, handle) = (Arc::clone(&is_stopped), Arc::new(handle));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let handle = Arc::clone(&handle);
                thread::spawn(move || {
                    let request = read_request(&stream)?;
                    handle(request, stream)
                });
            }
        });
        Ok(Self {
            address,
            is_stopped,
        })
    }

    /// Its address, `127.0.0.1:PORT`.
    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.is_stopped.store(true, Ordering::Relaxed);
        // It waits for a connection.
        let _ = TcpStream::connect(self.address);
    }
}

/// Reads a request.
fn read_request(stream: &TcpStream) -> io::Result<Request> {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let line = line.trim_end().to_owned();
        if line.is_empty() {
            break;
        }
        lines.push(line);
    }
    let length = lines.iter().find_map(|line| {
        let line = line.to_ascii_lowercase();
        line.strip_prefix("content-length:")?.trim().parse().ok()
    });
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    let line = if lines.is_empty() {
        String::new()
    } else {
        lines.remove(0)
    };
    Ok(Request {
        line,
        headers: lines,
        body,
    })
}

/// Writes a whole response.
///
/// # Errors
/// If the connection is closed.
pub(crate) fn respond(
    stream: &mut TcpStream,
    status: u16,
    headers: &[&str],
    body: &str,
) -> io::Result<()> {
    let mut head = format!(
        "HTTP/1.1 {status} Status\r\nConnection: close\r\nContent-Length: {}\r\n",
        body.len()
    );
    for header in headers {
        head.push_str(header);
        head.push_str("\r\n");
    }
    stream.write_all(format!("{head}\r\n{body}").as_bytes())
}

/// Begins a response in chunks.
///
/// # Errors
/// If the connection is closed.
pub(crate) fn begin_chunks(stream: &mut TcpStream) -> io::Result<()> {
    let head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\n\
                Transfer-Encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes())
}

/// Writes a chunk. An empty one ends the response.
///
/// # Errors
/// If the connection is closed.
pub(crate) fn write_chunk(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<()> {
    let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
    chunk.extend_from_slice(bytes);
    chunk.extend_from_slice(b"\r\n");
    stream.write_all(&chunk)
}
