//! Reading: published snapshots, and every way to read a value from one.
//!
//! A reader takes no lock, allocates nothing and writes nothing that another thread reads.
//! The [`Store`](store::Store) holds the newest snapshot; a [`Guard`](guard::Guard) reads it through
//! the [thread cache](thread_cache), a [`Reader`](reader::Reader) through a snapshot of its own,
//! and `Dynamic::get` of a number through its [`Mirror`](mirror::Mirror).

pub(crate) mod guard;
mod held_across_await;
#[cfg(all(test, dflag_loom))]
mod loom;
pub(crate) mod mirror;
pub(crate) mod pinned;
pub(crate) mod reader;
pub(crate) mod snapshot;
pub(crate) mod store;
pub(crate) mod thread_cache;
