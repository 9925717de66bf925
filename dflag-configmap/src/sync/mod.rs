//! Synchronization: following the directory.
//!
//! [`Follower`](follower::Follower) turns what is in the directory into whole contents, [`Schedule`](schedule::Schedule)
//! decides when, and [`Reader`] has both. [`Scanner`] passes the contents to the [`Applier`](crate::apply::Applier).
//! [`Restarts`] decides when the program is notified of pending restarts.

mod debounce;
mod follower;
mod frozen;
mod reader;
mod restarts;
mod scanner;
mod schedule;

pub(crate) use reader::Reader;
pub(crate) use restarts::Restarts;
pub(crate) use scanner::Scanner;
pub(crate) use schedule::{Cause, Outcome, Plan};
