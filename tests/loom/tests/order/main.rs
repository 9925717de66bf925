//! The order of publish, notify and stop, in every order in which threads can run.
//!
//! What runs is the crates' own code, with loom's locks and atomics in it; `build.rs` makes the copies.
//! In the store, `sync::ArcSwap` stands for the one of the crate `arc-swap`, and promises as much of order.

#![allow(clippy::unwrap_used, reason = "a test fails loudly")]
#![allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "the sources' own business"
)]

mod hints;
mod publish;
mod sync;
mod tell;

mod mark {
    include!(concat!(env!("OUT_DIR"), "/mark.rs"));
}
mod notify {
    include!(concat!(env!("OUT_DIR"), "/notify.rs"));
}
mod scalar {
    include!(concat!(env!("OUT_DIR"), "/scalar.rs"));
}
mod store {
    include!(concat!(env!("OUT_DIR"), "/store.rs"));
}
mod signal {
    include!(concat!(env!("OUT_DIR"), "/signal.rs"));
}

/// What the sources know of a snapshot.
mod snapshot {
    use crate::mark::Mark;

    /// A publish of one number.
    #[derive(Debug)]
    pub(crate) struct Snapshot {
        pub(crate) superseded: Mark,
        pub(crate) value: u64,
    }

    impl Snapshot {
        pub(crate) fn new(value: u64) -> Self {
            let superseded = Mark::new();
            Self { superseded, value }
        }
    }
}

/// Tries every order, as far as `preemptions` of a running thread go.
fn in_every_order(preemptions: Option<usize>, model: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = preemptions;
    builder.check(model);
}
