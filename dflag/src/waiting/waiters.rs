//! Waiters: the wakers of the tasks and threads that wait for a change.
//!
//! A publish releases the wakers that it concerns under the writer lock, and wakes them after it. No lock
//! is held while a waker is called or dropped: both may run any code.

use std::collections::BTreeMap;
use std::mem;
use std::sync::PoisonError;
use std::task::Waker;

use crate::sync::{Mutex, MutexGuard};
use crate::user_code::catch_panic;

#[derive(Default)]
pub(crate) struct Waiters {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// By the id of the watch.
    waiting: BTreeMap<u64, Waiter>,
    /// To be woken by the thread that released them.
    released: Vec<Waker>,
    /// Whether there will be no further publish.
    closed: bool,
}

struct Waiter {
    /// The value that it waits for; `None` for any value.
    flag: Option<usize>,
    /// Taken when the waiter is released.
    waker: Option<Waker>,
}

impl Waiters {
    /// Leaves the waker of a watch, in place of an earlier one, until a publish changes `flag`, or any value
    /// if it is `None`. Returns `false` without leaving it if there will be no further publish.
    ///
    /// A publish that this does not precede is visible in the store when this returns.
    pub(crate) fn register(&self, id: u64, flag: Option<usize>, waker: &Waker) -> bool {
        let waiter = Waiter {
            flag,
            waker: Some(waker.clone()),
        };
        let mut state = self.lock();
        if state.closed {
            return false;
        }
        let replaced = state.waiting.insert(id, waiter);
        drop(state);
        drop(replaced);
        true
    }

    /// Forgets the waker of a watch.
    pub(crate) fn remove(&self, id: u64) {
        let removed = self.lock().waiting.remove(&id);
        drop(removed);
    }

    /// Releases those who wait for one of the `changed` flags, in order, or for any. The publish is visible.
    pub(crate) fn release(&self, changed: &[usize]) {
        let State {
            waiting, released, ..
        } = &mut *self.lock();
        waiting.retain(|_, waiter| {
            let concerned = waiter
                .flag
                .is_none_or(|flag| changed.binary_search(&flag).is_ok());
            if concerned {
                released.extend(waiter.waker.take());
            }
            !concerned
        });
    }

    /// Wakes those that were released.
    pub(crate) fn wake(&self) {
        let released = mem::take(&mut self.lock().released);
        for waker in released {
            if catch_panic(|| waker.wake()).is_err() {
                tracing::error!("waking a task panicked; the others are still woken");
            }
        }
    }

    /// Wakes everyone: there will be no further publish.
    pub(crate) fn close(&self) {
        {
            let State {
                waiting,
                released,
                closed,
            } = &mut *self.lock();
            *closed = true;
            released.extend(
                mem::take(waiting)
                    .into_values()
                    .filter_map(|waiter| waiter.waker),
            );
        }
        self.wake();
    }

    /// The number of wakers.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        let state = self.lock();
        state.waiting.len() + state.released.len()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
