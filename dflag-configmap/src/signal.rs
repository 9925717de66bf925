//! The signal: how others reach the updater's thread while it sleeps.
//!
//! However many hints arrive, they are one: there is no queue that could grow or overflow.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Instant;

/// What may have changed, from the least to the most: each means those before it, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Hint {
    #[default]
    Nothing,
    /// Something in the directory.
    Inside,
    /// The way to the directory.
    Way,
    /// A watch: it may be dead although its path looks as before.
    Watch,
}

/// What the thread is to know when it wakes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wake {
    /// It is to end. Once set it stays.
    pub(crate) stop: bool,
    pub(crate) hint: Hint,
}

/// One thread waits; any other calls.
#[derive(Debug, Default)]
pub(crate) struct Signal {
    wake: Mutex<Wake>,
    changed: Condvar,
}

impl Signal {
    /// Says what may have changed.
    pub(crate) fn hint(&self, hint: Hint) {
        self.set(|wake| wake.hint = wake.hint.max(hint));
    }

    /// Ends the wait, and every later one.
    pub(crate) fn stop(&self) {
        self.set(|wake| wake.stop = true);
    }

    /// Waits for a call or for `deadline`. What was called stays for [`take_at`](Self::take_at).
    pub(crate) fn wait_until(&self, deadline: Instant) -> Wake {
        self.wait(deadline, |wake| wake.stop || wake.hint > Hint::Nothing)
    }

    /// Waits for a stop or for `deadline`, deaf to hints, and takes what was called.
    pub(crate) fn take_at(&self, deadline: Instant) -> Wake {
        self.wait(deadline, |wake| wake.stop);
        let mut wake = self.lock();
        let stop = wake.stop;
        std::mem::replace(
            &mut *wake,
            Wake {
                stop,
                ..Wake::default()
            },
        )
    }

    /// Whether it was stopped.
    pub(crate) fn is_stopped(&self) -> bool {
        self.lock().stop
    }

    fn wait(&self, deadline: Instant, enough: impl Fn(&Wake) -> bool) -> Wake {
        let mut wake = self.lock();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if enough(&wake) || left.is_zero() {
                return *wake;
            }
            let waited = self.changed.wait_timeout(wake, left);
            wake = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn set(&self, change: impl FnOnce(&mut Wake)) {
        let mut wake = self.lock();
        let before = *wake;
        change(&mut wake);
        let news = *wake != before;
        drop(wake);
        // Who was told before need not be woken for the same.
        if news {
            self.changed.notify_all();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Wake> {
        self.wake.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stops its signal when it is dropped, also by a panic.
#[derive(Debug)]
pub(crate) struct Life(pub(crate) Arc<Signal>);

impl Drop for Life {
    fn drop(&mut self) {
        self.0.stop();
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Hint, Signal, Wake};

    #[test]
    fn hints_are_one_and_are_taken_once() {
        let signal = Signal::default();
        let soon = || Instant::now() + Duration::from_millis(1);
        let far = || Instant::now() + Duration::from_secs(60);
        let more = Wake {
            stop: false,
            hint: Hint::Way,
        };
        signal.hint(Hint::Way);
        signal.hint(Hint::Inside);
        assert_eq!(signal.wait_until(far()), more);
        assert_eq!(signal.take_at(soon()), more);
        assert_eq!(signal.wait_until(soon()), Wake::default());
    }

    #[test]
    fn a_stop_stays() {
        let signal = Signal::default();
        let far = Instant::now() + Duration::from_secs(60);
        signal.stop();
        assert!(signal.wait_until(far).stop);
        assert!(signal.take_at(far).stop);
        assert!(signal.wait_until(far).stop);
    }
}
