//! Shared by the tests of the built programs.

#![allow(dead_code)] // each test crate uses a part of it

pub(crate) mod program;
pub(crate) mod server;
