//! The loop: what a round waits for, and what begins and ends with the thread.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::mpsc;

use super::state::{Cause, Checked, Command, Request, Run, Worker};
use crate::client::Failure;
use crate::mount::Mount;
use crate::status::ApiState;
use crate::watch::Session;

/// How many events of a watch may wait for the thread.
const QUEUE: usize = 16;

impl Worker {
    /// Runs until the sender of the commands is dropped.
    pub(crate) async fn run(&mut self, commands: &mut mpsc::UnboundedReceiver<Command>) {
        self.shared.report.enter_thread();
        let mut run = self.begin();
        loop {
            match self.next(&mut run, commands).await {
                Cause::Command(None) => break,
                Cause::Command(Some(Command::Initialize(answer))) => {
                    let result = self.initialize(&mut run).await;
                    let _ = answer.send(result);
                }
                Cause::Command(Some(Command::Start)) => self.start(&mut run),
                Cause::News(news) => self.handle_news(&mut run, news),
                Cause::Mounted(mounted) => self.handle_mounted(mounted),
                Cause::Answered(is_doubt, answer) => self.handle_answer(&mut run, is_doubt, answer),
                Cause::Timer => self.tick(&mut run),
            }
            if run.is_following {
                self.schedule(&mut run);
                self.publish_event();
            }
        }
        drop(run);
        self.applier.stop();
        // Nothing is applied any more, so it is not asked what it decides.
        let _ = self.judge.lost();
        let mut known = self.shared.known();
        known.api.state = ApiState::Off;
        known.api.error = None;
        known.unconfirmed_at = None;
    }

    /// Begins to follow both ways. What they say waits to be handled.
    pub(super) fn begin(&mut self) -> Run {
        let (news_sender, news) = mpsc::channel(QUEUE);
        let (mount_sender, mounts) = mpsc::unbounded_channel();
        let mount = self.shared.directory.as_ref().and_then(|directory| {
            let mount = Mount::follow(&self.shared.report, directory, mount_sender);
            mount
                .map_err(|error| {
                    self.record_mount_error(Some(error.to_string()));
                })
                .ok()
        });
        let mut run = Run {
            news,
            news_sender,
            session: None,
            listed_at: None,
            changed_at: None,
            reconnect_at: None,
            mounts,
            mount_is_known: mount.is_none() || self.mounted.is_some(),
            _mount: mount,
            request: None,
            check_at: None,
            doubt_at: None,
            is_following: false,
            wake: Arc::default(),
        };
        self.connect(&mut run);
        run
    }

    /// Starts a session in place of the one before.
    pub(super) fn connect(&mut self, run: &mut Run) {
        run.reconnect_at = None;
        if let Some(target) = &self.shared.target {
            self.sessions += 1;
            let sender = run.news_sender.clone();
            run.session = Some(Session::start(self.sessions, target, sender));
            let mut known = self.shared.known();
            if known.api.state == ApiState::Off {
                known.api.state = ApiState::Away;
            }
        }
    }

    pub(super) async fn next(
        &self,
        run: &mut Run,
        commands: &mut mpsc::UnboundedReceiver<Command>,
    ) -> Cause {
        if !run.is_following {
            return Cause::Command(commands.recv().await);
        }
        let deadlines = [
            run.reconnect_at,
            run.check_at,
            run.doubt_at,
            self.judge.compare_at(),
            self.applier.deadline(),
        ];
        let deadline = deadlines.into_iter().flatten().min();
        let number = run.session.as_ref().map(Session::number);
        loop {
            return tokio::select! {
                biased;
                command = commands.recv() => Cause::Command(command),
                () = run.wake.0.notified() => Cause::Timer,
                () = sleep_until(deadline) => Cause::Timer,
                Some((of, news)) = run.news.recv() => {
                    if Some(of) != number {
                        // It is of a session that was dropped.
                        continue;
                    }
                    Cause::News(news)
                }
                Some(mounted) = run.mounts.recv() => Cause::Mounted(mounted),
                (is_doubt, answer) = answer(&mut run.request) => {
                    run.request = None;
                    Cause::Answered(is_doubt, answer)
                }
            };
        }
    }
}

/// Waits until then; for ever without a time.
pub(super) async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}

/// Waits for the answer of a request; for ever without one.
async fn answer(request: &mut Option<Request>) -> (bool, Checked) {
    let Some(request) = request else {
        return std::future::pending().await;
    };
    let answer = match (&mut request.task).await {
        Ok(answer) => answer,
        Err(error) => Err(Failure::Connection(error.to_string())),
    };
    (request.is_doubt, answer)
}
