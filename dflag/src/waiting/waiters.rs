//! Waiters: the wakers of the tasks and threads that wait for a change.
//!
//! A publish releases the wakers that it concerns under the writer lock, and wakes them after it. No lock
//! is held while a waker is called or dropped: both may run any code.

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
    /// One for each watch, and free ones.
    slots: Vec<Slot>,
    free: Vec<usize>,
    /// To be woken by the thread that released them.
    released: Vec<Waker>,
    /// Whether there will be no further publish.
    closed: bool,
}

struct Slot {
    /// The flag that is watched; `None` for any.
    flag: Option<usize>,
    /// Set while the watch waits.
    waker: Option<Waker>,
}

impl Waiters {
    /// Adds a slot for a watch of `flag`, or of any flag if it is `None`.
    pub(crate) fn add(&self, flag: Option<usize>) -> usize {
        let slot = Slot { flag, waker: None };
        let State { slots, free, .. } = &mut *self.lock();
        if let Some(index) = free.pop()
            && let Some(place) = slots.get_mut(index)
        {
            *place = slot;
            return index;
        }
        slots.push(slot);
        slots.len() - 1
    }

    /// Leaves a waker in a slot, in place of an earlier one, until a publish changes the flag. Returns `false` if
    /// there will be no further publish.
    ///
    /// A publish that does not release it is visible in the store when this returns.
    pub(crate) fn register(&self, slot: usize, waker: &Waker) -> bool {
        let mut state = self.lock();
        let replaced = state.replace(slot, Some(waker.clone()));
        let is_open = !state.closed;
        drop(state);
        drop(replaced);
        is_open
    }

    /// Forgets the waker of a slot.
    pub(crate) fn cancel(&self, slot: usize) {
        let canceled = self.lock().replace(slot, None);
        drop(canceled);
    }

    /// Removes a slot.
    pub(crate) fn remove(&self, slot: usize) {
        let mut state = self.lock();
        let removed = state.replace(slot, None);
        state.free.push(slot);
        if state.free.len() == state.slots.len() {
            state.slots = Vec::new();
            state.free = Vec::new();
        }
        drop(state);
        drop(removed);
    }

    /// Releases those who wait for one of the `changed` flags, in order, or for any. The publish is visible.
    pub(crate) fn release(&self, changed: &[usize]) {
        self.lock()
            .release(|flag| flag.is_none_or(|flag| changed.binary_search(&flag).is_ok()));
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
            let mut state = self.lock();
            state.closed = true;
            state.release(|_| true);
        }
        self.wake();
    }

    /// The number of slots.
    #[cfg(all(test, dflag_loom))]
    pub(crate) fn len(&self) -> usize {
        self.lock().slots.len()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn replace(&mut self, slot: usize, waker: Option<Waker>) -> Option<Waker> {
        mem::replace(&mut self.slots.get_mut(slot)?.waker, waker)
    }

    fn release(&mut self, is_concerned: impl Fn(Option<usize>) -> bool) {
        for slot in &mut self.slots {
            if slot.waker.is_some() && is_concerned(slot.flag) {
                self.released.extend(slot.waker.take());
            }
        }
    }
}
