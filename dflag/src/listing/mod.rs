//! Listing: what one may know about the flags and their sources without knowing the struct.

pub(crate) mod checksum;
pub(crate) mod info;
pub(crate) mod source;
