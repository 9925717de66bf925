//! Distributes publishes to the clients that follow the events. Publishing never waits for a client.

use std::sync::{Arc, OnceLock};

use dflag::{FlagSet, Published, Subscription};
use serde::Serialize;
use tokio::sync::broadcast::{Receiver, Sender};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast};

use crate::json::FlagChange;
use crate::limits::{EVENT_BACKLOG, EVENT_CLIENTS};

/// A subscription to the publishes of a flag set, shared by all clients.
///
/// Dropping it ends the clients' streams.
#[derive(Debug)]
pub(crate) struct Publishes {
    sender: Sender<Arc<PublishEvent>>,
    clients: Arc<Semaphore>,
    _subscription: Subscription,
}

impl Publishes {
    pub(crate) fn new(set: &dyn FlagSet) -> Self {
        let (sender, _) = broadcast::channel(EVENT_BACKLOG);
        let publishes = sender.clone();
        Self {
            sender,
            clients: Arc::new(Semaphore::new(EVENT_CLIENTS)),
            _subscription: set.on_publish(Arc::new(move |published| {
                if publishes.receiver_count() > 0 {
                    // Sending fails if the last client has just left.
                    let _ = publishes.send(Arc::new(PublishEvent {
                        published: published.clone(),
                        json: OnceLock::new(),
                    }));
                }
            })),
        }
    }

    /// All publishes from now on, and a permit to hold meanwhile; `None` if there are
    /// [`EVENT_CLIENTS`] already.
    pub(super) fn subscribe(&self) -> Option<(Receiver<Arc<PublishEvent>>, OwnedSemaphorePermit)> {
        let permit = Arc::clone(&self.clients).try_acquire_owned().ok()?;
        Some((self.sender.subscribe(), permit))
    }
}

/// The data of an event `publish`.
#[derive(Debug)]
pub(super) struct PublishEvent {
    published: Published,
    /// Serialized once, by the first client and not by the thread that publishes.
    json: OnceLock<String>,
}

impl PublishEvent {
    pub(super) fn generation(&self) -> u64 {
        self.published.generation
    }

    pub(super) fn json(&self) -> &str {
        #[derive(Serialize)]
        struct Data {
            generation: u64,
            flags: Vec<FlagChange>,
        }
        self.json.get_or_init(|| {
            let data = Data {
                generation: self.published.generation,
                flags: self
                    .published
                    .changed
                    .iter()
                    .map(FlagChange::from)
                    .collect(),
            };
            serde_json::to_string(&data).unwrap_or_default()
        })
    }
}
