//! Applying: what becomes of contents, wherever they come from.
//!
//! It knows no directory and no scan: contents come in with a [`Context`](crate::context::Context). An
//! [`Applier`](applier::Applier) is the whole of it. The [`direct`] one proposes contents ([`propose`]), and rejects
//! bad ones. The [`recovering`] one, for which the [`options`] ask, also decides what a start does without good ones
//! ([`bad_start`]), keeps the last good ones ([`keeper`], [`last_good`]), rolls back those that fail their
//! [`probation`] ([`rollback`]), and holds contents back ([`held`]).

mod applier;
mod bad_start;
mod digest;
mod direct;
mod held;
mod keeper;
mod last_good;
mod options;
mod probation;
mod propose;
mod recovering;
mod remarks;
mod rollback;
mod unknown_keys;
mod unreadable;

pub(crate) use applier::{Applier, Retry};
pub(crate) use last_good::LastGoodStore;
pub(crate) use options::RecoveryOptions;
pub(crate) use probation::new as new_trial;
pub(crate) use propose::layer;
#[cfg(feature = "commands")]
pub(crate) use propose::layer_at;
pub(crate) use unreadable::Unreadable;
