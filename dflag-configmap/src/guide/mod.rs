//! The guide: mounting, following and checking a ConfigMap, and surviving a bad one.
//!
//! [The guide of `dflag`](https://docs.rs/dflag/latest/dflag/guide/) is about the flags themselves.

#[doc = include_str!("following.md")]
pub mod following {}

#[doc = include_str!("phases.md")]
pub mod phases {}

#[doc = include_str!("invalid_values.md")]
pub mod invalid_values {}

#[doc = include_str!("recovery.md")]
pub mod recovery {}

#[doc = include_str!("checking.md")]
pub mod checking {}

#[doc = include_str!("admission_policies.md")]
pub mod admission_policies {}
