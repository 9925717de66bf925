//! What a request asks for: which flags, in which format, or which edits.

mod base_path;
mod body;
mod content_type;
mod edits;
#[cfg(feature = "compression")]
mod encoding;
mod format;
mod revert;
mod selection;

pub(crate) use base_path::BasePath;
pub(crate) use body::{LongBodies, PartialBody, check_declared_length};
pub(crate) use content_type::ContentType;
pub(crate) use edits::{Change, ClearBody, EditBody, Edits, SetBody, form_token};
#[cfg(feature = "compression")]
pub(crate) use encoding::accepts_gzip;
pub(crate) use format::Format;
pub(crate) use revert::RevertBody;
pub(crate) use selection::Selection;
