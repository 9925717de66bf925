//! The guide: the mount or the API, which of them is newer, and what the API server and kubectl see of it.
//!
//! | chapter | |
//! |---|---|
//! | [`choosing`] | the mount, the API, and which to choose |
//! | [`start`] | what a program begins with, and when it fails |
//! | [`which_is_newer`] | the rule, while the API or the mount is away |
//! | [`connection`] | noticing that nothing arrives, and how a fleet reconnects |
//! | [`permissions`] | the Role, and Events for `kubectl describe` |
//! | [`status`] | what is in force, and what needs attention |
//!
//! [The guide of `dflag`](https://docs.rs/dflag/latest/dflag/guide/) is about the flags themselves, and that of
//! [`dflag-configmap`](https://docs.rs/dflag-configmap/latest/dflag_configmap/guide/) about the ConfigMap.

#[doc = include_str!("choosing.md")]
pub mod choosing {}

#[doc = include_str!("start.md")]
pub mod start {}

#[doc = include_str!("which_is_newer.md")]
pub mod which_is_newer {}

#[doc = include_str!("connection.md")]
pub mod connection {}

#[doc = include_str!("permissions.md")]
pub mod permissions {}

#[doc = include_str!("status.md")]
pub mod status {}
