//! A row's program without the type of its struct.

use std::any::Any;
use std::cell::Cell;
use std::fmt::Debug;
use std::sync::Arc;

use clap::{Command, Parser};
use dflag::{DynamicFlags, FlagInfo, FlagSet};

/// The struct of a program.
pub(crate) trait Struct: Any + Debug {
    /// Whether both have the same type and equal values; `NaN` equals itself.
    fn equals(&self, other: &dyn Struct) -> bool;
}

impl<A: Any + Debug + PartialEq> Struct for A {
    fn equals(&self, other: &dyn Struct) -> bool {
        let other: &dyn Any = other;
        let Some(other) = other.downcast_ref::<A>() else {
            return false;
        };
        let text = format!("{self:?}");
        self == other || (text.contains("NaN") && text == format!("{other:?}"))
    }
}

type Parse = fn(Command, &[&str]) -> Result<Box<dyn Struct>, clap::Error>;

/// A program.
#[derive(Clone, Copy)]
pub(crate) struct Program {
    pub(crate) command: fn() -> Command,
    /// clap's own parse of a command line.
    pub(crate) parse: Parse,
    /// Starts the program with dynamic flags.
    pub(crate) start: fn(&[&str]) -> Result<Running, clap::Error>,
}

/// A program that has started.
pub(crate) struct Running {
    pub(crate) set: Arc<dyn FlagSet>,
    load: Box<dyn Fn() -> Box<dyn Struct>>,
}

impl Running {
    pub(crate) fn values(&self) -> Box<dyn Struct> {
        (self.load)()
    }

    #[track_caller]
    pub(crate) fn assert_value(&self, expected: &dyn Struct, context: &str) {
        let values = self.values();
        assert!(
            values.equals(expected),
            "{context}: {values:?}, expected {expected:?}"
        );
    }

    /// The description of the only flag.
    pub(crate) fn flag(&self) -> FlagInfo {
        self.set.list().remove(0)
    }
}

pub(crate) fn of<A: DynamicFlags + Parser + Debug + PartialEq>() -> Program {
    Program {
        command: A::command,
        parse: |command, args| {
            let matches = command.try_get_matches_from(line(args))?;
            Ok(Box::new(A::from_arg_matches(&matches)?))
        },
        start: |args| {
            let flags = A::try_parse_dynamic_from(line(args))?;
            Ok(Running {
                set: (&flags).into(),
                load: Box::new(move || Box::new(A::clone(&flags.load()))),
            })
        },
    }
}

fn line<'a>(args: &'a [&str]) -> impl Iterator<Item = &'a str> {
    ["row"].into_iter().chain(args.iter().copied())
}

thread_local! {
    /// The environment variable that the flag reads.
    static VARIABLE: Cell<Option<&'static str>> = const { Cell::new(None) };
}

/// Calls `run` with flags that read an environment variable.
pub(crate) fn with_variable<T>(name: &'static str, run: impl FnOnce() -> T) -> T {
    VARIABLE.set(Some(name));
    let result = run();
    VARIABLE.set(None);
    result
}

/// Adds the environment variable to a program's only argument.
pub(crate) fn with_env(command: Command) -> Command {
    match VARIABLE.get() {
        Some(name) => command.mut_args(|arg| arg.env(name)),
        None => command,
    }
}
