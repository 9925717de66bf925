//! The worker: the updater's thread, which decides and applies.
//!
//! [`round`] is its loop. [`handle`] and [`timer`] tell [`judge`](crate::judge) what happened, [`mounting`] sees to the
//! mount's thread, [`start`] chooses what it begins with, [`apply`] passes what counts to the flags, and [`record`] says
//! what is known.

mod apply;
mod handle;
mod mounting;
mod record;
mod round;
mod start;
mod state;
mod timer;

pub(crate) use start::ALONE;
pub(crate) use state::{Command, Worker};
