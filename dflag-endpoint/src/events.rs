//! Events: what happens to the flags, as server-sent events.
//!
//! A client begins with `state` and reads everything. Then comes each publish that changed a
//! value, in order, each once. A client that falls behind gets `state` again: what it missed is
//! in what it reads then. So does one for whom the generation moved though no value changed.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use dflag::SourceStatus;
use futures_core::Stream;
use futures_util::{StreamExt, stream};
use serde::Serialize;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::answer::Source;
use crate::hub::{Hub, Told};
use crate::served::Served;

/// Time between two looks at what no publish tells: sources, origins, pending restarts.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Time without an event after which a comment says that the connection is alive.
const ALIVE_EVERY: Duration = Duration::from_secs(15);

/// The events from now on; `None` if too many listen already.
pub(crate) fn events(
    hub: &Hub,
    served: Arc<Served>,
) -> Option<Sse<impl Stream<Item = Result<Event, Infallible>> + use<>>> {
    let (told, place) = hub.listen()?;
    let end = served.end.clone();
    let listener = Listener::new(served, told, place);
    let events = stream::unfold(listener, |mut listener| async {
        let event = listener.next().await?;
        Some((Ok(event), listener))
    });
    Some(Sse::new(events.take_until(end)).keep_alive(KeepAlive::new().interval(ALIVE_EVERY)))
}

/// One client.
struct Listener {
    served: Arc<Served>,
    told: Receiver<Arc<Told>>,
    _place: OwnedSemaphorePermit,
    due: VecDeque<Event>,
    /// The generation of the newest `state`, in which every publish up to it is contained.
    contained: u64,
    /// The newest generation that the client knows.
    known: u64,
    /// A newer one at the last look, of which a publish may be about to tell.
    unannounced: u64,
    sources: Vec<SourceStatus>,
    looks: Interval,
}

impl Listener {
    fn new(served: Arc<Served>, told: Receiver<Arc<Told>>, place: OwnedSemaphorePermit) -> Self {
        let mut looks = interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut listener = Self {
            told,
            _place: place,
            due: VecDeque::new(),
            contained: 0,
            known: 0,
            unannounced: 0,
            sources: served.set.sources(),
            looks,
            served,
        };
        listener.begin_anew();
        listener
    }

    /// `None` when the endpoint is gone.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.due.pop_front() {
                return Some(event);
            }
            tokio::select! {
                biased;
                told = self.told.recv() => match told {
                    Ok(told) => self.hear(&told),
                    Err(RecvError::Lagged(_)) => {
                        self.told = self.told.resubscribe();
                        self.begin_anew();
                    }
                    Err(RecvError::Closed) => return None,
                },
                _ = self.looks.tick() => self.look(),
            }
        }
    }

    /// What is read after this contains every publish that was not heard.
    fn begin_anew(&mut self) {
        self.contained = self.served.set.generation();
        self.state(self.contained);
    }

    fn state(&mut self, generation: u64) {
        #[derive(Serialize)]
        struct State {
            generation: u64,
        }
        self.known = self.known.max(generation);
        self.due.push_back(event("state", &State { generation }));
    }

    fn hear(&mut self, told: &Told) {
        if told.generation() <= self.contained {
            return;
        }
        self.known = self.known.max(told.generation());
        let event = Event::default().event("publish");
        self.due
            .push_back(event.id(told.generation().to_string()).data(told.data()));
    }

    fn look(&mut self) {
        let generation = self.served.set.generation();
        if generation > self.known && generation == self.unannounced {
            self.state(generation);
        }
        self.unannounced = generation;

        let sources = self.served.set.sources();
        let same = sources.len() == self.sources.len()
            && sources
                .iter()
                .zip(&self.sources)
                .all(|(one, other)| is_alike(one, other));
        if !same {
            #[derive(Serialize)]
            struct Sources {
                sources: Vec<Source>,
            }
            self.sources.clone_from(&sources);
            let sources = sources.into_iter().map(Source::from).collect();
            self.due.push_back(event("source", &Sources { sources }));
        }
    }
}

/// Whether nothing differs but the times of looking.
fn is_alike(one: &SourceStatus, other: &SourceStatus) -> bool {
    let mut one = one.clone();
    if one.last_success.is_some() == other.last_success.is_some() {
        one.last_success = other.last_success;
    }
    one.last_scan = other.last_scan;
    one == *other
}

fn event(name: &str, data: &impl Serialize) -> Event {
    // No JSON text has a line break that is not escaped.
    let data = serde_json::to_string(data).unwrap_or_default();
    Event::default().event(name).data(data)
}
