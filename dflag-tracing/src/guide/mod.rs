//! The guide: what the value of a log level may be, where it comes from, and which subscribers follow it.
//!
//! | chapter | |
//! |---|---|
//! | [`level`] | what is logged, raising the level for a while, precedence |
//! | [`subscribers`] | subscribers of your own, what a filter costs |
//!
//! [The guide of `dflag`](https://docs.rs/dflag/latest/dflag/guide/) is about the flags themselves.

#[doc = include_str!("level.md")]
pub mod level {}

#[doc = include_str!("subscribers.md")]
pub mod subscribers {}
