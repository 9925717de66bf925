//! The example that reads a TOML file.

use std::fs;
use std::path::Path;
use std::process::Command;

use dflag_tests::wait;

use crate::common::program::{DEADLINE, Program};

fn start(file: &Path) -> Program {
    let mut command = Command::new(env!("CARGO_BIN_EXE_toml_file"));
    command.arg("--config").arg(file).env("SERVER_ZONES", "env");
    Program::start(&mut command)
}

#[test]
fn the_toml_example_applies_changes_and_rejects_invalid_files() {
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join("server.toml");
    fs::write(&file, "limit = 50\nzones = ['eu', 'us']\n").unwrap();
    let program = start(&file);
    let lines = |expected: &str| {
        wait::until(DEADLINE, expected, || program.output().contains(expected));
    };
    lines("limit 50, zones env\n");

    fs::write(&file, "limit = 'lots'\n").unwrap();
    lines("`limit` (");
    lines("invalid value 'lots' for '--limit <LIMIT>'");

    fs::write(&file, "limit = \n").unwrap();
    lines("server.toml: TOML parse error");

    fs::write(&file, "limit = 70\n").unwrap();
    lines("limit 70, zones env\n");
}
