//! Judging: whether the API or the mount says which contents are the newest.
//!
//! [`Judge`] is a pure function of its state, what happened and when. It uses neither a clock nor a network nor a file
//! system, and knows of contents only whether they are equal. [`Record`](record::Record) is what the API said lately.
//!
//! One assumption carries it: what a mount publishes by a swap of `..data` at the time *t* was the object at some moment
//! in the *lag* before *t*. kubelet needs up to 150 s for that. So contents that were not the object at any moment of that
//! time up to the last one that is known are newer than all that is known. Equal contents prove nothing, since people
//! revert changes.

mod machine;
mod record;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;

pub(crate) use machine::{Api, Content, Judge, Revision, Shape, Verdict};
