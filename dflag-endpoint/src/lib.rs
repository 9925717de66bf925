#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod edit;
mod endpoint;
mod events;
mod json;
pub mod limits;
mod metrics;
mod middleware;
mod page;
mod request;
mod response;
mod revert;
mod routes;
mod security;
mod state;
mod view;

pub use crate::endpoint::Endpoint;
pub use crate::json::SCHEMA;
#[cfg(feature = "metrics")]
pub use crate::metrics::Recorder;
pub use crate::security::{Authorizer, BearerToken, Caller, Denied, FormToken};
