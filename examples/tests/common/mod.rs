//! What the tests of the built programs share.

#![allow(dead_code)] // each test uses a part of it

pub(crate) mod program;
pub(crate) mod server;
