//! Reloading: scans that a program requests, and their answers.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use dflag::Change;

use crate::error::ScanError;
use crate::lock::lock;
use crate::signal::{Signal, StopOnDrop};

/// What a [`reload`](crate::Updater::reload) applied.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reloaded {
    /// The generation of the flags that has the directory's content.
    pub generation: u64,
    /// The flags whose value changed, in the order of the scans and of declaration. Empty if the content
    /// had been applied before.
    pub changed: Vec<Change>,
    /// Files that are still being written, whose content is not applied yet.
    pub pending: Vec<PathBuf>,
}

/// The answer to a request.
pub(crate) type Answer = Result<Reloaded, Arc<ScanError>>;

/// The requests that the worker has not seen yet.
#[derive(Debug, Default)]
pub(crate) struct Requests(Mutex<Vec<Sender>>);

/// Where the worker puts an answer.
#[derive(Debug)]
struct Sender {
    answer: Arc<Mutex<Option<Answer>>>,
    _done: StopOnDrop,
}

/// Where the program waits for an answer.
#[derive(Debug)]
pub(crate) struct Receiver {
    answer: Arc<Mutex<Option<Answer>>>,
    done: Arc<Signal>,
}

/// A request that waits for files to settle.
#[derive(Debug)]
pub(crate) struct Request {
    sender: Sender,
    pub(crate) since: Instant,
    changed: Vec<Change>,
}

impl Requests {
    /// Adds a request. There is no answer if the worker ends first, which drops `self`.
    pub(crate) fn add(&self) -> Receiver {
        let (answer, done) = (Arc::default(), Arc::default());
        lock(&self.0).push(Sender {
            answer: Arc::clone(&answer),
            _done: StopOnDrop(Arc::clone(&done)),
        });
        Receiver { answer, done }
    }

    /// Whether no request has arrived.
    pub(crate) fn is_empty(&self) -> bool {
        lock(&self.0).is_empty()
    }

    /// Takes the requests that have arrived.
    pub(crate) fn take(&self) -> Vec<Request> {
        let senders = std::mem::take(&mut *lock(&self.0));
        let since = Instant::now();
        let requests = senders.into_iter().map(|sender| Request {
            sender,
            since,
            changed: Vec::new(),
        });
        requests.collect()
    }
}

impl Receiver {
    /// Waits for the answer.
    pub(crate) fn wait(&self) -> Option<Answer> {
        self.done.wait_for_stop();
        lock(&self.answer).take()
    }
}

impl Request {
    /// Adds what a scan changed.
    pub(crate) fn add(&mut self, changed: &[Change]) {
        self.changed.extend_from_slice(changed);
    }

    /// Answers with what has changed since the request, or with the `error` of the last scan.
    pub(crate) fn answer(
        self,
        error: Option<Arc<ScanError>>,
        generation: u64,
        pending: Vec<PathBuf>,
    ) {
        let answer = error.map_or_else(
            || {
                Ok(Reloaded {
                    generation,
                    changed: self.changed,
                    pending,
                })
            },
            Err,
        );
        *lock(&self.sender.answer) = Some(answer);
    }
}
