//! The loop: what a round waits for, and what begins and ends with the thread.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::{Handle, Runtime};
use tokio::sync::mpsc;

use super::state::{Cause, Checked, Command, Request, Run, Starting, Worker};
use crate::client::Failure;
use crate::events::Events;
use crate::status::ApiState;
use crate::watch::Session;

/// How many events of a watch may wait for the thread.
const QUEUE: usize = 16;

/// How long a session has to last to count as working.
const WORKING: Duration = Duration::from_secs(30);

impl Worker {
    /// Runs until the sender of the commands is dropped.
    ///
    /// The thread is inside the runtime only while it waits. What it then does may run callbacks, which may block on a
    /// runtime of their own.
    pub(crate) fn run(
        &mut self,
        runtime: &Runtime,
        commands: &mut mpsc::UnboundedReceiver<Command>,
    ) {
        self.shared.report.enter_thread();
        let mut run = self.begin(runtime.handle());
        loop {
            match runtime.block_on(self.next(&mut run, commands)) {
                Cause::Command(None) => break,
                Cause::Command(Some(Command::Initialize(answer))) => {
                    self.read_mount_anew(&mut run);
                    self.begin_start(&mut run, answer);
                }
                Cause::Command(Some(Command::Start)) => self.start(&mut run),
                Cause::Cancelled => run.starting = None,
                Cause::News(news) => self.handle_news(&mut run, news),
                Cause::Mounted(mounted) => {
                    run.mount_is_known = true;
                    self.handle_mounted(mounted);
                }
                Cause::MountLost => {
                    self.lose_mount(&mut run, "the thread that reads it panicked".to_owned());
                }
                Cause::Answered(is_doubt, answer) => self.handle_answer(&mut run, is_doubt, answer),
                Cause::Timer => self.tick(&mut run),
            }
            self.finish_start(&mut run);
            if run.is_following {
                self.end_lack_of_source();
                self.schedule(&mut run);
                self.publish_event(&run);
            }
        }
        if let Some(starting) = run.starting.take() {
            let reason = "the updater was stopped meanwhile".to_owned();
            let _ = starting.answer.send(Err(self.unavailable(reason)));
        }
        drop(run);
        self.applier.stop();
        self.record_stopped();
    }

    /// Begins to follow the mount. What it has waits to be handled.
    fn begin(&mut self, runtime: &Handle) -> Run {
        self.unseen_since.get_or_insert_with(Instant::now);
        let (news_sender, news) = mpsc::channel(QUEUE);
        let (_, mounts) = mpsc::unbounded_channel();
        let mut run = Run {
            runtime: runtime.clone(),
            news,
            news_sender,
            session: None,
            listed_at: None,
            changed_at: None,
            reconnect_at: None,
            mounts,
            mount: None,
            remount_at: None,
            mount_is_known: false,
            request: None,
            check_at: None,
            doubt_at: None,
            starting: None,
            is_following: false,
            wake: Arc::default(),
        };
        self.begin_mount(&mut run);
        run
    }

    /// Starts a session in place of the one before.
    pub(super) fn connect(&mut self, run: &mut Run) {
        self.disconnect(run);
        if let Some(target) = &self.shared.target {
            self.sessions += 1;
            let sender = run.news_sender.clone();
            run.session = Some(Session::start(&run.runtime, self.sessions, target, sender));
            let mut known = self.shared.known();
            if known.api.state == ApiState::Off {
                known.api.state = ApiState::Away;
            }
        }
    }

    /// Drops the session, and what belongs to it.
    pub(super) fn disconnect(&mut self, run: &mut Run) {
        run.session = None;
        run.reconnect_at = None;
        run.check_at = None;
        run.doubt_at = None;
        run.request = None;
        let listed_at = run.listed_at.take();
        if listed_at.is_some_and(|at| at.elapsed() >= WORKING) {
            self.backoff.reset();
        }
    }

    async fn next(&self, run: &mut Run, commands: &mut mpsc::UnboundedReceiver<Command>) -> Cause {
        if !run.is_following && run.starting.is_none() {
            return Cause::Command(commands.recv().await);
        }
        let deadline = self.deadline(run);
        let number = run.session.as_ref().map(Session::number);
        // A start that does not ask the API leaves what that says for later.
        let asks_api = run.starting.as_ref().is_none_or(|start| start.asks_api);
        loop {
            return tokio::select! {
                biased;
                command = commands.recv() => Cause::Command(command),
                () = cancelled(&mut run.starting) => Cause::Cancelled,
                () = run.wake.0.notified() => Cause::Timer,
                () = sleep_until(deadline) => Cause::Timer,
                Some((of, news)) = run.news.recv(), if asks_api => {
                    if Some(of) != number {
                        // It is of a session that was dropped.
                        continue;
                    }
                    Cause::News(news)
                }
                mounted = run.mounts.recv(), if run.mount.is_some() => {
                    mounted.map_or(Cause::MountLost, Cause::Mounted)
                }
                (is_doubt, answer) = answer(&mut run.request) => {
                    run.request = None;
                    Cause::Answered(is_doubt, answer)
                }
            };
        }
    }

    /// When something is due.
    fn deadline(&self, run: &Run) -> Option<Instant> {
        let deadlines = match &run.starting {
            Some(start) => {
                let end = start.is_waiting.then(|| start.attempts.deadline());
                [run.reconnect_at, end, None, None, None, None, None]
            }
            None => [
                run.reconnect_at,
                run.check_at,
                run.doubt_at,
                run.remount_at,
                self.events.as_ref().and_then(Events::due_at),
                self.judge.compare_at(),
                self.applier.deadline(),
            ],
        };
        deadlines.into_iter().flatten().min()
    }
}

/// Waits until then; for ever without a time.
async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}

/// Resolves when the caller no longer waits for the start; never without a start.
async fn cancelled(starting: &mut Option<Starting>) {
    match starting {
        Some(starting) => starting.answer.closed().await,
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
