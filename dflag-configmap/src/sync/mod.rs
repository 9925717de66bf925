//! Synchronization: what a scan of the directory means for the flags.
//!
//! Its two halves do not know each other. [`Follower`](follower::Follower) turns what is in the
//! directory into whole contents; [`Proposer`](propose::Proposer) applies contents, wherever they come
//! from. [`Scanner`] connects them, and [`Schedule`](schedule::Schedule) decides when.
//! [`Restarts`](restarts::Restarts) decides when the program is notified of pending restarts.

mod debounce;
mod follower;
mod frozen;
mod propose;
mod remarks;
mod restarts;
mod scanner;
mod schedule;
mod unknown_keys;

pub(crate) use propose::layer;
pub(crate) use scanner::Scanner;
pub(crate) use schedule::{Cause, Outcome, Plan};
