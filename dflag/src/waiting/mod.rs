//! Waiting: tasks and threads that sleep until a publish changes a value.
//!
//! Every snapshot has the [versions](crate::read::snapshot::Versions) of its values. A [`Watch`](watch::Watch)
//! remembers the version that it saw last, and leaves a waker with the [`Waiters`](waiters::Waiters) of the set
//! until there is another one. No runtime takes part in it.

pub(crate) mod changes;
#[cfg(all(test, dflag_loom))]
mod loom;
pub(crate) mod waiters;
pub(crate) mod watch;
