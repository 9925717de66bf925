//! Untrusted input: file names and file contents.
//!
//! The targets in `fuzz` use the same oracle, for longer.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]
#![allow(unreachable_pub, reason = "the fuzz targets use the oracle, too")]

mod oracle;

use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use proptest::sample::select;

/// Texts that parsers or paths may treat in a special way.
const PIECES: &[&str] = &[
    "1",
    "0",
    "-",
    "_",
    ".",
    "..",
    ",",
    "\n",
    "\r\n",
    " ",
    "\t",
    "\"",
    "'",
    "{",
    "}",
    "[",
    "]",
    ":",
    "=",
    "--",
    "e9",
    "NaN",
    "inf",
    "true",
    "off",
    "low",
    "High",
    "1h30m",
    "\u{feff}",
    "\u{a0}",
    "\u{2028}",
    "\0",
    "\u{1b}[31m",
    "%s",
    "18446744073709551616",
    "a",
    "two",
    "words",
    "of",
    "old",
    "inner",
    "outer",
    "data",
    "~",
    "#",
    "{\"a\":[1]}",
];

fn pieces() -> impl Strategy<Value = Vec<u8>> {
    vec(select(PIECES), 0..6).prop_map(|pieces| pieces.concat().into_bytes())
}

fn content() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => pieces(),
        2 => "-?[0-9]{1,4}".prop_map(String::into_bytes),
        1 => "\\PC{0,8}".prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..40),
    ]
}

fn name() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        3 => pieces(),
        3 => select(&["a", "two-words", "two_words", "of_old", "outer", "inner", "4913", "..data"][..])
            .prop_map(|name| name.as_bytes().to_vec()),
        1 => "[-._a-zA-Z0-9]{1,10}".prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..12),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_contents_give_what_the_command_line_gives_or_change_nothing(
        contents in btree_map(0..oracle::FLAGS.len(), content(), 0..4)
    ) {
        oracle::contents(&contents);
    }

    #[test]
    fn any_file_names_set_only_the_flags_that_they_name(names in btree_set(name(), 0..8)) {
        oracle::names(&names);
    }
}
