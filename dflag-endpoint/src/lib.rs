#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod admission;
mod config_map;
mod edit;
mod endpoint;
mod events;
pub mod guide;
mod json;
mod last_list;
pub mod limits;
mod log;
mod metrics;
mod middleware;
mod page;
mod program;
mod rejections;
mod request;
mod response;
mod revert;
mod routes;
mod security;
mod state;
mod view;

pub use crate::endpoint::Endpoint;
pub use crate::json::{OPEN_API, SCHEMA};
#[cfg(feature = "metrics")]
pub use crate::metrics::Recorder;
pub use crate::security::{Act, Authorizer, BearerToken, Caller, Denied, FormToken};
