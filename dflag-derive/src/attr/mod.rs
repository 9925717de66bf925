//! Attributes, read once into what they say: our own, and the few facts needed from clap's.
//!
//! [`meta`] parses the syntax that both share, [`keys`] knows which of our keys is allowed where,
//! and [`flag`] and [`clap`] hold the results. Nothing here compares one key with another; that
//! is [`check`](crate::check)'s task.

pub(crate) mod clap;
pub(crate) mod flag;
mod keys;
pub(crate) mod lint;
mod meta;

pub(crate) use clap::{ClapAttr, ClapKind};
pub(crate) use flag::{FlagAttr, FlagsAttr, Text, is_ours};
