//! Test support for the workspace.
//!
//! [`api_server`] starts a real API server, [`fake_api`] one that answers about one ConfigMap, and [`fault_proxy`] stands
//! in front of either. [`kubelet`] writes a ConfigMap volume exactly as kubelet does. [`log`] captures what is logged, and
//! [`wait`] waits for a condition with a deadline.
//! The tests across the crates are in `tests`.

pub mod api_server;
pub mod fake_api;
pub mod fault_proxy;
mod http;
pub mod kubelet;
#[path = "../../dflag-configmap/tests/common/log.rs"]
pub mod log;
pub mod wait;

/// The code in the workspace's README.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
mod readme {}
