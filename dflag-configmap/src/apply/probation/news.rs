//! News: what other threads report to the updater's thread.

use std::sync::{Arc, Mutex};

use dflag::Published;

use crate::lock::lock;
use crate::signal::Signal;

/// How many publishes are kept. The others began the probation anew as well.
const MAX_PUBLISHES: usize = 16;

/// A publish: its generation, and the flags that it changed.
pub(super) type Publish = (u64, Vec<String>);

/// The news that the updater's thread has not seen yet.
#[derive(Debug, Default)]
pub(super) struct News(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    publishes: Vec<Publish>,
    failed_elsewhere: Option<String>,
    /// What wakes the updater's thread; `None` while it is stopped.
    signal: Option<Arc<Signal>>,
}

impl News {
    pub(super) fn set_signal(&self, signal: Option<Arc<Signal>>) {
        lock(&self.0).signal = signal;
    }

    pub(super) fn add_publish(&self, published: &Published) {
        let flags = published.changed.iter().map(|change| change.flag.clone());
        let publish = (published.generation, flags.collect());
        self.add(|inner| {
            if inner.publishes.len() < MAX_PUBLISHES {
                inner.publishes.push(publish);
            }
        });
    }

    /// Reports that the probation of contents that were applied earlier failed.
    pub(super) fn fail(&self, reason: String) {
        self.add(|inner| inner.failed_elsewhere = Some(reason));
    }

    pub(super) fn take_publishes(&self) -> Vec<Publish> {
        std::mem::take(&mut lock(&self.0).publishes)
    }

    pub(super) fn has_publishes(&self) -> bool {
        !lock(&self.0).publishes.is_empty()
    }

    pub(super) fn take_failure(&self) -> Option<String> {
        lock(&self.0).failed_elsewhere.take()
    }

    fn add(&self, add: impl FnOnce(&mut Inner)) {
        let mut inner = lock(&self.0);
        add(&mut inner);
        let signal = inner.signal.clone();
        drop(inner);
        if let Some(signal) = signal {
            signal.probation();
        }
    }
}
