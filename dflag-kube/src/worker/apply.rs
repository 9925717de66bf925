//! Applying: from what counts to the flags, and to Events.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use dflag_configmap::source::{Contents, Retry};

use super::state::{Run, Said, Worker};
use crate::client::{Deadline, Failure};
use crate::events::{self, Counts, Reason, pod_token};
use crate::judge::Verdict;
use crate::status::{ApiState, Way};

impl Worker {
    pub(super) fn apply_object(&mut self) {
        match &self.said {
            Said::Object(object) => {
                let contents = object.contents.clone();
                self.apply(&contents, Way::Api);
            }
            // A start uses the mount then, and it stays in force until there is an object.
            Said::Missing if !self.has_existed && self.mounted.is_some() => {}
            Said::Missing if self.optional => self.apply(&Contents::default(), Way::Api),
            Said::Missing => {
                let reason = format!(
                    "there is no ConfigMap `{}`; create it, or make it optional in the program",
                    self.location()
                );
                self.absence = Some(reason.clone());
                self.fail(reason);
            }
            Said::Nothing => {}
        }
    }

    pub(super) fn follow_mount(&mut self, verdict: Verdict<Contents>) {
        match verdict {
            Verdict::Apply(contents) => self.apply(&contents, Way::Mount),
            Verdict::Keep | Verdict::Hold => self.fail_without_source(),
        }
    }

    /// Applies contents. Before a start they are only remembered for it: an `initialize` publishes what it begins with, or
    /// nothing.
    pub(super) fn apply(&mut self, contents: &Contents, from: Way) {
        self.current = Some((contents.clone(), from));
        self.absence = None;
        self.lacks_source = false;
        if self.is_started() {
            self.propose(contents, from, Retry::Never);
        }
    }

    pub(super) fn propose(&mut self, contents: &Contents, from: Way, retry: Retry) {
        self.record_applied_from(from, |applier| applier.apply(contents, retry));
    }

    pub(super) fn is_started(&self) -> bool {
        self.applier.is_started()
    }

    pub(super) fn fail(&mut self, reason: String) {
        if self.is_started() {
            self.applier.fail(reason);
        }
    }

    /// Records an error if neither the API nor a mount is there.
    pub(super) fn fail_without_source(&mut self) {
        if self.is_routine() || self.has_source() {
            return;
        }
        let reasons = {
            let known = self.shared.known();
            let mount = known.mount.as_ref().and_then(|mount| mount.error.clone());
            let reasons = known.api.error.clone().into_iter().chain(mount);
            reasons.collect::<Vec<_>>().join("; ")
        };
        if !reasons.is_empty() {
            self.lacks_source = self.is_started();
            self.fail(reasons);
        }
    }

    /// Whether the API may answer soon: it was not asked yet, or only a single connection has broken since it answered.
    fn is_routine(&self) -> bool {
        let is_asked = self.shared.known().api.error.is_some();
        let has_answered = self.judge.confirmed().is_some();
        self.shared.target.is_some() && !self.logged.outage && (has_answered || !is_asked)
    }

    /// Ends that error when there is the API or a mount again, also if that says nothing new.
    pub(super) fn end_lack_of_source(&mut self) {
        if !self.lacks_source || !self.has_source() {
            return;
        }
        self.lacks_source = false;
        match (self.absence.clone(), self.current.clone()) {
            (Some(reason), _) => self.applier.fail(reason),
            // It says what became of these contents.
            (None, Some((contents, from))) => self.propose(&contents, from, Retry::Never),
            (None, None) => {}
        }
    }

    /// Whether the API or a mount is there.
    fn has_source(&self) -> bool {
        let known = self.shared.known();
        let has_mount = known
            .mount
            .as_ref()
            .is_some_and(|mount| mount.error.is_none());
        has_mount || known.api.state == ApiState::Watching
    }

    /// Creates an Event for what has just happened, if there is one.
    pub(super) fn publish_event(&mut self, run: &Run) {
        let (Some(events), Some(target)) = (&mut self.events, &self.shared.target) else {
            return;
        };
        let status = self.shared.report.status();
        let counts = Counts {
            rejected: status.rejected,
            rollbacks: status.rollbacks,
            has_error: status.last_error.is_some(),
        };
        let Some(reason) = events.next(counts, Instant::now()) else {
            return;
        };
        let message = match reason {
            Reason::Rejected => status.last_error.map(|error| error.to_string()),
            Reason::RolledBack => status.last_rollback.map(|rollback| rollback.to_string()),
            Reason::Recovered => Some(format!(
                "ConfigMap {} is applied again",
                self.shared.location
            )),
        };
        let uid = self.said.object().map(|object| &*object.revision.uid);
        let subject = events.subject(
            &target.name,
            uid.unwrap_or_default(),
            pod_token().as_deref(),
        );
        let event = events::json(
            &subject,
            reason,
            &message.unwrap_or_default(),
            SystemTime::now(),
        );
        let target = Arc::clone(target);
        run.runtime.spawn(async move {
            let deadline = Deadline::after(target.limits.request);
            let created = async {
                let connection = deadline.connect(&target.access, &target.name).await?;
                let event = connection.create_event(&subject.namespace, event);
                deadline.answer(event).await
            };
            if let Err(failure) = created.await {
                let location = &target.name;
                let remedy = match failure {
                    Failure::Forbidden(_) => ": it needs a Role with `create` on `events`",
                    _ => "",
                };
                tracing::warn!(%location, %failure, "no Event was created{remedy}");
            }
        });
    }
}
