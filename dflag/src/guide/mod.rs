//! Guides.

#[doc = include_str!("adopting.md")]
pub mod adopting {}

#[doc = include_str!("coming_from_go.md")]
pub mod coming_from_go {}
