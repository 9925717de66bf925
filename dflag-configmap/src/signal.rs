//! The signal: how other threads wake the updater's thread.
//!
//! Hints that arrive before the thread wakes are combined into one, so no queue can grow or overflow.

#[cfg(all(test, dflag_loom))]
mod loom;

#[cfg(all(test, dflag_loom))]
use ::loom::sync::{Condvar, Mutex, MutexGuard};
use std::sync::{Arc, PoisonError};
#[cfg(not(all(test, dflag_loom)))]
use std::sync::{Condvar, Mutex, MutexGuard};
use std::task::Waker;
use std::time::{Duration, Instant};

/// The period of a wait without a time limit.
const LONG: Duration = Duration::from_secs(3600);

/// What may have changed. Each hint includes those before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Hint {
    #[default]
    Nothing,
    /// The directory, or what its path leads to.
    Changed,
    /// The watches: one may be dead although its path is as before.
    WatchLost,
}

/// Why the thread wakes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wake {
    /// It has to end. Once set, this stays set.
    pub(crate) stop: bool,
    /// A panic ends it. The panic unwinds the stack of the thread that stops it.
    panic: bool,
    pub(crate) hint: Hint,
    /// There is news of a probation. The directory need not be scanned for it.
    pub(crate) probation: bool,
}

/// One thread waits, and any thread may wake it.
#[derive(Debug, Default)]
pub(crate) struct Signal {
    wake: Mutex<Wake>,
    changed: Condvar,
    /// Wakes a thread that waits for other things as well.
    waker: Option<Waker>,
}

impl Signal {
    /// A signal that also wakes `waker`.
    pub(crate) fn waking(waker: Waker) -> Self {
        Self {
            waker: Some(waker),
            ..Self::default()
        }
    }

    /// Wakes the thread because of `hint`.
    pub(crate) fn hint(&self, hint: Hint) {
        self.set(|wake| wake.hint = wake.hint.max(hint));
    }

    /// Wakes the thread because there is news of a probation.
    pub(crate) fn probation(&self) {
        self.set(|wake| wake.probation = true);
    }

    /// Ends the wait, and every later one.
    pub(crate) fn stop(&self) {
        self.set(|wake| {
            wake.stop = true;
            wake.panic |= std::thread::panicking();
        });
    }

    /// Waits for a hint, for a stop or until `deadline`. The hint stays for [`take_at`](Self::take_at).
    pub(crate) fn wait_until(&self, deadline: Instant) -> Wake {
        self.wait(deadline, |wake| {
            wake.stop || wake.hint > Hint::Nothing || wake.probation
        })
    }

    /// Waits for news of a probation, for a stop or until `deadline`, and takes the news. Hints stay.
    pub(crate) fn take_probation_at(&self, deadline: Instant) -> Wake {
        let wake = self.wait(deadline, |wake| wake.stop || wake.probation);
        self.lock().probation = false;
        wake
    }

    /// Waits for a stop or until `deadline`, and takes the hints that have arrived by then.
    pub(crate) fn take_at(&self, deadline: Instant) -> Wake {
        self.wait(deadline, |wake| wake.stop);
        let mut wake = self.lock();
        let taken = Wake {
            hint: Hint::Nothing,
            ..*wake
        };
        std::mem::replace(&mut *wake, taken)
    }

    /// Waits for a stop, however long that takes.
    pub(crate) fn wait_for_stop(&self) {
        while !self.wait(Instant::now() + LONG, |wake| wake.stop).stop {}
    }

    /// Whether it was stopped.
    pub(crate) fn is_stopped(&self) -> bool {
        self.lock().stop
    }

    /// Whether it was stopped by a panic, which dropped its owner.
    pub(crate) fn is_stopped_by_panic(&self) -> bool {
        self.lock().panic
    }

    fn wait(&self, deadline: Instant, is_enough: impl Fn(&Wake) -> bool) -> Wake {
        let mut wake = self.lock();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if is_enough(&wake) || left.is_zero() {
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
        let has_changed = *wake != before;
        drop(wake);
        // A thread that was woken for the same reason need not be woken again.
        if has_changed {
            self.changed.notify_all();
            if let Some(waker) = &self.waker {
                waker.wake_by_ref();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Wake> {
        self.wake.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stops its signal when it is dropped, also by a panic.
#[derive(Debug)]
pub(crate) struct StopOnDrop(pub(crate) Arc<Signal>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stop();
    }
}

#[cfg(all(test, not(dflag_loom)))]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Hint, Signal, Wake};

    #[test]
    fn hints_are_combined_and_taken_once() {
        let signal = Signal::default();
        let soon = || Instant::now() + Duration::from_millis(1);
        let far = || Instant::now() + Duration::from_secs(60);
        let expected = Wake {
            hint: Hint::WatchLost,
            ..Wake::default()
        };
        signal.hint(Hint::WatchLost);
        signal.hint(Hint::Changed);
        assert_eq!(signal.wait_until(far()), expected);
        assert_eq!(signal.take_at(soon()), expected);
        assert_eq!(signal.wait_until(soon()), Wake::default());
    }

    #[test]
    fn news_of_a_probation_wakes_and_takes_no_hint() {
        let signal = Signal::default();
        let far = || Instant::now() + Duration::from_secs(60);
        signal.hint(Hint::Changed);
        signal.probation();
        assert!(signal.take_probation_at(far()).probation);
        let wake = signal.wait_until(far());
        assert!(!wake.probation && wake.hint == Hint::Changed);
    }

    #[test]
    fn a_stop_is_permanent() {
        let signal = Signal::default();
        let far = Instant::now() + Duration::from_secs(60);
        signal.stop();
        assert!(signal.wait_until(far).stop);
        assert!(signal.take_at(far).stop);
        assert!(signal.wait_until(far).stop);
    }
}
