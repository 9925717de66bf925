//! Help with and without dynamic flags.

use clap::Parser;
use clap::error::ErrorKind;
use dflag::DynamicFlags;

/// Asserts that the help of a program and of these subcommands is that of [`Parser::parse`].
pub(crate) fn is_unchanged<A: Parser + DynamicFlags>(subcommands: &[&[&str]]) {
    for path in [&[][..]].iter().chain(subcommands) {
        for help in ["-h", "--help"] {
            let line = [&["program"], *path, &[help]].concat();
            let parsed = A::try_parse_from(&line).err().unwrap();
            let dynamic = A::try_parse_dynamic_from(&line).err().unwrap();
            assert_eq!(parsed.kind(), ErrorKind::DisplayHelp);
            assert_eq!(parsed.render(), dynamic.render(), "{line:?}");
        }
    }
}
