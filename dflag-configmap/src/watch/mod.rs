//! Watching: hints that the directory may have changed, so that a change need not wait for the timer.
//!
//! Events are hints and no more. Nothing here reads a file, and nothing else depends on an event
//! being right, complete or there at all.

mod hearing;
mod plan;
mod watcher;

pub(crate) use watcher::{Listener, Watcher, WritingUntil};
