//! What the process logs, kept to be looked at.

use std::io::{self, Write};
use std::sync::{Mutex, OnceLock, PoisonError};

/// Looks after which it would have been told twice.
const SCANS: u32 = 10;

/// One entry for each record, which is written at once, of however many lines.
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

/// Keeps from now on what is logged, by any thread of the process.
pub fn capture() {
    static KEPT: OnceLock<()> = OnceLock::new();
    KEPT.get_or_init(|| {
        tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(|| Keep)
            .init();
    });
}

/// The records that have `part` in them.
pub fn records(part: &str) -> Vec<String> {
    let log = LOG.lock().unwrap_or_else(PoisonError::into_inner);
    let records = log.iter().filter(|record| record.contains(part));
    records.cloned().collect()
}

/// Looks so often that what is told at each look would be seen to be.
pub fn several_scans(updater: &dflag_configmap::Updater) {
    for _ in 0..SCANS {
        super::next_scan(updater);
    }
}
