//! The timer: a thread that sleeps until an override is due. It exists while one has time left.

#[cfg(all(test, dflag_loom))]
mod loom;

use std::io;
use std::sync::{Arc, PoisonError, Weak};
use std::time::Instant;

use crate::sync::thread::Builder;
use crate::sync::{Condvar, Mutex, MutexGuard};
use crate::user_code::catch_panic;

/// The thread's name. Linux shows 15 bytes of it.
const NAME: &str = "dflag-expiry";

/// Has overrides that expire.
pub(crate) trait Expire: Send + Sync {
    /// Ends the overrides that are due, and [schedules](Timer::schedule) the next call.
    fn expire(&self);
}

/// Calls its owner when an override is due. Dropping it ends the thread, without waiting for that.
pub(crate) struct Timer {
    owner: Weak<dyn Expire>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// When the next override is due. The thread ends when there is none.
    next: Option<Instant>,
    is_running: bool,
}

impl Timer {
    /// The thread does not keep `owner` alive.
    pub(crate) fn new(owner: Weak<dyn Expire>) -> Self {
        Self {
            owner,
            shared: Arc::default(),
        }
    }

    /// Calls the owner at `next`, and not at the instant of an earlier call. Callers hold the writer lock.
    ///
    /// # Errors
    /// There is no thread, and it can't be started. Without `next` this can't fail.
    pub(crate) fn schedule(&self, next: Option<Instant>) -> io::Result<()> {
        let mut state = self.shared.lock();
        if next.is_some() && !state.is_running {
            let (owner, shared) = (Weak::clone(&self.owner), Arc::clone(&self.shared));
            Builder::new()
                .name(NAME.to_owned())
                .spawn(move || shared.run(&owner))?;
            state.is_running = true;
        }
        if state.next != next {
            state.next = next;
            self.shared.changed.notify_one();
        }
        Ok(())
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.shared.lock().next = None;
        self.shared.changed.notify_one();
    }
}

impl Shared {
    fn run(&self, owner: &Weak<dyn Expire>) {
        let mut state = self.lock();
        while let Some(next) = state.next {
            let left = next.saturating_duration_since(Instant::now());
            if !left.is_zero() {
                let woken = self.changed.wait_timeout(state, left);
                (state, _) = woken.unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            // The owner schedules the next call. If it does not, there is none, rather than one after another.
            state.next = None;
            drop(state);
            // This may drop the last handle, and with it values of the program.
            let expire = || owner.upgrade().map(|owner| owner.expire());
            catch_panic(expire).ok();
            state = self.lock();
        }
        // In the critical section that found nothing to wait for: a call of `schedule` either comes before, and
        // there is something, or starts the next thread.
        state.is_running = false;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
