//! The health check of an update on probation: a request of the server to itself.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(2);

/// Whether the server at `address` answers that it is alive. Nothing that other pods share is asked, so an outage
/// elsewhere rolls nothing back.
pub(crate) fn is_answered(address: SocketAddr) -> Result<(), String> {
    let line = first_line(address).map_err(|error| format!("a request to itself: {error}"))?;
    match line.split(' ').nth(1) {
        Some("200") => Ok(()),
        _ => Err(format!("a request to itself is answered with {line:?}")),
    }
}

fn first_line(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: self\r\nconnection: close\r\n\r\n")?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    Ok(line)
}
