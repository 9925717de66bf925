#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod context;
mod error;
mod options;
mod registration;
mod reload;
mod signal;
mod status;
mod sync;
mod thread;
mod updater;
mod volume;
mod watch;
mod worker;

pub use error::{
    BuildError, DirectoryError, FileError, InitializeError, ReloadError, ScanError, SetupError,
    StartError, StopError,
};
pub use options::Builder;
pub use reload::Reloaded;
pub use status::{FrozenFile, Status, UnsettledFile, Watching};
pub use updater::{Updater, setup};
