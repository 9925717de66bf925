//! File names → flags: one name a line.

#![no_main]

#[path = "../../tests/tests/untrusted/oracle.rs"]
#[allow(dead_code, reason = "the other target uses the rest")]
mod oracle;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let names = data.split(|byte| *byte == b'\n').take(16);
    let directory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
    let directory = directory.expect("a directory for the files");
    oracle::names(directory.path(), &names.map(<[u8]>::to_vec).collect());
});
