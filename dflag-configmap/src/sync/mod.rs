//! Synchronization: following the directory.
//!
//! [`Follower`](follower::Follower) turns what is in the directory into whole contents, [`Scanner`] passes them to the
//! [`Applier`](crate::apply::Applier), and [`Schedule`](schedule::Schedule) decides when. [`Restarts`](restarts::Restarts)
//! decides when the program is notified of pending restarts.

mod debounce;
mod follower;
mod frozen;
mod restarts;
mod scanner;
mod schedule;

pub(crate) use scanner::Scanner;
pub(crate) use schedule::{Cause, Outcome, Plan};
