//! The start: which contents it begins with.

use std::sync::Arc;
use std::task::Waker;
use std::time::{Duration, Instant};

use dflag_configmap::InitializeError;
use dflag_configmap::source::{Contents, Retry};
use tokio::sync::oneshot;

use super::state::{Run, Said, Starting, Worker};
use crate::attempts::Attempts;
use crate::status::Way;
use crate::watch::{End, Session};

/// How long a start waits for the API if there is no mount.
pub(crate) const ALONE: Duration = Duration::from_secs(10);

impl Worker {
    /// Begins to wait for the first contents: for the mount, and for the API for a limited time.
    pub(super) fn begin_start(
        &mut self,
        run: &mut Run,
        answer: oneshot::Sender<Result<(), InitializeError>>,
    ) {
        let has_mount = self.shared.directory.is_some();
        let limit = if has_mount {
            self.api_wait
        } else {
            self.api_wait.max(ALONE)
        };
        let asks_api = self.shared.target.is_some() && !limit.is_zero();
        run.starting = Some(Starting {
            answer,
            asks_api,
            is_waiting: asks_api,
            attempts: Attempts::new(limit, Instant::now()),
            failure: None,
        });
        // Only a request that is sent now is sure to return what is true now.
        if asks_api || run.session.is_none() {
            self.connect(run);
        }
    }

    /// Handles what the API has said by now.
    fn handle_waiting_news(&mut self, run: &mut Run) {
        while let Ok((of, news)) = run.news.try_recv() {
            if run.session.as_ref().map(Session::number) == Some(of) {
                self.handle_news(run, news);
            }
        }
    }

    /// Handles the end of a session during a start, which asks again while there is time. A pod's network may need a
    /// moment.
    pub(super) fn handle_failed_start(&mut self, run: &mut Run, end: End) {
        // All attempts of a start count as one failure.
        self.backoff.reset();
        self.handle_end(run, &end);
        let (Some(start), End::Failed(failure)) = (&mut run.starting, end) else {
            return;
        };
        if start.is_waiting {
            match start
                .attempts
                .after(&failure, Instant::now(), fastrand::f64())
            {
                Some(at) => run.reconnect_at = Some(at),
                None => start.is_waiting = false,
            }
        }
        start.failure = Some(failure);
    }

    /// Does what is due during a start.
    pub(super) fn tick_start(&mut self, run: &mut Run) {
        let now = Instant::now();
        let deadline = run
            .starting
            .as_ref()
            .filter(|start| start.is_waiting)
            .map(|start| start.attempts.deadline());
        if deadline.is_some_and(|at| at <= now) {
            // An answer that has arrived by now is in time.
            self.handle_waiting_news(run);
            if let Some(start) = &mut run.starting {
                start.is_waiting = false;
            }
        }
        if run.reconnect_at.is_some_and(|at| at <= now) {
            self.connect(run);
        }
    }

    /// Ends a start as soon as it is known what it begins with.
    pub(super) fn finish_start(&mut self, run: &mut Run) {
        let Some(start) = &run.starting else {
            return;
        };
        // What an earlier session reported does not count.
        let said = run.listed_at.map_or(&Said::Nothing, |_| &self.said);
        // The API's answer is preferred, however long the mount takes.
        let is_known = match said {
            _ if !start.asks_api => run.mount_is_known,
            Said::Object(_) => true,
            Said::Missing => run.mount_is_known,
            Said::Nothing => run.mount_is_known && !start.is_waiting,
        };
        if !is_known {
            return;
        }
        let Some(start) = run
            .starting
            .take()
            .filter(|start| !start.answer.is_closed())
        else {
            return;
        };
        let said = run.listed_at.map_or(&Said::Nothing, |_| &self.said);
        let is_answered = !matches!(said, Said::Nothing);
        let result = match self.first_contents(&start, said) {
            Ok((contents, from)) => {
                if from == Way::Mount && !is_answered {
                    // What the API said for an earlier start is not in force, so that nothing is to be held because of it.
                    self.judge.forget();
                }
                self.current = Some((contents.clone(), from));
                self.absence = None;
                self.record_applied_from(from, |applier| applier.initialize(Ok(contents)))
            }
            Err(reason) => self.applier.initialize(Err(reason)),
        };
        let bad_start = self.shared.report.status().bad_start;
        if bad_start.is_some_and(|start| start.recovered_at.is_none()) {
            // Something else is in force.
            self.shared.known().applied = None;
        }
        let _ = start.answer.send(result);
    }

    /// What a start begins with: what the API says, or else what the mount has.
    fn first_contents(&self, start: &Starting, said: &Said) -> Result<(Contents, Way), String> {
        let api = match said {
            _ if !start.asks_api => None,
            Said::Object(object) => return Ok((object.contents.clone(), Way::Api)),
            Said::Missing => Some("there is no such ConfigMap".to_owned()),
            Said::Nothing => {
                let failure = start.failure.as_ref();
                let failure = failure.map(|failure| self.explain(failure));
                Some(
                    failure.unwrap_or_else(|| "the API server has not answered in time".to_owned()),
                )
            }
        };
        let mount = self.shared.known().mount.clone();
        let mount = mount.and_then(|mount| mount.error);
        // What the mount had before it could not be read may be old.
        if let (Some(contents), None) = (&self.mounted, &mount) {
            return Ok((contents.clone(), Way::Mount));
        }
        if self.optional && matches!(said, Said::Missing) {
            return Ok((Contents::default(), Way::Api));
        }
        let reasons: Vec<String> = api.into_iter().chain(mount).collect();
        Err(reasons.join("; "))
    }

    /// Fixes the static flags, and applies what is new from now on.
    pub(super) fn start(&mut self, run: &mut Run) {
        // The caller of an earlier `initialize` no longer waits.
        run.starting = None;
        self.applier.start(Waker::from(Arc::clone(&run.wake)));
        run.is_following = true;
        if run.session.is_none() && run.reconnect_at.is_none() {
            self.connect(run);
        }
        // What was rejected before the static flags were fixed may be valid now.
        if let Some((contents, from)) = self.current.clone() {
            self.propose(&contents, from, Retry::Rejected);
            if let Some(reason) = self.absence.clone() {
                self.applier.fail(reason);
            }
        } else {
            self.apply_object();
        }
    }
}
