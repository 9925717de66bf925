//! The start: which contents it begins with.

use std::sync::Arc;
use std::task::Waker;
use std::time::{Duration, Instant};

use dflag_configmap::InitializeError;
use dflag_configmap::source::{Contents, Retry};

use super::round::sleep_until;
use super::state::{Run, Said, Worker};
use crate::client::Failure;
use crate::status::Way;
use crate::watch::{End, News, Session};

/// How long a start waits for the API if there is no mount.
pub(crate) const ALONE: Duration = Duration::from_secs(10);

/// The pause between two attempts of such a start.
const START_PAUSE: Duration = Duration::from_millis(500);

impl Worker {
    /// Applies the first contents. It waits for the mount, and for the API for a limited time.
    pub(super) async fn initialize(&mut self, run: &mut Run) -> Result<(), InitializeError> {
        let has_mount = self.shared.directory.is_some();
        let limit = if has_mount {
            self.api_wait
        } else {
            self.api_wait.max(ALONE)
        };
        let deadline = Instant::now() + limit;
        let mut failure = None;
        // What arrived since an earlier attempt, whose failure it may end.
        while let Ok(mounted) = run.mounts.try_recv() {
            run.mount_is_known = true;
            self.handle_mounted(mounted);
        }
        while let Ok((of, news)) = run.news.try_recv() {
            if run.session.as_ref().map(Session::number) == Some(of) {
                self.handle_news(run, news);
            }
        }
        if run.session.is_none() {
            self.connect(run);
        }
        let mut has_waited = self.shared.target.is_none() || limit.is_zero();
        loop {
            // The API's answer is preferred, however long the mount takes.
            let is_known = match self.said {
                Said::Object(_) => true,
                Said::Missing => run.mount_is_known,
                Said::Nothing => run.mount_is_known && has_waited,
            };
            if is_known {
                break;
            }
            let number = run.session.as_ref().map(Session::number);
            tokio::select! {
                Some(mounted) = run.mounts.recv() => {
                    run.mount_is_known = true;
                    self.handle_mounted(mounted);
                }
                Some((of, news)) = run.news.recv() => {
                    if Some(of) != number {
                        continue;
                    }
                    if let News::Ended(End::Failed(reason)) = &news {
                        let is_final = reason.is_denial() || matches!(reason, Failure::Credentials(_));
                        // A pod's network may need a moment.
                        has_waited |= has_mount || is_final;
                        failure = Some(reason.clone());
                    }
                    self.handle_news(run, news);
                    if !has_mount && run.reconnect_at.is_some() {
                        run.reconnect_at = Some(Instant::now() + START_PAUSE);
                    }
                }
                () = sleep_until(run.reconnect_at.filter(|_| !has_waited)) => self.connect(run),
                () = sleep_until(Some(deadline)), if !has_waited => has_waited = true,
            }
        }
        let contents = self.first_contents(failure.as_ref());
        if let Ok((contents, from)) = &contents {
            self.current = Some(contents.clone());
            self.record_applied_from(*from);
        }
        self.applier
            .initialize(contents.map(|(contents, _)| contents))
    }

    /// What a start begins with: what the API says, or else what the mount has.
    pub(super) fn first_contents(
        &self,
        failure: Option<&Failure>,
    ) -> Result<(Contents, Way), String> {
        let api = match &self.said {
            Said::Object(object) => return Ok((object.contents.clone(), Way::Api)),
            Said::Missing => Some("there is no such ConfigMap".to_owned()),
            Said::Nothing => {
                let failure = failure.map(|failure| self.explain(failure));
                let target = self.shared.target.as_ref();
                failure.or(target.map(|_| "the API server has not answered in time".to_owned()))
            }
        };
        if let Some(contents) = &self.mounted {
            return Ok((contents.clone(), Way::Mount));
        }
        if self.optional && matches!(self.said, Said::Missing) {
            return Ok((Contents::default(), Way::Api));
        }
        let mount = self.shared.known().mount.clone();
        let mount = mount.and_then(|mount| mount.error);
        let reasons: Vec<String> = api.into_iter().chain(mount).collect();
        Err(reasons.join("; "))
    }

    /// Fixes the static flags, and applies what is new from now on.
    pub(super) fn start(&mut self, run: &mut Run) {
        self.applier.start(Waker::from(Arc::clone(&run.wake)));
        run.is_following = true;
        // What was rejected before the static flags were fixed may be valid now.
        if let Some(current) = &self.current {
            self.applier.apply(current, Retry::Rejected);
        } else {
            self.apply_object();
        }
    }
}
