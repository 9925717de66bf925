//! The UI cases: the exact errors for mistakes, and programs that must compile and run.
//!
//! The programs in `ui/pass` run and make their own assertions. After a message has changed,
//! `TRYBUILD=overwrite` rewrites the `.stderr` files; read the diff.

#[test]
fn mistakes_are_reported_where_they_are() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/attr/*.rs");
    cases.compile_fail("ui/flag/*.rs");
    cases.compile_fail("ui/item/*.rs");
    cases.compile_fail("ui/bound/*.rs");
}

#[test]
fn everything_clap_accepts_is_accepted() {
    trybuild::TestCases::new().pass("ui/pass/*.rs");
}
