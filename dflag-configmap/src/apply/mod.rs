//! Applying: what becomes of contents, wherever they come from.
//!
//! It knows no directory and no scan: contents come in with a [`Context`](crate::context::Context).
//! [`Applier`](applier::Applier) is the whole of it: it proposes contents ([`propose`]), decides what a start does
//! without good ones ([`bad_start`]), keeps the last good ones ([`keeper`], [`last_good`]), rolls back those that fail
//! their [`probation`] ([`rollback`]), and holds those back ([`held`]).

mod applier;
mod bad_start;
mod builder;
mod digest;
mod held;
mod keeper;
mod last_good;
mod probation;
mod propose;
mod remarks;
mod rollback;
mod unknown_keys;

pub(crate) use applier::{Applier, Retry};
pub(crate) use propose::layer;
#[cfg(feature = "commands")]
pub(crate) use propose::layer_at;
