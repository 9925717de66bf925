//! A server that a flag breaks, and that heals by the rollback.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // test helpers may panic as well

mod common;

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use common::{Volume, args, until};
use dflag::Dynamic;
use dflag_configmap::Updater;

/// A server that answers each connection with one line: the text, or an error if that is broken.
fn serve(text: Dynamic<String>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let text = text.get();
            let status = if text.contains("{{") { "500" } else { "200" };
            // A client that hung up is no reason to end.
            let _ = writeln!(connection.unwrap(), "{status} {text}");
        }
    });
    address
}

fn request(address: SocketAddr) -> Result<String, String> {
    let stream = TcpStream::connect(address).map_err(|error| error.to_string())?;
    let mut line = String::new();
    let read = BufReader::new(stream).read_line(&mut line);
    read.map_err(|error| error.to_string())?;
    match line.trim_end().split_once(' ') {
        Some(("200", text)) => Ok(text.to_owned()),
        _ => Err(format!("the server answers {line:?}")),
    }
}

#[test]
fn a_server_that_a_flag_breaks_heals() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("text", "hello")]);
    let args = args();
    let address = serve(args.text.clone());
    let updater = Updater::builder(&args, dir.path())
        .probation(Duration::from_secs(60), move || request(address).map(drop))
        .health_period(Duration::from_millis(50))
        .setup()
        .unwrap();
    assert_eq!(request(address).unwrap(), "hello");

    volume.publish(&[("text", "hello {{ .Name }}")]);
    until("the outage", || request(address).is_err());
    until("the rollback", || updater.status().rollbacks == 1);
    assert_eq!(request(address).unwrap(), "hello");
    let rollback = updater.status().last_rollback.unwrap();
    assert!(rollback.reason.contains("500"), "{}", rollback.reason);
    assert_eq!(rollback.keys, ["text"]);

    volume.publish(&[("text", "good day")]);
    until("the correction", || {
        request(address).is_ok_and(|text| text == "good day")
    });
}
