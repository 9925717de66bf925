//! A row of the table, and its check.

use std::any::TypeId;

use clap::ArgAction;
use dflag::{FlagKind, MASK};

use crate::environment;
use crate::program::{Program, Running, Struct};
use crate::ways::{WAYS, Way};

/// A program with one flag, and texts for it.
pub(crate) struct Row {
    /// The path of its test.
    pub(crate) test: &'static str,
    pub(crate) program: Program,
    /// The names by which the flag can be set. The first is its long name.
    pub(crate) names: &'static [&'static str],
    /// The command line of a program that is set later.
    pub(crate) base: &'static [&'static str],
    /// Texts that mean what they mean after `--flag=`, whether or not they are valid.
    pub(crate) clap: &'static [&'static str],
    /// Texts that a file may contain, and a command line with the same meaning.
    pub(crate) reads: &'static [(&'static str, &'static [&'static str])],
    /// JSON arrays, and a command line with the same meaning if the flag had no delimiter.
    pub(crate) arrays: &'static [(&'static str, &'static [&'static str])],
    /// Texts that are rejected, and a part of the reason.
    pub(crate) rejects: &'static [(&'static str, &'static str)],
    /// Texts that count as an absent key in a file and are rejected elsewhere.
    pub(crate) absent: &'static [&'static str],
    /// Command lines, valid or not. The empty one is always tried if it is valid.
    pub(crate) lines: &'static [&'static [&'static str]],
    /// Command lines whose value no text stands for, and a part of the reason.
    pub(crate) without_text: &'static [(&'static [&'static str], &'static str)],
    /// Whether a line break at the end is part of the value.
    pub(crate) exact: bool,
    pub(crate) secret: bool,
}

impl Row {
    pub(crate) fn new(test: &'static str, program: Program) -> Self {
        Self {
            test,
            program,
            names: &["v"],
            base: &[],
            clap: &[],
            reads: &[],
            arrays: &[],
            rejects: &[],
            absent: &[],
            lines: &[],
            without_text: &[],
            exact: false,
            secret: false,
        }
    }

    pub(crate) fn check(&self) {
        if environment::is_child() {
            return environment::check(self);
        }
        for text in self.clap {
            self.check_as_clap(text);
        }
        for (text, line) in self.reads {
            self.check_reads(text, line);
        }
        for (text, line) in self.arrays {
            self.check_array(text, line);
        }
        for (text, reason) in self.rejects {
            self.check_rejected(text, |seen| seen.contains(reason), reason);
        }
        for text in self.absent {
            self.check_absent(text);
        }
        for line in self.lines {
            self.check_line(line);
        }
        if (self.program.parse)((self.program.command)(), &[]).is_ok() {
            self.check_line(&[]);
        }
        for (line, reason) in self.without_text {
            self.check_without_text(line, reason);
        }
        environment::spawn(self);
    }

    fn check_as_clap(&self, text: &str) {
        let typed = self.typed(text);
        self.check_line(&[&typed]);
        match (self.program.parse)(self.oracle(), &[&typed]) {
            Ok(expected) => self.check_accepted(text, &*expected),
            Err(error) => {
                let expected = self.reason(&error);
                self.check_rejected(text, |seen| *seen == expected, &expected);
            }
        }
    }

    fn check_reads(&self, text: &str, line: &[&str]) {
        let expected = (self.program.parse)((self.program.command)(), line);
        self.check_accepted(text, &*expected.unwrap_or_else(|error| panic!("{error}")));
    }

    fn check_array(&self, text: &str, line: &[&str]) {
        let command = (self.program.command)().mut_args(|arg| arg.value_delimiter(None));
        let expected = (self.program.parse)(command, line);
        self.check_accepted(text, &*expected.unwrap_or_else(|error| panic!("{error}")));
    }

    /// Every way gives the value, and lists the same text for it.
    fn check_accepted(&self, text: &str, expected: &dyn Struct) {
        let mut first = None;
        for name in self.names {
            for way in self.ways() {
                let context = format!("{}: {text:?} as `{name}` by {way:?}", self.test);
                let running = self.start(self.base);
                match way.apply(&running, name, text, self.is_bytes()) {
                    None => continue,
                    Some(Err(problem)) => panic!("{context}: {problem}, expected {expected:?}"),
                    Some(Ok(())) => {}
                }
                running.assert_value(expected, &context);
                let listed = (
                    running.flag().value,
                    running.set.checksum(FlagKind::Dynamic),
                );
                let first = first.get_or_insert_with(|| {
                    self.check_round_trip(&running, &context);
                    listed.clone()
                });
                assert_eq!(*first, listed, "{context}: listed text and checksum");
            }
        }
    }

    /// Every way rejects the text with the reason, on one line, and changes nothing.
    fn check_rejected(&self, text: &str, is_expected: impl Fn(&String) -> bool, expected: &str) {
        for name in self.names {
            for way in self.ways() {
                let context = format!("{}: {text:?} as `{name}` by {way:?}", self.test);
                let running = self.start(self.base);
                let before = running.values();
                match way.apply(&running, name, text, self.is_bytes()) {
                    None => continue,
                    Some(Ok(())) => panic!("{context}: {:?}, not rejected", running.values()),
                    Some(Err(problem)) => {
                        let seen = self.problem(&problem);
                        assert!(
                            is_expected(&seen),
                            "{context}: rejected with\n{seen}\nexpected\n{expected}"
                        );
                        assert!(!problem.contains('\n'), "{context}: {problem}");
                        let hides = text.is_empty() || !problem.contains(text);
                        assert!(!self.secret || hides, "{context}: {problem}");
                    }
                }
                running.assert_value(&*before, &context);
            }
        }
    }

    fn check_absent(&self, text: &str) {
        for way in self.ways() {
            let context = format!("{}: {text:?} by {way:?}", self.test);
            let running = self.start(self.base);
            let before = running.values();
            if let Some(result) = way.apply(&running, self.names[0], text, false) {
                assert_eq!(result.is_ok(), way.is_file(), "{context}: {result:?}");
            }
            running.assert_value(&*before, &context);
        }
    }

    /// A command line means what clap says, and the value that it lists can be set again.
    fn check_line(&self, line: &[&str]) {
        let context = format!("{}: {line:?}", self.test);
        let clap = (self.program.parse)((self.program.command)(), line);
        match (clap, (self.program.start)(line)) {
            (Ok(expected), Ok(running)) => {
                running.assert_value(&*expected, &context);
                self.check_round_trip(&running, &context);
            }
            (Err(expected), Err(error)) => {
                let reasons = (self.reason(&error), self.reason(&expected));
                assert_eq!(reasons.0, reasons.1, "{context}");
            }
            (clap, flags) => panic!("{context}: {clap:?}, but {:?}", flags.err()),
        }
    }

    /// No text stands for the value: setting the listed text again says why.
    fn check_without_text(&self, line: &[&str], reason: &str) {
        let running = self.start(line);
        let text = running.flag().value.unwrap_or_default();
        self.check_rejected(&text, |seen| seen.contains(reason), reason);
    }

    /// What is listed can be set again and means the same.
    pub(crate) fn check_round_trip(&self, running: &Running, context: &str) {
        let Some(listed) = running.flag().value else {
            return;
        };
        if self.secret {
            return assert_eq!(listed, MASK, "{context}");
        }
        for way in [Way::Set, Way::File] {
            let again = self.start(self.base);
            let context = format!("{context}, listed as {listed:?} and set again by {way:?}");
            let result = way.apply(&again, self.names[0], &listed, self.is_bytes());
            result
                .unwrap()
                .unwrap_or_else(|problem| panic!("{context}: {problem}"));
            again.assert_value(&*running.values(), &context);
            // White space around the text of the command line or the environment is trimmed here.
            if self.exact || listed.trim() == listed {
                assert_eq!(again.flag().value.as_ref(), Some(&listed), "{context}");
            }
        }
    }

    pub(crate) fn start(&self, line: &[&str]) -> Running {
        (self.program.start)(line).unwrap_or_else(|error| panic!("{}: {error}", self.test))
    }

    pub(crate) fn typed(&self, text: &str) -> String {
        format!("--{}={text}", self.names[0])
    }

    fn ways(&self) -> impl Iterator<Item = Way> {
        WAYS.into_iter()
            .filter(|way| !self.exact || *way != Way::FileLine)
    }

    /// The program's command. A flag without a value, such as a switch, takes one here.
    fn oracle(&self) -> clap::Command {
        (self.program.command)().mut_args(|arg| match arg.get_action() {
            ArgAction::SetTrue | ArgAction::SetFalse | ArgAction::Count => {
                arg.action(ArgAction::Set).num_args(1)
            }
            _ => arg,
        })
    }

    fn is_bytes(&self) -> bool {
        self.parses(TypeId::of::<dflag::value::Bytes>())
    }
}

/// Declares rows. Each is a test of its own.
macro_rules! rows {
    ($($row:ident { $(#[$attr:meta])* $field:ident: $type:ty; $($texts:tt)* })*) => {
        $(
            #[test]
            fn $row() {
                #[derive(Clone, Debug, PartialEq, clap::Args, dflag::DynamicFlags)]
                struct Args {
                    #[flag(dynamic)]
                    $(#[$attr])*
                    $field: $type,
                }

                impl clap::CommandFactory for Args {
                    fn command() -> clap::Command {
                        let command = <Self as clap::Args>::augment_args(clap::Command::new("row"));
                        $crate::program::with_env(command)
                    }

                    fn command_for_update() -> clap::Command {
                        Self::command()
                    }
                }

                impl clap::Parser for Args {}

                $crate::row::Row {
                    $($texts)*
                    ..$crate::row::Row::new(
                        concat!(module_path!(), "::", stringify!($row)),
                        $crate::program::of::<Args>(),
                    )
                }
                .check();
            }
        )*
    };
}
