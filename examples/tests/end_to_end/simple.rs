//! The simple example.

use std::fs;
use std::process::Command;

use dflag_tests::wait;

use crate::common::program::{DEADLINE, Program};
use crate::common::server::echo;

#[test]
fn the_simple_example_prints_changes() {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("examples/simple/config");
    fs::create_dir_all(&directory).unwrap();
    echo("0.25", &directory, "rollout");
    let mut command = Command::new(env!("CARGO_BIN_EXE_simple"));
    let program = Program::start(command.current_dir(root.path()));
    wait::until(DEADLINE, "the first value", || {
        program.output() == "rollout is 0.25\n"
    });

    echo("0.5", &directory, "rollout");
    wait::until(DEADLINE, "the change", || {
        program.output().ends_with("rollout: 0.25 -> 0.5\n")
    });
}
