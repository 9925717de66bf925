//! The interrupter: ends what an applier waits for, from another thread.

use std::sync::{Arc, Mutex};

use crate::lock::lock;
use crate::signal::Signal;

/// Ends what an [`Applier`](super::Applier) waits for. Any thread may do so, before it asks the applier's thread to
/// [stop](super::Applier::stop) it.
///
/// Before an update on probation, an applier waits for the answer of a health check.
#[derive(Clone, Debug, Default)]
pub struct Interrupter(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// That of the applier while it is started.
    signal: Option<Arc<Signal>>,
    is_interrupted: bool,
}

impl Interrupter {
    /// Ends the wait, and every later one until the applier is stopped.
    pub fn interrupt(&self) {
        let signal = {
            let mut state = lock(&self.0);
            state.is_interrupted = true;
            state.signal.clone()
        };
        if let Some(signal) = signal {
            signal.stop();
        }
    }

    /// The applier was started.
    pub(super) fn begin(&self, signal: &Arc<Signal>) {
        let is_interrupted = {
            let mut state = lock(&self.0);
            state.signal = Some(Arc::clone(signal));
            state.is_interrupted
        };
        // The state is not locked here: this wakes the program's waker.
        if is_interrupted {
            signal.stop();
        }
    }

    /// The applier was stopped.
    pub(super) fn end(&self) {
        *lock(&self.0) = State::default();
    }
}
