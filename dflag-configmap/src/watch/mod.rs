//! Watching: hints that the directory may have changed, so that a change need not wait for the timer.
//!
//! Nothing depends on an event being correct, complete or delivered at all, and no file is read here.

mod backend;
mod events;
mod targets;
mod watcher;

pub(crate) use watcher::Watcher;
