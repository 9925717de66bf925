//! Listing: descriptions of flags and sources for code that does not know the struct.

pub(crate) mod checksum;
pub(crate) mod flag_schema;
pub(crate) mod health;
pub(crate) mod info;
#[cfg(feature = "serde")]
pub(crate) mod seconds;
pub(crate) mod source;
