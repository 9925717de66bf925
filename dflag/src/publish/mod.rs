//! Publishing: propose → candidate → checks → publish, under one writer lock.

pub(crate) mod base;
pub(crate) mod broadcast;
mod candidate;
mod catalog;
pub(crate) mod core;
pub(crate) mod deprecated;
pub(crate) mod describe;
mod expiry;
pub(crate) mod finish;
mod next;
pub(crate) mod positions;
mod record;
pub(crate) mod reentrancy;
pub(crate) mod required;
mod revert;
mod rules;
pub(crate) mod saved_overrides;
mod states;
mod timer;
pub(crate) mod uncovered;
pub(crate) mod values;
