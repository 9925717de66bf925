//! Texts: how lists are written and read, and how a person's text is quoted.

pub(crate) mod escape;
mod json_array;
pub(crate) mod list;
