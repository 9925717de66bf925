//! Values from the environment. Each row runs in a child process, whose variables hold the row's texts.

use std::process::Command;

use dflag::Origin;

use crate::program::with_variable;
use crate::row::Row;

/// Set in the child process.
const CHILD: &str = "VALUE_TABLE";

/// The variable of each text.
const VARIABLES: [&str; 20] = [
    "VALUE_TABLE_0",
    "VALUE_TABLE_1",
    "VALUE_TABLE_2",
    "VALUE_TABLE_3",
    "VALUE_TABLE_4",
    "VALUE_TABLE_5",
    "VALUE_TABLE_6",
    "VALUE_TABLE_7",
    "VALUE_TABLE_8",
    "VALUE_TABLE_9",
    "VALUE_TABLE_10",
    "VALUE_TABLE_11",
    "VALUE_TABLE_12",
    "VALUE_TABLE_13",
    "VALUE_TABLE_14",
    "VALUE_TABLE_15",
    "VALUE_TABLE_16",
    "VALUE_TABLE_17",
    "VALUE_TABLE_18",
    "VALUE_TABLE_19",
];

pub(crate) fn is_child() -> bool {
    std::env::var_os(CHILD).is_some()
}

fn texts(row: &Row) -> impl Iterator<Item = (&'static str, &'static str)> {
    let texts: Vec<_> = row
        .clap
        .iter()
        .copied()
        .chain(row.reads.iter().map(|(text, _)| *text))
        .collect();
    assert!(
        texts.len() <= VARIABLES.len(),
        "{}: too many texts",
        row.test
    );
    VARIABLES.into_iter().zip(texts)
}

/// Checks the row in a child process.
pub(crate) fn spawn(row: &Row) {
    let (_, test) = row.test.split_once("::").unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(CHILD, "")
        .envs(texts(row))
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    let passed = output.status.success() && printed.contains("1 passed");
    assert!(
        passed,
        "{printed}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// A variable means what clap says, and an error names it.
pub(crate) fn check(row: &Row) {
    for (variable, text) in texts(row) {
        with_variable(variable, || {
            let context = format!("{}: {text:?} by the environment", row.test);
            let clap = (row.program.parse)((row.program.command)(), &[]);
            match (clap, (row.program.start)(&[])) {
                (Ok(expected), Ok(running)) => {
                    running.assert_value(&*expected, &context);
                    let origin = running.flag().origin;
                    assert_eq!(origin, Origin::Environment, "{context}");
                    let typed = (row.program.parse)((row.program.command)(), &[&row.typed(text)]);
                    if let Ok(typed) = typed {
                        running.assert_value(&*typed, &context);
                    }
                }
                (Err(expected), Err(error)) => {
                    if !row.secret {
                        let reasons = (row.reason(&error), row.reason(&expected));
                        assert_eq!(reasons.0, reasons.1, "{context}");
                    }
                    let error = error.to_string();
                    assert!(error.contains(variable), "{context}: {error}");
                    let shown = row.secret && error.contains(text);
                    assert!(!shown, "{context}: {error}");
                }
                (clap, flags) => panic!("{context}: {clap:?}, but {:?}", flags.err()),
            }
        });
    }
}
