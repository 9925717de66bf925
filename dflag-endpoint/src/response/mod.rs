//! Responses: JSON, HTML and assets, and the rejection of a request.

mod asset;
mod content;
mod entity_tag;
#[cfg(feature = "compression")]
mod gzip;
mod rejection;

pub(crate) use asset::asset;
pub(crate) use content::{html, html_body, json, json_body, with_content_type};
pub(crate) use entity_tag::EntityTag;
#[cfg(feature = "compression")]
pub(crate) use gzip::{compressed, gzip};
pub(crate) use rejection::Rejection;
