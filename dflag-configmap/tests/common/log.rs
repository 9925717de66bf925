//! What the process logs, captured for tests.

use std::io::{self, Write};
use std::sync::{Mutex, OnceLock, PoisonError};

/// One entry for each record, which may have several lines.
static LOG: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Keep;

impl Write for Keep {
    fn write(&mut self, record: &[u8]) -> io::Result<usize> {
        let mut log = LOG.lock().unwrap_or_else(PoisonError::into_inner);
        log.push(String::from_utf8_lossy(record).into_owned());
        Ok(record.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Captures all records from now on, of all threads.
pub fn capture() {
    static KEPT: OnceLock<()> = OnceLock::new();
    KEPT.get_or_init(|| {
        tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(|| Keep)
            .init();
    });
}

/// The records that contain `part`.
pub fn records(part: &str) -> Vec<String> {
    let log = LOG.lock().unwrap_or_else(PoisonError::into_inner);
    let records = log.iter().filter(|record| record.contains(part));
    records.cloned().collect()
}
