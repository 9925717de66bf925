//! What is done about news of the API and of the mount.

use std::time::Instant;

use dflag_configmap::source::Contents;

use super::state::{Checked, Run, Said, Worker};
use crate::client::Failure;
use crate::judge::{Api, Revision, Verdict};
use crate::mount::Mounted;
use crate::object::Object;
use crate::shared::wall_clock;
use crate::status::Way;
use crate::watch::{Answer, End, News};

impl Worker {
    pub(super) fn handle_news(&mut self, run: &mut Run, news: News) {
        match news {
            News::Listed { object, sent, at } => {
                run.listed_at = Some(at);
                self.handle_list(object, sent, at);
                run.check_at = Some(self.next_check(at));
            }
            News::Opened => self.record_opened(),
            News::Changed { object, at } => {
                run.changed_at = Some(at);
                let (revision, contents) = self.judged(object.as_ref());
                self.judge.changed(revision, contents, at);
                self.record_object(object, true);
                self.apply_object();
            }
            News::Alive => self.shared.report.confirm(),
            News::Ended(end) if run.starting.is_some() => self.handle_failed_start(run, end),
            News::Ended(end) => self.handle_end(run, &end),
        }
    }

    pub(super) fn handle_list(
        &mut self,
        object: Option<Object>,
        sent: Instant,
        at: Instant,
    ) -> bool {
        let (revision, contents) = self.judged(object.as_ref());
        let is_known = self.judge.listed(revision, contents, sent, at);
        self.record_object(object, false);
        self.apply_object();
        is_known
    }

    pub(super) fn handle_end(&mut self, run: &mut Run, end: &End) {
        self.disconnect(run);
        let spread = self
            .shared
            .target
            .as_ref()
            .map(|target| target.limits.spread);
        let pause = self
            .backoff
            .after(end, spread.unwrap_or_default(), fastrand::f64());
        run.reconnect_at = Some(Instant::now() + pause);
        let verdict = match end {
            End::Failed(failure) if failure.is_denial() => self.judge.denied(),
            _ => self.judge.lost(),
        };
        self.record_end(end, pause);
        self.follow_mount(verdict);
    }

    pub(super) fn handle_mounted(&mut self, mounted: Mounted) {
        let Mounted {
            contents,
            began,
            at,
        } = mounted;
        let contents = match contents {
            Ok(contents) => self.applier.select(&contents),
            Err(error) => {
                self.unseen_since.get_or_insert(began);
                self.record_mount_error(Some(error.to_string()));
                self.fail_without_source();
                return;
            }
        };
        self.record_mount_error(None);
        let unseen_since = self.unseen_since.take();
        let before = self.mounted.replace(contents.clone());
        if unseen_since.is_some() && before.as_ref() == Some(&contents) {
            // It is seen again, and is as old as it was.
            return;
        }
        // The mount stays in force until there is an object.
        let is_alone = self.current.is_none()
            || self.judge.confirmed().is_none()
            || (matches!(self.said, Said::Missing) && !self.has_existed);
        let verdict = if before.is_none() && (is_alone || self.judge.api() == Api::Confirmed) {
            // It is not known when this was published, so that it can't be compared with what the API said.
            self.judge.found(contents.clone(), at);
            Verdict::Keep
        } else {
            // Unseen, it may have been published at any time since.
            let after = unseen_since.unwrap_or(began);
            self.judge.swapped(contents.clone(), after, at)
        };
        let has_other_content = before.as_ref().is_some_and(|before| *before != contents);
        if has_other_content && let Some(mount) = &mut self.shared.known().mount {
            mount.swapped = Some(wall_clock(at));
        }
        if is_alone {
            self.apply(&contents, Way::Mount);
        } else {
            self.follow_mount(verdict);
        }
    }

    /// Opens the watch anew: it has missed something, and might now report what is older.
    fn reopen(&mut self, run: &mut Run) {
        if run.session.is_some() {
            tracing::info!(location = %self.location(), "the watch was silent about a change, and is opened anew");
            self.connect(run);
        }
    }

    pub(super) fn handle_answer(&mut self, run: &mut Run, is_doubt: bool, answer: Checked) {
        match answer {
            Ok((Answer::Same, sent)) => {
                let object = self.said.object().cloned();
                self.handle_list(object, sent, Instant::now());
            }
            Ok((Answer::Listed(object), sent)) => {
                // The watch may have reported what is newer while the list was on its way.
                let is_overtaken = run.changed_at.is_some_and(|at| at > sent);
                let is_known = if is_overtaken {
                    self.said.object() == object.as_ref()
                } else {
                    self.handle_list(object, sent, Instant::now())
                };
                if !is_known {
                    self.reopen(run);
                }
            }
            Ok((Answer::Differs, _)) => self.reopen(run),
            // That a server is busy does not mean that it is cut off.
            Err(Failure::Status { code: 429, .. }) if !is_doubt => {}
            Err(failure) => {
                let what = if is_doubt {
                    "the mount has other content"
                } else {
                    "a check"
                };
                tracing::debug!(location = %self.location(), %failure, "{what} found the API away");
                self.handle_end(run, &End::Failed(failure));
            }
        }
    }

    /// The revision and the contents of an object, as they are compared.
    pub(super) fn judged(&self, object: Option<&Object>) -> (Revision, Contents) {
        let Some(object) = object else {
            return (Revision::default(), Contents::default());
        };
        let contents = self.applier.select(&object.contents);
        (object.revision.clone(), contents)
    }
}
