//! Test support for the workspace.
//!
//! [`api_server`] starts a real API server. [`kubelet`] writes a ConfigMap volume exactly as kubelet does. [`wait`] waits for a condition with a deadline.
//! The tests across the crates are in `tests`.

pub mod api_server;
pub mod kubelet;
pub mod wait;

/// The code in the workspace's README.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
mod readme {}
