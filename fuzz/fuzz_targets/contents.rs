//! File contents → candidate. The input is a sequence of a flag's number, a length and that many bytes.

#![no_main]

#[path = "../../tests/tests/untrusted/oracle.rs"]
#[allow(dead_code, reason = "the other target uses the rest")]
mod oracle;

use std::collections::BTreeMap;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut contents = BTreeMap::new();
    let mut rest = data;
    while let [flag, length, after @ ..] = rest {
        let (content, others) = after.split_at(usize::from(*length).min(after.len()));
        contents.insert(usize::from(*flag) % oracle::FLAGS.len(), content.to_vec());
        rest = others;
    }
    oracle::contents(&contents);
});
