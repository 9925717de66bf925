//! What a request asks for: which flags, in which format, or which edits.

mod base_path;
mod content_type;
mod edits;
mod format;
mod revert;
mod selection;

pub(crate) use base_path::BasePath;
pub(crate) use content_type::ContentType;
pub(crate) use edits::{ClearBody, EditBody, Edits, SetBody, read_body};
pub(crate) use format::Format;
pub(crate) use revert::RevertBody;
pub(crate) use selection::Selection;
