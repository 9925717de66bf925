//! A session: one list, and the watch that follows it, on a connection of its own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http_body_util::BodyExt as _;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::event::{Event, parse};
use super::lines::Lines;
use crate::client::{Body, Deadline, Failure, chain};
use crate::judge::Revision;
use crate::object::Object;
use crate::panic::caught;
use crate::target::Target;

/// How long a watch lasts, in seconds: a random time, so that a fleet's watches do not end together.
const LENGTH: std::ops::Range<u64> = 20 * 60..30 * 60;

/// How much earlier than asked for the server may close a watch that has lasted its time.
const EARLY: Duration = Duration::from_secs(5);

/// What a session reports.
#[derive(Debug)]
pub(crate) enum News {
    /// The answer to the list, which was sent at one time and arrived at another.
    Listed {
        object: Option<Object>,
        sent: Instant,
        at: Instant,
    },
    /// The watch is open.
    Opened,
    /// The object is this now; `None` if it was deleted. The event arrived at this time.
    Changed { object: Option<Object>, at: Instant },
    /// The connection works.
    Alive,
    /// The session has ended.
    Ended(End),
}

/// How a session ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The watch lasted as long as it was asked to.
    Expected,
    /// The server or something in between closed it.
    Closed,
    /// Neither an event nor a bookmark arrived for this time.
    Idle(Duration),
    Failed(Failure),
}

/// A session that runs until it is dropped.
#[derive(Debug)]
pub(crate) struct Session {
    number: u64,
    task: JoinHandle<()>,
}

impl Session {
    /// Starts a session, whose news have this number.
    pub(crate) fn start(
        runtime: &Handle,
        number: u64,
        target: &Arc<Target>,
        news: mpsc::Sender<(u64, News)>,
    ) -> Self {
        let target = Arc::clone(target);
        let task = runtime.spawn(async move {
            let end = match caught(run(number, &target, &news)).await {
                Ok(Ok(end)) => end,
                Ok(Err(failure)) => End::Failed(failure),
                Err(panic) => {
                    End::Failed(Failure::Connection(format!("the client panicked: {panic}")))
                }
            };
            let _ = news.send((number, News::Ended(end))).await;
        });
        Self { number, task }
    }

    pub(crate) fn number(&self) -> u64 {
        self.number
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Lists the object on a connection of its own. Returns when the request was sent as well.
pub(crate) async fn list(
    target: &Target,
    limit: Duration,
) -> Result<(Option<Object>, Instant), Failure> {
    let deadline = Deadline::after(limit);
    let connection = deadline.connect(&target.access, &target.name).await?;
    let sent = Instant::now();
    let listed = deadline.answer(connection.list()).await?;
    Ok((listed.object, sent))
}

/// The answer to a request beside a session.
#[derive(Debug)]
pub(crate) enum Answer {
    /// The object is of the same revision.
    Same,
    /// The object is this; `None` if there is none.
    Listed(Option<Object>),
    /// The object is of another revision, and could not be listed.
    Differs,
}

/// Asks, on a connection of its own, whether the object is still of this revision, and lists it if it is not.
pub(crate) async fn check(
    target: &Target,
    known: &Revision,
    limit: Duration,
) -> Result<(Answer, Instant), Failure> {
    let deadline = Deadline::after(limit);
    let connection = deadline.connect(&target.access, &target.name).await?;
    let sent = Instant::now();
    let revision = deadline.answer(connection.revision()).await?;
    if revision.unwrap_or_default() == *known {
        return Ok((Answer::Same, sent));
    }
    Ok(match list(target, limit).await {
        Ok((object, sent)) => (Answer::Listed(object), sent),
        Err(_) => (Answer::Differs, sent),
    })
}

async fn run(
    number: u64,
    target: &Target,
    news: &mpsc::Sender<(u64, News)>,
) -> Result<End, Failure> {
    let limit = target.limits.request;
    let deadline = Deadline::after(limit);
    let connection = deadline.connect(&target.access, &target.name).await?;
    let sent = Instant::now();
    let listed = deadline.answer(connection.list()).await?;
    let first = News::Listed {
        object: listed.object,
        sent,
        at: Instant::now(),
    };
    if news.send((number, first)).await.is_err() {
        return Ok(End::Expected);
    }
    let length = Duration::from_secs(fastrand::u64(LENGTH));
    let opened = Instant::now();
    let watch = connection.watch(&listed.version, length);
    let body = Deadline::after(limit).answer(watch).await?;
    if news.send((number, News::Opened)).await.is_err() {
        return Ok(End::Expected);
    }
    let end = follow(number, target, body, news).await?;
    let has_lasted = opened.elapsed() + EARLY >= length;
    Ok(if end == End::Closed && has_lasted {
        End::Expected
    } else {
        end
    })
}

/// Reports the events of a watch until it ends.
async fn follow(
    number: u64,
    target: &Target,
    mut body: Body,
    news: &mpsc::Sender<(u64, News)>,
) -> Result<End, Failure> {
    let idle = target.limits.idle;
    let mut lines = Lines::default();
    let mut heard = tokio::time::Instant::now();
    loop {
        // Bytes that are no event do not count, however many arrive.
        let frame = tokio::time::timeout_at(heard + idle, body.frame()).await;
        let Ok(frame) = frame else {
            return Ok(End::Idle(idle));
        };
        let Some(frame) = frame else {
            return if lines.is_truncated() {
                Err(Failure::Malformed("the last event is truncated".to_owned()))
            } else {
                Ok(End::Closed)
            };
        };
        let frame = frame.map_err(|error| Failure::Connection(chain(&error)))?;
        let Ok(bytes) = frame.into_data() else {
            continue;
        };
        lines.push(&bytes);
        if lines.is_too_long() {
            return Err(Failure::Malformed("an event has no end".to_owned()));
        }
        while let Some(line) = lines.next() {
            heard = tokio::time::Instant::now();
            let event = match parse(&line, target.name.name())? {
                Some(Event::Changed(object)) => News::Changed {
                    object,
                    at: heard.into_std(),
                },
                Some(Event::Bookmark) | None => News::Alive,
                Some(Event::Failed(failure)) => return Err(failure),
            };
            if news.send((number, event)).await.is_err() {
                return Ok(End::Expected);
            }
        }
    }
}
