//! Test support for the workspace.
//!
//! [`kubelet`] writes a ConfigMap volume exactly as kubelet does; [`wait`] waits for a condition,
//! never for a fixed time. The tests that span the crates stand beside it, in `tests`.

pub mod kubelet;
pub mod wait;

/// The code in the workspace's README.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
mod readme {}
