#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

pub mod guide;

mod attempts;
mod backoff;
mod client;
mod error;
mod events;
mod judge;
mod mount;
mod name;
mod object;
mod options;
mod panic;
mod parse;
mod remedy;
mod shared;
mod status;
mod target;
mod thread;
mod updater;
mod watch;
mod worker;

pub use dflag_configmap::{
    BadStart, InitializeError, LastGoodFile, OnBadStart, ScanError, StartError, StopError,
};
pub use error::{BuildError, ParseError, SetupError};
pub use events::EventsOn;
pub use options::Builder;
pub use parse::{parse, parse_with, try_parse, try_parse_from, try_parse_from_with};
pub use status::{ApiState, ApiStatus, MountStatus, ObjectStatus, Status, Way};
pub use updater::{Updater, setup, setup_blocking};
