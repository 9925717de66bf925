//! Distributes publishes to the clients that follow the events. Publishing never waits for a client.

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

use dflag::{FlagSet, Published, Subscription};
use serde::Serialize;
use tokio::sync::broadcast;
use tokio::sync::broadcast::{Receiver, Sender};

use super::listeners::{Listeners, Place};
use super::shown::Shown;
use crate::json::FlagChange;
use crate::limits::EVENT_BACKLOG;

/// A subscription to the publishes of a flag set, shared by all clients.
///
/// Dropping it ends the clients' streams.
#[derive(Debug)]
pub(crate) struct Publishes {
    sender: Sender<Arc<PublishEvent>>,
    listeners: Arc<Listeners>,
    shown: Arc<Shown>,
    _subscription: Subscription,
}

impl Publishes {
    pub(crate) fn new(set: &dyn FlagSet) -> Self {
        let (sender, _) = broadcast::channel(EVENT_BACKLOG);
        let publishes = sender.clone();
        Self {
            sender,
            listeners: Arc::default(),
            shown: Arc::default(),
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

    /// The clients.
    pub(crate) fn listeners(&self) -> &Arc<Listeners> {
        &self.listeners
    }

    /// What listings show, for all clients.
    pub(super) fn shown(&self) -> &Arc<Shown> {
        &self.shown
    }

    /// All publishes from now on, and a place to hold meanwhile; `None` if there is none.
    pub(super) fn subscribe(&self) -> Option<(Receiver<Arc<PublishEvent>>, Place)> {
        let place = self.listeners.place()?;
        Some((self.sender.subscribe(), place))
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

    /// The flags whose value changed.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.published.changed.iter().map(|change| &*change.flag)
    }

    /// With all flags that changed.
    pub(super) fn json(&self) -> &str {
        self.json.get_or_init(|| self.to_json(&|_| true))
    }

    /// With those among `names`.
    pub(super) fn json_of(&self, names: &HashSet<String>) -> String {
        self.to_json(&|name| names.contains(name))
    }

    fn to_json(&self, is_included: &dyn Fn(&str) -> bool) -> String {
        #[derive(Serialize)]
        struct Data {
            generation: u64,
            flags: Vec<FlagChange>,
        }
        let changed = self.published.changed.iter();
        let changed = changed.filter(|change| is_included(&change.flag));
        let data = Data {
            generation: self.published.generation,
            flags: changed.map(FlagChange::from).collect(),
        };
        serde_json::to_string(&data).unwrap_or_default()
    }
}
