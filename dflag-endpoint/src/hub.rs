//! The hub: every publish, handed on to all who listen, none of whom the publisher waits for.

use std::sync::{Arc, OnceLock};

use dflag::{FlagSet, Published, Subscription};
use serde::Serialize;
use tokio::sync::broadcast::{Receiver, Sender};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast};

use crate::answer::Turned;
use crate::limits::{LISTENERS, WAITING_EVENTS};

/// It ends when it is dropped: nothing is told any more, and those who listen learn that.
#[derive(Debug)]
pub(crate) struct Hub {
    sender: Sender<Arc<Told>>,
    places: Arc<Semaphore>,
    _subscription: Subscription,
}

/// A publish, and what is said of it.
#[derive(Debug)]
pub(crate) struct Told {
    published: Published,
    /// Written by the first who listens, not by the one who publishes.
    data: OnceLock<String>,
}

impl Told {
    pub(crate) fn generation(&self) -> u64 {
        self.published.generation
    }

    pub(crate) fn data(&self) -> &str {
        #[derive(Serialize)]
        struct Publish {
            generation: u64,
            flags: Vec<Turned>,
        }
        self.data.get_or_init(|| {
            let publish = Publish {
                generation: self.published.generation,
                flags: self.published.changed.iter().map(Turned::from).collect(),
            };
            serde_json::to_string(&publish).unwrap_or_default()
        })
    }
}

impl Hub {
    pub(crate) fn new(set: &dyn FlagSet) -> Self {
        let (sender, _) = broadcast::channel(WAITING_EVENTS);
        let publishes = sender.clone();
        Self {
            sender,
            places: Arc::new(Semaphore::new(LISTENERS)),
            _subscription: set.on_publish(Arc::new(move |published| {
                if publishes.receiver_count() > 0 {
                    // It fails where the last listener just left.
                    let _ = publishes.send(Arc::new(Told {
                        published: published.clone(),
                        data: OnceLock::new(),
                    }));
                }
            })),
        }
    }

    /// Every publish from now on, and a place among those who listen; `None` if all are taken.
    pub(crate) fn listen(&self) -> Option<(Receiver<Arc<Told>>, OwnedSemaphorePermit)> {
        let place = Arc::clone(&self.places).try_acquire_owned().ok()?;
        Some((self.sender.subscribe(), place))
    }
}
