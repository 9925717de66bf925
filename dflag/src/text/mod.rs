//! Texts: how lists are read and written, and how users' text is quoted.

pub(crate) mod escape;
mod json_array;
pub(crate) mod json_object;
pub(crate) mod list;
pub(crate) mod mask;
pub(crate) mod shorten;
