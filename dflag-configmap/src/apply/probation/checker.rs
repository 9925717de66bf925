//! The checker: calls the program's health check on a thread of its own.
//!
//! That thread exists only while health checks are needed. It is never waited for, and there is never a second
//! one: a call that hangs keeps the thread, which continues when the call returns.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::machine::Answer;
use crate::recovery::Health;
use crate::signal::Signal;
use crate::thread::{set_owner, spawn};

/// The name of the thread, as long as Linux permits.
const NAME: &str = "dflag-health";

/// How many answers are kept for an updater's thread that runs a callback meanwhile.
const MAX_ANSWERS: usize = 64;

/// An answer, when its call started, and when it ended.
#[derive(Clone, Debug)]
pub(super) struct Answered {
    pub(super) started: Instant,
    pub(super) ended: Instant,
    pub(super) answer: Answer,
}

/// Calls a health check periodically while it is [started](Self::start).
#[derive(Debug)]
pub(super) struct Checker {
    calls: Arc<Calls>,
    /// A child process that was forked does not have the thread.
    process: u32,
}

/// What the checker and its thread share.
#[derive(Default)]
struct Calls {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    is_needed: bool,
    /// Whether the rest of the period is skipped.
    is_urgent: bool,
    has_thread: bool,
    /// When the call started that has not ended.
    running: Option<Instant>,
    answers: Vec<Answered>,
    /// What wakes the updater's thread.
    signal: Option<Arc<Signal>>,
}

impl Checker {
    pub(super) fn new() -> Self {
        Self {
            calls: Arc::default(),
            process: std::process::id(),
        }
    }

    /// Calls `health` now, and then after each `period`. `signal` is woken by each answer; `owner` is the address of
    /// the updater's context.
    pub(super) fn start(
        &mut self,
        health: &Health,
        period: Duration,
        signal: &Arc<Signal>,
        owner: usize,
    ) -> io::Result<()> {
        if self.process != std::process::id() {
            *self = Self::new();
        }
        let mut state = self.calls.lock();
        state.signal = Some(Arc::clone(signal));
        state.is_urgent = !state.is_needed;
        state.is_needed = true;
        if std::mem::replace(&mut state.has_thread, true) {
            drop(state);
            self.calls.changed.notify_all();
            return Ok(());
        }
        drop(state);
        let (calls, health) = (Arc::clone(&self.calls), Arc::clone(health));
        let run = move || {
            set_owner(owner);
            let end = End(calls);
            while end.0.call(&health) && end.0.wait(period) {}
        };
        let spawned = spawn(NAME, Box::new(run));
        if spawned.is_err() {
            let mut state = self.calls.lock();
            state.has_thread = false;
            state.is_needed = false;
        }
        spawned.map(drop)
    }

    /// Ends the calls. A call that is running is not waited for.
    pub(super) fn stop(&self) {
        if self.process == std::process::id() {
            let mut state = self.calls.lock();
            state.is_needed = false;
            state.answers.clear();
            drop(state);
            self.calls.changed.notify_all();
        }
    }

    /// Calls the health check without waiting for the end of the period.
    pub(super) fn hurry(&self) {
        self.calls.lock().is_urgent = true;
        self.calls.changed.notify_all();
    }

    /// Takes the answers that have arrived.
    pub(super) fn take_answers(&self) -> Vec<Answered> {
        std::mem::take(&mut self.calls.lock().answers)
    }

    /// When the call started that has not ended.
    pub(super) fn running(&self) -> Option<Instant> {
        self.calls.lock().running
    }
}

/// Health checks end with their checker.
impl Drop for Checker {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Calls {
    /// Calls the health check if it is needed. Returns whether it was.
    fn call(&self, health: &Health) -> bool {
        let started = Instant::now();
        {
            let mut state = self.lock();
            if !state.is_needed {
                // In the same critical section, so that a start either finds this thread or creates one.
                state.has_thread = false;
                return false;
            }
            state.is_urgent = false;
            state.running = Some(started);
        }
        let answer = match catch_unwind(AssertUnwindSafe(&**health)) {
            Ok(Ok(())) => Answer::Healthy,
            Ok(Err(failure)) => Answer::Unhealthy(failure),
            Err(_) => Answer::Panicked,
        };
        let mut state = self.lock();
        state.running = None;
        if state.is_needed && state.answers.len() < MAX_ANSWERS {
            state.answers.push(Answered {
                started,
                ended: Instant::now(),
                answer,
            });
        }
        let signal = state.signal.clone();
        drop(state);
        if let Some(signal) = signal {
            signal.probation();
        }
        true
    }

    /// Waits until the next call is due, or none is needed. Returns `true`.
    fn wait(&self, period: Duration) -> bool {
        let due = Instant::now() + period;
        let mut state = self.lock();
        loop {
            let left = due.saturating_duration_since(Instant::now());
            if left.is_zero() || state.is_urgent || !state.is_needed {
                return true;
            }
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Calls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Calls").finish_non_exhaustive()
    }
}

/// Records the end of the thread, also by a panic while a panic's payload is dropped.
struct End(Arc<Calls>);

impl Drop for End {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let mut state = self.0.lock();
            state.has_thread = false;
            state.running = None;
        }
    }
}

#[cfg(test)]
mod tests;
