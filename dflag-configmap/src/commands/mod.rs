//! Commands: what a program does for its operators instead of starting, such as judging a ConfigMap before it is applied.
//!
//! [`ConfigMapArgs`] declares the arguments. A command is a function that gets the flags and
//! options of the updater, and returns an [`Output`].

mod args;
mod check;
mod compat;
mod describe;
mod doubts;
mod finding;
mod format;
mod judge;
mod manifest;
mod object_name;
mod owners;
mod parse;
mod pattern;
mod policy;
mod report;
#[cfg(test)]
mod sample;
mod schema;
mod subject;
mod syntax;
mod template;
mod unusable;

pub use args::{ConfigMapArgs, ConfigMapArgsFlags};
pub use format::Format;
pub use object_name::ObjectName;
pub use policy::PolicyError;
pub use template::Selection;

pub use crate::output::{Output, Stream};
