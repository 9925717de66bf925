//! What is due: reconnecting, checking, and asking about a doubt.

use std::time::{Duration, Instant};

use super::state::{Request, Run, Worker};
use crate::judge::{Api, Shape};
use crate::watch::{Answer, check, list};

/// A swap of the mount asks the API after a random time up to this.
const DOUBT_JITTER: Duration = Duration::from_secs(2);

impl Worker {
    /// Does what is due.
    pub(super) fn tick(&mut self, run: &mut Run) {
        if run.starting.is_some() {
            self.tick_start(run);
            return;
        }
        let now = Instant::now();
        let is_due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        if is_due(run.reconnect_at) {
            self.connect(run);
        }
        if is_due(run.remount_at) {
            self.begin_mount(run);
        }
        if is_due(run.doubt_at) {
            run.doubt_at = None;
            if self.judge.doubts() {
                self.request(run, true);
            }
        }
        if is_due(run.check_at) {
            // A check that is still running is not replaced: its timeout is what says that the API is away.
            if run.request.is_none() {
                self.request(run, false);
            }
            run.check_at = Some(self.next_check(now));
        }
        self.judge.compare(now);
        self.poll();
    }

    /// Asks the API on a connection of its own.
    pub(super) fn request(&mut self, run: &mut Run, is_doubt: bool) {
        let Some(target) = self.shared.target.clone() else {
            return;
        };
        let object = self.said.object();
        let known = object.map(|object| object.revision.clone());
        let known = known.unwrap_or_default();
        let limits = target.limits;
        let task = run.runtime.spawn(async move {
            if is_doubt {
                let (object, sent) = list(&target, limits.doubt).await?;
                Ok((Answer::Listed(object), sent))
            } else {
                check(&target, &known, limits.request).await
            }
        });
        run.request = Some(Request { is_doubt, task });
    }

    /// Schedules what follows from the state, and publishes the state.
    pub(super) fn schedule(&mut self, run: &mut Run) {
        let is_asked = run.request.as_ref().is_some_and(|request| request.is_doubt);
        // Of two lists in flight, it is unknown which one is older. That of the session answers the question as well.
        let is_listing = run.listed_at.is_none();
        if !self.judge.doubts() || is_listing {
            run.doubt_at = None;
        } else if run.doubt_at.is_none() && !is_asked {
            let jitter = DOUBT_JITTER.mul_f64(fastrand::f64());
            run.doubt_at = Some(Instant::now() + jitter);
        }
        let (is_held, is_foreign) = (self.judge.is_held(), self.judge.shape() == Shape::Foreign);
        let mut known = self.shared.known();
        // Without the API there is nothing that could confirm the mount.
        let is_judged = self.shared.target.is_some();
        known.unconfirmed_at = self.judge.unconfirmed_at().filter(|_| is_judged);
        let Some(mount) = &mut known.mount else {
            return;
        };
        let began = is_foreign && !mount.is_foreign;
        let is_held = is_held && self.judge.api() != Api::Confirmed;
        let held = is_held && !mount.is_held;
        mount.is_held = is_held;
        mount.is_foreign = is_foreign;
        drop(known);
        let location = self.location();
        if began {
            tracing::warn!(%location, "the mount differs from the ConfigMap and is used only at start");
        }
        if held {
            tracing::warn!(%location, "the mount has content that is not applied, because it may be older than what is in force");
        }
    }

    /// When the next check is due: at a random time, so that those of a fleet are not together.
    pub(super) fn next_check(&self, now: Instant) -> Instant {
        let target = self.shared.target.as_ref();
        let every = target.map(|target| target.limits.check_every);
        now + every
            .unwrap_or_default()
            .mul_f64(0.9 + 0.2 * fastrand::f64())
    }
}
