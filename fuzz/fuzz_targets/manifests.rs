//! Manifest → verdict. The input is the text of a manifest.

#![no_main]

#[path = "../../dflag-configmap/tests/check/oracle.rs"]
#[allow(dead_code, reason = "the other user of the oracle counts what it checked")]
mod oracle;

use std::sync::LazyLock;

use tempfile::TempDir;

static DIRECTORY: LazyLock<TempDir> = LazyLock::new(|| {
    let directory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
    directory.expect("there is a directory for temporary files")
});

libfuzzer_sys::fuzz_target!(|manifest: &str| {
    oracle::check(&DIRECTORY.path().join("cm.yaml"), manifest);
});
