//! Fields: how the fields of a user's struct are declared, read and assigned.
//!
//! The derive declares each field once, with two accessors. A field knows neither layers nor readers.

pub(crate) mod access;
pub(crate) mod check;
pub(crate) mod compare;
pub(crate) mod declaration;
pub(crate) mod duplicate;
pub(crate) mod erased;
pub(crate) mod field;
pub(crate) mod finish;
pub(crate) mod own_texts;
pub(crate) mod value;
