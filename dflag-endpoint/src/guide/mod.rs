//! The guide: what an operator does on the page, who may do it, and what scripts and dashboards read.
//!
//! | chapter | |
//! |---|---|
//! | [`page`] | what an operator sees, sets, undoes and exports |
//! | [`access`] | who may read and set flags, tokens, proxies, cross-site requests |
//! | [`json`] | reading and setting from a script |
//! | [`events`] | following changes as they happen |
//! | [`metrics`] | metrics, and what to do about each alert |
//!
//! [The guide of `dflag`](https://docs.rs/dflag/latest/dflag/guide/) is about the flags themselves.

#[doc = include_str!("page.md")]
pub mod page {}

#[doc = include_str!("access.md")]
pub mod access {}

#[doc = include_str!("json.md")]
pub mod json {}

#[doc = include_str!("events.md")]
pub mod events {}

#[doc = include_str!("metrics.md")]
pub mod metrics {}
