//! The UI cases: what the derive says of mistakes, word for word, and that it takes what clap takes.
//!
//! The programs in `ui/pass` run, and assert on what they see. After a change of a message,
//! `TRYBUILD=overwrite` rewrites the `.stderr` files.

#[test]
fn mistakes_are_told_where_they_are() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/attr/*.rs");
    cases.compile_fail("ui/flag/*.rs");
    cases.compile_fail("ui/item/*.rs");
    cases.compile_fail("ui/bound/*.rs");
}

#[test]
fn what_clap_takes_is_taken() {
    trybuild::TestCases::new().pass("ui/pass/*.rs");
}
