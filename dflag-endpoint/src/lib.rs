#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod answer;
mod asset;
mod authorize;
mod body;
mod cross_site;
mod endpoint;
mod events;
mod exposition;
mod guard;
mod host;
mod hub;
mod layout;
pub mod limits;
mod measure;
mod page;
mod place;
mod query;
#[cfg(feature = "metrics")]
mod recorder;
mod reject;
mod reply;
mod routes;
mod served;
mod shown;
mod token;
mod turn;

pub use answer::SCHEMA;
pub use authorize::{Authorizer, Caller, Denied};
pub use endpoint::Endpoint;
#[cfg(feature = "metrics")]
pub use recorder::Recorder;
pub use token::BearerToken;
