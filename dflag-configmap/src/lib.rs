#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod apply;
mod arguments;
mod builder;
#[cfg(feature = "commands")]
#[cfg_attr(docsrs, doc(cfg(feature = "commands")))]
pub mod commands;
mod context;
mod error;
mod escape;
pub mod guide;
mod health;
mod key_filter;
mod lock;
mod options;
mod other_sets;
#[cfg(feature = "commands")]
mod output;
mod parse;
mod pending_restart;
mod recovery;
mod registration;
mod reload;
mod signal;
pub mod source;
mod status;
mod sync;
#[cfg(all(unix, feature = "testing"))]
#[cfg_attr(docsrs, doc(cfg(all(unix, feature = "testing"))))]
pub mod testing;
mod thread;
mod updater;
mod volume;
mod waits;
mod watch;
mod worker;

pub use builder::Builder;
#[cfg(feature = "commands")]
#[cfg_attr(docsrs, doc(cfg(feature = "commands")))]
pub use commands::{ConfigMapArgs, ConfigMapArgsFlags};
pub use error::{
    BuildError, DirectoryError, FileError, InitializeError, LastGoodError, ParseError, ReloadError,
    ScanError, SetupError, StartError, StopError,
};
pub use parse::{parse, parse_with, try_parse, try_parse_from, try_parse_from_with};
pub use recovery::{BadStart, LastGoodFile, OnBadStart, Probation, Rollback, StartedFrom};
pub use reload::Reloaded;
pub use status::{FrozenFile, Status, UnsettledFile, Watching};
pub use updater::{Updater, setup};
