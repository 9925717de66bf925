//! Guides.

#[doc = include_str!("admission_policies.md")]
pub mod admission_policies {}
