//! File names → flags. Each line of the input is a name.

#![no_main]

#[path = "../../tests/tests/untrusted/oracle.rs"]
#[allow(dead_code, reason = "the other target uses the rest")]
mod oracle;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let names = data.split(|byte| *byte == b'\n').take(16);
    oracle::names(&names.map(<[u8]>::to_vec).collect());
});
