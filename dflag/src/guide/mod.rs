//! Guides.

#[doc = include_str!("adopting.md")]
pub mod adopting {}
