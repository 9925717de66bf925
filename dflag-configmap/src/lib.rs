#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod directory;
mod entry;
mod error;
mod files;
mod folder;
mod follower;
mod key;
mod mount;
mod options;
mod pace;
mod schedule;
mod settle;
mod shared;
mod signal;
mod stamp;
mod status;
mod unknown;
mod updater;
mod walk;
mod watch;
mod worker;

pub use error::{
    BuildError, DirectoryError, FileError, InitializeError, ScanError, SetupError, StartError,
    StopError,
};
pub use options::Builder;
pub use status::{FrozenFile, Status, Watching};
pub use updater::{Updater, setup};
