//! What the worker remembers, and what exists while its thread runs.

use std::sync::Arc;
use std::task::Wake;
use std::time::{Duration, Instant};

use dflag_configmap::InitializeError;
use dflag_configmap::source::{Applier, Contents};
use tokio::runtime::Handle;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::attempts::Attempts;
use crate::backoff::Backoff;
use crate::client::Failure;
use crate::events::Events;
use crate::judge::{self, Judge};
use crate::mount::{Mount, Mounted};
use crate::object::Object;
use crate::options::Options;
use crate::shared::Shared;
use crate::status::Way;
use crate::watch::{Answer, News, Session};

impl judge::Content for Contents {
    fn contains(&self, part: &Self) -> bool {
        Contents::contains(self, part)
    }

    fn has_keys_of(&self, other: &Self) -> bool {
        Contents::has_keys_of(self, other)
    }
}

/// What the handle asks the thread to do. Dropping the sender ends the thread.
#[derive(Debug)]
pub(crate) enum Command {
    Initialize(oneshot::Sender<Result<(), InitializeError>>),
    Start,
}

/// Everything that is remembered, also while the updater is stopped.
#[derive(Debug)]
pub(crate) struct Worker {
    pub(super) shared: Arc<Shared>,
    pub(super) applier: Applier,
    pub(super) judge: Judge<Contents>,
    /// How long a start waits for the API beside the mount.
    pub(super) api_wait: Duration,
    /// Whether a deleted object is an empty one.
    pub(super) optional: bool,
    pub(super) said: Said,
    /// Whether the API said at any time that there is an object.
    pub(super) has_existed: bool,
    pub(super) mounted: Option<Contents>,
    /// Since when the mount's content is unknown: it could not be read, or the updater did not run.
    pub(super) unseen_since: Option<Instant>,
    /// The contents that were proposed last or that a start will propose, and where they came from.
    pub(super) current: Option<(Contents, Way)>,
    /// Why the object is not what was proposed last.
    pub(super) absence: Option<String>,
    /// Whether the status says that there is neither the API nor a mount.
    pub(super) lacks_source: bool,
    pub(super) backoff: Backoff,
    pub(super) logged: Logged,
    /// `None` without Events.
    pub(super) events: Option<Events>,
    pub(super) sessions: u64,
}

/// What the log has said since a watch was open.
#[derive(Debug, Default)]
pub(super) struct Logged {
    pub(super) outage: bool,
    pub(super) denial: bool,
}

/// What the API said last.
#[derive(Debug)]
pub(super) enum Said {
    Nothing,
    /// There is no object.
    Missing,
    Object(Object),
}

impl Said {
    pub(super) fn object(&self) -> Option<&Object> {
        match self {
            Self::Object(object) => Some(object),
            Self::Nothing | Self::Missing => None,
        }
    }
}

/// The result of a check or of a list that a doubt asks for.
pub(super) type Checked = Result<(Answer, Instant), Failure>;

/// What exists while the thread runs.
pub(super) struct Run {
    /// Where tasks run, while the thread waits.
    pub(super) runtime: Handle,
    pub(super) news: mpsc::Receiver<(u64, News)>,
    pub(super) news_sender: mpsc::Sender<(u64, News)>,
    pub(super) session: Option<Session>,
    /// When the list of the session was answered.
    pub(super) listed_at: Option<Instant>,
    /// When the watch last reported a change.
    pub(super) changed_at: Option<Instant>,
    pub(super) reconnect_at: Option<Instant>,
    pub(super) mounts: mpsc::UnboundedReceiver<Mounted>,
    /// The mount's thread; `None` without a mount, and if there is no thread.
    pub(super) mount: Option<Mount>,
    /// When another thread is tried.
    pub(super) remount_at: Option<Instant>,
    /// Whether the mount was read, or could not be.
    pub(super) mount_is_known: bool,
    /// The request of a check or of a doubt.
    pub(super) request: Option<Request>,
    pub(super) check_at: Option<Instant>,
    pub(super) doubt_at: Option<Instant>,
    /// A start that waits for its first contents.
    pub(super) starting: Option<Starting>,
    pub(super) is_following: bool,
    pub(super) wake: Arc<Woken>,
}

/// A start that waits for its first contents.
pub(super) struct Starting {
    pub(super) answer: oneshot::Sender<Result<(), InitializeError>>,
    /// Whether the API is asked.
    pub(super) asks_api: bool,
    /// Whether there is still something to wait for from the API.
    pub(super) is_waiting: bool,
    pub(super) attempts: Attempts,
    /// Why the last attempt failed.
    pub(super) failure: Option<Failure>,
}

/// A request beside the session.
pub(super) struct Request {
    pub(super) is_doubt: bool,
    pub(super) task: JoinHandle<Checked>,
}

impl Drop for Request {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Wakes the thread for news of a probation.
#[derive(Default)]
pub(super) struct Woken(pub(super) Notify);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.notify_one();
    }
}

/// Why a round of the loop begins.
pub(super) enum Cause {
    Command(Option<Command>),
    /// The caller of `initialize` does not wait any more.
    Cancelled,
    News(News),
    Mounted(Mounted),
    /// The mount's thread has panicked.
    MountLost,
    Answered(bool, Checked),
    Timer,
}

impl Worker {
    pub(crate) fn new(shared: Arc<Shared>, applier: Applier, options: &Options) -> Self {
        Self {
            judge: Judge::new(shared.lag),
            shared,
            applier,
            api_wait: options.api_wait,
            optional: options.optional,
            said: Said::Nothing,
            has_existed: false,
            mounted: None,
            unseen_since: None,
            current: None,
            absence: None,
            lacks_source: false,
            backoff: Backoff::default(),
            logged: Logged::default(),
            events: options.events.map(|on| Events::new(on, Instant::now())),
            sessions: 0,
        }
    }
}
