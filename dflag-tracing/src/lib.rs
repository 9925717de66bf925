#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod args;
mod directive;
mod dynamic_filter;
mod error;
pub mod guide;
mod init;
mod log_filter;

pub use args::{LogArgs, LogArgsFlags, Verbosity};
pub use dynamic_filter::DynamicFilter;
pub use error::{InitError, ParseFilterError};
pub use init::init;
pub use log_filter::LogFilter;
