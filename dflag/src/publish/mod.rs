//! Publishing: propose → candidate → checks → publish, under one writer lock.

pub(crate) mod base;
mod candidate;
pub(crate) mod core;
mod reentrancy;
mod rules;
