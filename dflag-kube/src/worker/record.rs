//! Recording: what the status says, and what is logged.

use std::time::{Duration, Instant, SystemTime};

use dflag_configmap::source::Applier;
use dflag_configmap::{InitializeError, ScanError};

use super::state::{Said, Worker};
use crate::client::Failure;
use crate::judge::Api;
use crate::object::Object;
use crate::remedy::remedy;
use crate::shared::Applied;
use crate::status::{ApiState, ObjectStatus, Way};
use crate::watch::End;

impl Worker {
    /// Records what the API said. `is_event` is whether a watch reported it.
    pub(super) fn record_object(&mut self, object: Option<Object>, is_event: bool) {
        let is_missing = object.is_none();
        let is_new = match &self.said {
            Said::Nothing => true,
            said => said.object() != object.as_ref(),
        };
        let mut known = self.shared.known();
        // After a failure, a list that is answered does not say yet that a watch will be.
        if known.api.error.is_none() {
            known.api.state = ApiState::Watching;
        }
        let was_missing = std::mem::replace(&mut known.api.is_missing, is_missing);
        known.api.confirmed = Some(SystemTime::now());
        if is_new {
            let received = SystemTime::now();
            known.object = object.as_ref().map(|object| {
                let delay = object.modified.filter(|_| is_event);
                ObjectStatus {
                    resource_version: object.revision.version.clone(),
                    manager: object.manager.clone(),
                    modified: object.modified,
                    received,
                    delay: delay.map(|at| received.duration_since(at).unwrap_or_default()),
                }
            });
        }
        drop(known);
        self.has_existed |= !is_missing;
        self.said = object.map_or(Said::Missing, Said::Object);
        self.shared.report.confirm();
        let location = self.location();
        if is_missing && !was_missing {
            tracing::warn!(%location, "there is no such ConfigMap");
        }
    }

    /// Records that a watch is open.
    pub(super) fn record_opened(&mut self) {
        let mut known = self.shared.known();
        known.api.state = ApiState::Watching;
        known.api.error = None;
        drop(known);
        if std::mem::take(&mut self.logged).outage {
            tracing::info!(location = %self.location(), "the ConfigMap is followed through the API again");
        }
    }

    /// Records how a session ended, and logs what is not routine, once.
    pub(super) fn record_end(&mut self, end: &End, pause: Duration) {
        let reason = match end {
            End::Expected => return,
            End::Closed => "the server closed the watch early".to_owned(),
            End::Idle(time) => format!("neither an event nor a bookmark arrived for {time:?}"),
            End::Failed(failure) => self.explain(failure),
        };
        let is_denied = self.judge.api() == Api::Denied;
        let before = {
            let mut known = self.shared.known();
            known.api.state = if is_denied {
                ApiState::Denied
            } else {
                ApiState::Away
            };
            known.api.error.replace(reason.clone())
        };
        let location = self.location();
        // A single break of the connection is routine.
        let is_outage = is_denied || before.is_some();
        // A denial has a reason of its own, also during an outage.
        let is_told = self.logged.outage && (self.logged.denial || !is_denied);
        self.logged.outage |= is_outage;
        self.logged.denial |= is_denied;
        if is_outage && !is_told {
            tracing::warn!(%location, reason, "the ConfigMap is not followed through the API");
        } else {
            tracing::debug!(%location, reason, ?pause, "the watch ended");
        }
    }

    /// Records why the mount can't be read, or that it can.
    pub(super) fn record_mount_error(&self, error: Option<String>) {
        let mut known = self.shared.known();
        let Some(mount) = &mut known.mount else {
            return;
        };
        let new = error.clone().filter(|_| mount.error != error);
        mount.error = error;
        drop(known);
        if let Some(error) = new {
            tracing::warn!(location = %self.location(), error, "the mount can't be read");
        }
    }

    /// Records that nothing is followed and judged any more.
    pub(super) fn record_stopped(&mut self) {
        self.judge.stop();
        self.unseen_since.get_or_insert_with(Instant::now);
        self.lacks_source = false;
        let mut known = self.shared.known();
        known.api.state = ApiState::Off;
        known.api.error = None;
        known.unconfirmed_at = None;
        if let Some(mount) = &mut known.mount {
            mount.error = None;
            mount.is_held = false;
            mount.is_foreign = false;
        }
    }

    /// Records that the thread has panicked, so that nothing is followed any more.
    pub(crate) fn record_panic(&mut self, message: &str) {
        self.record_stopped();
        self.applier.fail(format!(
            "the updater's thread panicked: {message}; create another updater"
        ));
    }

    /// Proposes contents, and records where they came from if they are in force then.
    pub(super) fn record_applied_from<T>(
        &mut self,
        from: Way,
        propose: impl FnOnce(&mut Applier) -> T,
    ) -> T {
        let before = self.shared.report.status();
        let proposed = propose(&mut self.applier);
        let after = self.shared.report.status();
        let is_in_force = match after.last_error.as_deref() {
            None | Some(ScanError::PartlyRejected { .. }) => true,
            // What is held back had what is in force proposed again.
            Some(ScanError::RolledBack { .. }) => false,
            Some(_) => after.applied > before.applied,
        };
        if is_in_force {
            self.record_applied(from, after.rollbacks);
        }
        proposed
    }

    /// Lets the applier do what is due. It may apply what was proposed last and held back.
    pub(super) fn poll(&mut self) {
        let before = self.shared.report.status();
        self.applier.poll();
        let after = self.shared.report.status();
        if let Some((_, from)) = &self.current
            && after.applied > before.applied
        {
            self.record_applied(*from, after.rollbacks);
        }
    }

    /// Records where what is in force came from.
    fn record_applied(&self, from: Way, rollbacks: u64) {
        let mut known = self.shared.known();
        let object = if self.absence.is_some() {
            // It was deleted, and what was proposed again is its last content.
            let before = known.applied.as_ref();
            before.and_then(|before| before.object.clone())
        } else {
            known.object.clone()
        };
        known.applied = Some(Applied {
            from,
            object: object.filter(|_| from == Way::Api),
            rollbacks,
        });
    }

    /// What is wrong, and what to do about it.
    pub(super) fn explain(&self, failure: &Failure) -> String {
        let target = self.shared.target.as_ref();
        target.map_or_else(
            || failure.to_string(),
            |target| format!("{failure}{}", remedy(failure, &target.name)),
        )
    }

    pub(super) fn unavailable(&self, reason: String) -> InitializeError {
        InitializeError::Unavailable {
            location: self.location(),
            reason,
        }
    }

    pub(super) fn location(&self) -> String {
        self.shared.location.clone()
    }
}
