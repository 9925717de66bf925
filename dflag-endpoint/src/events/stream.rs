//! The stream of events for one client.
//!
//! It begins with `state`, after which the client reads all flags. Each publish that changes a
//! value follows once, in order. `state` comes again for a client that fell behind, and when a listing
//! shows a change of a flag whose value did not change: an origin, an expiry.

use std::collections::{HashSet, VecDeque};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use dflag::{FlagSet, SourceStatus};
use futures_core::Stream;
use futures_util::{StreamExt, stream};
use serde::Serialize;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::broadcast::{PublishEvent, Publishes};
use super::listeners::Place;
use super::shown::Shown;
use crate::json::serialize_sources;

/// Time between two polls of what no publish reports: sources, origins, pending restarts.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// Time without an event after which a comment keeps the connection alive.
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(15);

/// The events from now on, with the flags in `readable` or else with all, until `shutdown` completes; `None` if there
/// are too many clients.
pub(crate) fn event_stream<F>(
    publishes: &Publishes,
    set: Arc<dyn FlagSet>,
    readable: Option<HashSet<String>>,
    shutdown: F,
) -> Option<Sse<impl Stream<Item = Result<Event, Infallible>> + use<F>>>
where
    F: Future<Output = ()> + Send + 'static,
{
    let (receiver, place) = publishes.subscribe()?;
    let shown = Arc::clone(publishes.shown());
    let client = Client::new(set, shown, readable, receiver, place);
    let events = stream::unfold(client, |mut client| async {
        let event = client.next().await?;
        Some((Ok(event), client))
    });
    let keep_alive = KeepAlive::new().interval(KEEP_ALIVE_INTERVAL);
    Some(Sse::new(events.take_until(shutdown)).keep_alive(keep_alive))
}

struct Client {
    set: Arc<dyn FlagSet>,
    shown: Arc<Shown>,
    readable: Option<HashSet<String>>,
    publishes: Receiver<Arc<PublishEvent>>,
    place: Place,
    queue: VecDeque<Event>,
    /// The generation of the newest `state` that includes all publishes up to it.
    state_generation: u64,
    /// The newest generation that an event reported.
    reported_generation: u64,
    /// The newest revision that a client has which reads all flags after the last event.
    reported_revision: u64,
    /// The revision of which a client has all flags but the reported ones, which it has read later.
    full_revision: u64,
    /// The flags of the publishes since.
    reported_names: HashSet<String>,
    /// The revision at the last poll.
    polled_revision: u64,
    /// The generation at the last poll. A publish event may still be on its way for it.
    polled_generation: u64,
    sources: Vec<SourceStatus>,
    polls: Interval,
}

impl Client {
    fn new(
        set: Arc<dyn FlagSet>,
        shown: Arc<Shown>,
        readable: Option<HashSet<String>>,
        publishes: Receiver<Arc<PublishEvent>>,
        place: Place,
    ) -> Self {
        let mut polls = interval(POLL_INTERVAL);
        polls.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut client = Self {
            publishes,
            place,
            queue: VecDeque::new(),
            state_generation: 0,
            reported_generation: 0,
            reported_revision: 0,
            full_revision: 0,
            reported_names: HashSet::new(),
            polled_revision: 0,
            polled_generation: 0,
            sources: set.sources(),
            polls,
            set,
            shown,
            readable,
        };
        client.restart();
        client
    }

    /// The next event; `None` when the endpoint has been dropped, or another client has taken the place.
    async fn next(&mut self) -> Option<Event> {
        self.place.has_progressed();
        loop {
            if let Some(event) = self.queue.pop_front() {
                self.place.has_event();
                return Some(event);
            }
            tokio::select! {
                biased;
                () = self.place.ended() => return None,
                publish = self.publishes.recv() => match publish {
                    Ok(publish) => self.on_publish(&publish),
                    Err(RecvError::Lagged(_)) => {
                        self.publishes = self.publishes.resubscribe();
                        self.restart();
                    }
                    Err(RecvError::Closed) => return None,
                },
                _ = self.polls.tick() => self.poll(),
            }
        }
    }

    /// Makes the client read all flags, which then include every publish that it has missed.
    fn restart(&mut self) {
        self.state_generation = self.set.generation();
        self.send_state(self.state_generation);
    }

    fn send_state(&mut self, generation: u64) {
        #[derive(Serialize)]
        struct Data {
            generation: u64,
        }
        self.reported_generation = self.reported_generation.max(generation);
        self.full_revision = self.shown.update(&*self.set);
        self.reported_revision = self.full_revision;
        self.reported_names.clear();
        self.queue.push_back(event("state", &Data { generation }));
    }

    fn on_publish(&mut self, publish: &PublishEvent) {
        let generation = publish.generation();
        if generation <= self.state_generation {
            return;
        }
        self.reported_generation = self.reported_generation.max(generation);
        self.reported_revision = self.set.revision();
        let names = publish.names().map(str::to_owned);
        self.reported_names.extend(names);
        let event = Event::default().event("publish").id(generation.to_string());
        let data = match &self.readable {
            None => event.data(publish.json()),
            Some(readable) => event.data(publish.json_of(readable)),
        };
        self.queue.push_back(data);
    }

    /// Whether the last poll saw a change of a flag, in a listing, that the publishes since the last `state` did not
    /// report. Other flags may change all the time.
    fn has_unreported(&mut self) -> bool {
        if self.full_revision == self.reported_revision {
            return false;
        }
        let since = self.full_revision..=self.polled_revision;
        let names = &self.reported_names;
        let (has_others, revision) = self.shown.has_others(&*self.set, since, names);
        if !has_others && [self.reported_revision, self.polled_revision] == [revision; 2] {
            self.full_revision = revision;
            self.reported_names.clear();
        }
        has_others
    }

    fn poll(&mut self) {
        let (revision, generation) = (self.set.revision(), self.set.generation());
        // Two polls in a row: otherwise the publish event is probably on its way.
        if generation > self.reported_generation && generation == self.polled_generation
            || revision > self.reported_revision && revision == self.polled_revision
            || self.has_unreported()
        {
            self.send_state(generation);
        }
        self.polled_generation = generation;
        self.polled_revision = revision;

        let sources = self.set.sources();
        let is_same = sources.len() == self.sources.len()
            && sources
                .iter()
                .zip(&self.sources)
                .all(|(new, old)| is_same_but_for_scans(new, old));
        if !is_same {
            #[derive(Serialize)]
            struct Data<'a> {
                #[serde(serialize_with = "serialize_sources")]
                sources: &'a [SourceStatus],
            }
            self.queue
                .push_back(event("source", &Data { sources: &sources }));
            self.sources = sources;
        }
    }
}

/// Whether the two differ in nothing but the times of their scans, and the generation that the flags had then.
fn is_same_but_for_scans(new: &SourceStatus, old: &SourceStatus) -> bool {
    let mut new = new.clone();
    if new.last_read.is_some() == old.last_read.is_some() {
        new.last_read = old.last_read;
    }
    if new.last_success.is_some() == old.last_success.is_some() {
        new.last_success = old.last_success;
    }
    new.last_scan = old.last_scan;
    new.generation = old.generation;
    new == *old
}

fn event(name: &str, data: &impl Serialize) -> Event {
    // JSON escapes line breaks in text, so that the data is one line.
    let data = serde_json::to_string(data).unwrap_or_default();
    Event::default().event(name).data(data)
}
