//! Watching: from the bytes of a watch to its events, and one run of list and watch.
//!
//! [`lines`] and [`event`] are pure; [`session`] makes the requests. Lists are plain lists, and not streaming ones, which
//! servers before 1.32 and etcd before 3.5 do not have.

mod event;
mod lines;
mod session;

pub(crate) use session::{Answer, End, News, Session, check, list};
