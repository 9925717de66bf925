//! A program before it adopts dynamic flags, and after. Both behave alike, until a ConfigMap changes.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails loudly"
)]

#[path = "../common/mod.rs"]
mod common;
mod difference;

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Output};

use dflag_tests::wait;

use crate::common::program::{DEADLINE, Program};

const PROGRAMS: [&str; 2] = [
    env!("CARGO_BIN_EXE_adopt_before"),
    env!("CARGO_BIN_EXE_adopt_after"),
];

/// Runs a program to its end.
fn run(program: &str, args: &[&str]) -> Output {
    let mut command = Command::new(program);
    command.args(args).env("CATALOG_FLAGS", "/nonexistent");
    command.output().unwrap()
}

/// A program that serves, at a free port.
struct Serving {
    program: Program,
    address: String,
}

impl Serving {
    fn start(program: &str, args: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut command = Command::new(program);
        command.args(["serve", "--listen=127.0.0.1:0"]).args(args);
        command.env("CATALOG_FLAGS", "/nonexistent");
        command.env("NO_COLOR", "1");
        command.envs(environment.iter().copied());
        let mut program = Program::start(&mut command);
        let address = wait::until_some(DEADLINE, "the address", || {
            if let Some(status) = program.exit_status() {
                panic!("the program ended, {status}: {}", program.output());
            }
            let output = program.output();
            let (_, rest) = output.split_once("listening address=")?;
            Some(rest.split_whitespace().next()?.to_owned())
        });
        Self { program, address }
    }

    /// The response to a request for this many items.
    fn items(&self, count: usize) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let host = &self.address;
        let request =
            format!("GET /items/{count} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        response.split_once("\r\n\r\n").unwrap().1.to_owned()
    }

    /// The maximum that a rejected request names.
    fn max_items(&self) -> String {
        self.items(1_000_000)
    }
}

/// Writes a configuration file and returns the argument that names it.
fn config(directory: &Path, text: &str) -> String {
    let file = directory.join("catalog.toml");
    fs::write(&file, text).unwrap();
    format!("--config={}", file.display())
}

#[test]
fn help_is_the_same() {
    for args in [
        &["--help"][..],
        &["-h"],
        &["serve", "--help"],
        &["list", "--help"],
        &["serve", "--max-items=many"],
        &["serve", "--mx-items=1"],
        &[],
    ] {
        let [before, after] = PROGRAMS.map(|program| {
            let output = run(program, args);
            let texts = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
            let name = Path::new(program).file_name().unwrap().to_str().unwrap();
            (
                output.status.code(),
                texts.map(|text| text.replace(name, "catalog")),
            )
        });
        assert_eq!(before, after, "{args:?}");
    }
}

#[test]
fn subcommand_that_is_not_dynamic_still_works() {
    for program in PROGRAMS {
        let output = run(program, &["list", "--count=2"]);
        assert_eq!(output.stdout, b"item 1\nitem 2\n\n", "{program}");
    }
}

#[test]
fn configuration_file_is_below_environment_and_command_line() {
    let root = tempfile::tempdir().unwrap();
    let file = config(root.path(), "max-items = 7\ntitle = 'From the file'\n");
    let variable = ("CATALOG_MAX_ITEMS", "5");
    for program in PROGRAMS {
        for (args, environment, expected) in [
            (&[][..], &[][..], "at most 100 items"),
            (&[&*file], &[], "at most 7 items"),
            (&[&*file], &[variable], "at most 5 items"),
            (&[&*file, "--max-items=3"], &[variable], "at most 3 items"),
        ] {
            let serving = Serving::start(program, args, environment);
            assert_eq!(serving.max_items(), expected, "{program} {args:?}");
        }
        let serving = Serving::start(program, &[&file], &[]);
        assert_eq!(serving.items(1), "From the file\nitem 1\n");
    }
}

#[test]
fn invalid_configuration_file_stops_the_program() {
    let root = tempfile::tempdir().unwrap();
    let file = config(root.path(), "max-items = 'lots'\n");
    for program in PROGRAMS {
        let output = run(program, &["serve", "--listen=127.0.0.1:0", &file]);
        assert!(!output.status.success());
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(
            error.contains("lots") && error.contains("max-items"),
            "{error}"
        );
    }
}

#[test]
fn verbosity_of_a_foreign_struct_still_works() {
    for program in PROGRAMS {
        let serving = Serving::start(program, &["-v"], &[]);
        assert!(serving.program.output().contains("INFO"));
    }
}

#[test]
fn configmap_changes_the_program_after_adoption() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("max_items"), "2\n").unwrap();
    let variable = ("CATALOG_FLAGS", directory.path().to_str().unwrap());
    let [before, after] =
        PROGRAMS.map(|program| Serving::start(program, &["--max-items=9"], &[variable]));
    assert_eq!(before.max_items(), "at most 9 items");
    assert_eq!(after.max_items(), "at most 2 items");

    fs::write(directory.path().join("max_items"), "4\n").unwrap();
    wait::until(DEADLINE, "the change", || {
        after.max_items() == "at most 4 items"
    });
}
