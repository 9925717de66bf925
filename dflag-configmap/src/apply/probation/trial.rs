//! The trial: connects the state of a probation with the flags, the health check and other sources.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use dflag::{FlagSet, Subscription};

use super::checker::Checker;
use super::machine::{Answer, Event, Machine, State};
use super::news::{News, Publish};
use super::turn::Turn;
use crate::recovery::{Own, Preparation, Probation, Settings, Trial, Verdict};
use crate::signal::Signal;
use crate::volume::Contents;

/// How many own generations are remembered. Their publishes may be delivered late.
const MAX_OWN: usize = 16;

/// Contents on trial, and those that the flags go back to.
struct ContentTrial {
    settings: Settings,
    machine: Machine,
    checker: Checker,
    current: Arc<Contents>,
    target: Arc<Contents>,
    /// How the contents that come next are applied.
    prepared: Option<Preparation>,
    news: Arc<News>,
    subscription: Option<Subscription>,
    turn: Option<Turn>,
    /// The generation with which the contents were applied.
    since: u64,
    /// The generations that the updater published itself.
    own: Vec<u64>,
    /// Until when to wait for the rollback of another source.
    deferred_until: Option<Instant>,
    running: Option<Running>,
}

/// The updater's thread.
struct Running {
    signal: Arc<Signal>,
    /// The address of the updater's context.
    owner: usize,
    flags: Arc<dyn FlagSet>,
}

/// Creates a trial. Before the first contents there are those without any key.
pub(crate) fn new(settings: Settings) -> Box<dyn Trial> {
    Box::new(ContentTrial {
        machine: Machine::new(settings.length, settings.timeout),
        checker: Checker::new(),
        settings,
        current: Arc::default(),
        target: Arc::default(),
        prepared: None,
        news: Arc::default(),
        subscription: None,
        turn: None,
        since: 0,
        own: Vec::new(),
        deferred_until: None,
        running: None,
    })
}

impl Trial for ContentTrial {
    fn resume(&mut self, signal: &Arc<Signal>, owner: usize, flags: &Arc<dyn FlagSet>) {
        self.running = Some(Running {
            signal: Arc::clone(signal),
            owner,
            flags: Arc::clone(flags),
        });
        self.news.set_signal(Some(Arc::clone(signal)));
        if self.machine.is_open() {
            let cause = "the start of the updater".to_owned();
            self.machine.handle(Event::Restarted(cause), Instant::now());
            self.since = flags.generation();
            self.follow();
            if matches!(self.machine.state(), State::OnProbation(_)) {
                self.enter();
            }
            self.check();
        }
    }

    fn suspend(&mut self, signal: &Arc<Signal>) -> Option<Probation> {
        let running = self.running.as_ref();
        if !running.is_some_and(|running| Arc::ptr_eq(&running.signal, signal)) {
            return None;
        }
        let interrupted = self.status(Instant::now());
        self.release();
        self.news.set_signal(None);
        self.running = None;
        interrupted
    }

    fn current(&self) -> &Arc<Contents> {
        &self.current
    }

    fn target(&self) -> &Arc<Contents> {
        &self.target
    }

    fn trust(&mut self, contents: &Arc<Contents>) {
        self.current = Arc::clone(contents);
        self.target = Arc::clone(contents);
        self.close();
    }

    fn await_health(&mut self) {
        self.machine.handle(Event::AwaitHealth, Instant::now());
        self.check();
    }

    fn prepare(&mut self, contents: &Arc<Contents>) -> Preparation {
        let preparation = if *contents == self.target {
            Preparation::Trusted
        } else if matches!(self.machine.state(), State::OnProbation(_)) || self.is_healthy() {
            self.follow();
            Preparation::OnProbation
        } else {
            Preparation::Unhealthy
        };
        self.prepared = Some(preparation);
        preparation
    }

    fn applied(&mut self, contents: &Arc<Contents>, own: Own) {
        if own.changed {
            self.own.push(own.generation);
            let excess = self.own.len().saturating_sub(MAX_OWN);
            self.own.drain(..excess);
        }
        let prepared = self.prepared.take();
        if prepared == Some(Preparation::Trusted) {
            // Even if an override hides that the flags go back to them.
            return self.trust(contents);
        }
        if prepared.is_some() && !own.changed {
            // Contents that change no flag neither break the program nor cure it.
            self.current = Arc::clone(contents);
            if !self.machine.is_open() {
                self.trust(contents);
            }
            return;
        }
        let event = match prepared {
            Some(Preparation::OnProbation) => Event::Applied,
            Some(Preparation::Unhealthy) => Event::AwaitHealth,
            Some(Preparation::Trusted) | None => return,
        };
        self.current = Arc::clone(contents);
        self.since = own.generation;
        self.deferred_until = None;
        self.turn = None;
        let is_on_probation = event == Event::Applied;
        self.machine.handle(event, Instant::now());
        if is_on_probation {
            self.enter();
        }
        self.check();
        self.checker.hurry();
    }

    fn rejected(&mut self) {
        self.prepared = None;
        if !self.machine.is_open() {
            self.close();
        }
    }

    fn poll(&mut self, flags: &Arc<dyn FlagSet>, now: Instant) -> Verdict {
        if self.running.is_none() {
            // It begins anew with the next start.
            return Verdict::Continue;
        }
        for publish in self.news.take_publishes() {
            if publish.0 > self.since && !self.own.contains(&publish.0) {
                let cause = cause(&**flags, &publish);
                self.machine.handle(Event::Restarted(cause), now);
            }
        }
        for answered in self.checker.take_answers() {
            let event = Event::Answered {
                started: answered.started,
                answer: answered.answer,
            };
            self.machine.handle(event, answered.ended);
        }
        if let Some(started) = self.checker.running() {
            self.machine.handle(Event::Running { started }, now);
        }
        if let Some(reason) = self.news.take_failure() {
            self.machine.handle(Event::FailedElsewhere(reason), now);
        }
        let verdict = self.machine.verdict(now);
        match &verdict {
            Verdict::Continue => self.deferred_until = None,
            Verdict::Passed => {
                self.target = Arc::clone(&self.current);
                self.close();
            }
            Verdict::Failed(reason) => {
                // Another source that went back has published by the time it ends its turn.
                if self.defer(reason, now) || self.news.has_publishes() {
                    return Verdict::Continue;
                }
            }
        }
        verdict
    }

    fn end(&mut self, restored: bool) {
        if restored {
            self.current = Arc::clone(&self.target);
        }
        self.close();
    }

    fn next(&self, now: Instant) -> Option<Instant> {
        self.running.as_ref()?;
        if let Some(deferred_until) = self.deferred_until {
            return Some(deferred_until);
        }
        self.machine.next(self.checker.running(), now)
    }

    fn status(&self, now: Instant) -> Option<Probation> {
        let State::OnProbation(progress) = self.machine.state() else {
            return None;
        };
        self.running.as_ref()?;
        let clock = SystemTime::now();
        Some(Probation {
            since: clock - now.saturating_duration_since(progress.since),
            until: clock + progress.until.saturating_duration_since(now),
            failures: progress.failures,
            last_failure: progress.last_failure.clone(),
            restarted_by: progress.restarted_by.clone(),
        })
    }
}

impl ContentTrial {
    /// Whether the program is healthy now. It waits for a health check, at most for the timeout.
    fn is_healthy(&mut self) -> bool {
        let asked = Instant::now();
        let timeout = self.settings.timeout;
        let deadline = asked + timeout;
        self.checker.take_answers();
        let is_hanging = |started| asked.saturating_duration_since(started) > timeout;
        if !self.check() || self.checker.running().is_some_and(is_hanging) {
            return false;
        }
        self.checker.hurry();
        let Some(running) = &self.running else {
            return false;
        };
        loop {
            let wake = running.signal.take_probation_at(deadline);
            if let Some(answered) = self.checker.take_answers().pop() {
                return answered.answer == Answer::Healthy;
            }
            // If the updater is stopped meanwhile, the probation begins with the next start.
            if wake.stop || Instant::now() >= deadline {
                return wake.stop;
            }
        }
    }

    /// Starts the health checks. Returns whether that was possible.
    fn check(&mut self) -> bool {
        let Some(running) = &self.running else {
            return false;
        };
        let Settings { health, period, .. } = &self.settings;
        let started = self
            .checker
            .start(health, *period, &running.signal, running.owner);
        if let Err(error) = &started {
            tracing::warn!(%error, "the system provides no thread for health checks");
        }
        started.is_ok()
    }

    /// Listens to publishes.
    fn follow(&mut self) {
        if let Some(running) = &self.running
            && self.subscription.is_none()
        {
            let news = Arc::clone(&self.news);
            let callback = Arc::new(move |published: &_| news.add_publish(published));
            self.subscription = Some(running.flags.on_publish(callback));
        }
    }

    /// Takes a turn among the probations of these flags.
    fn enter(&mut self) {
        if let Some(running) = &self.running {
            let flags = Arc::as_ptr(&running.flags).addr();
            self.turn = Some(Turn::new(flags, self.since, &self.news));
        }
    }

    /// Lets another source go back first, if its contents were applied after these. Returns whether it does.
    fn defer(&mut self, reason: &str, now: Instant) -> bool {
        let is_over = self.deferred_until.is_some_and(|until| now >= until);
        let later = self.turn.as_ref().and_then(Turn::later);
        let Some(later) = later.filter(|_| !is_over) else {
            return false;
        };
        if self.deferred_until.is_none() {
            self.deferred_until = Some(now + self.settings.timeout + Duration::from_secs(1));
            later.fail(reason.to_owned());
        }
        true
    }

    /// Ends the probation.
    fn close(&mut self) {
        self.machine.handle(Event::Ended, Instant::now());
        self.release();
        self.own.clear();
    }

    /// Ends what a probation needs.
    fn release(&mut self) {
        self.checker.stop();
        self.subscription = None;
        self.turn = None;
        self.prepared = None;
        self.deferred_until = None;
        self.news.take_publishes();
        self.news.take_failure();
    }
}

/// A publish as the cause of something.
fn cause(flags: &dyn FlagSet, (generation, names): &Publish) -> String {
    let described = names.iter().map(|name| {
        let origin = flags.flag(name).map(|flag| flag.origin.to_string());
        format!("`{name}` ({})", origin.unwrap_or_default())
    });
    let described: Vec<_> = described.collect();
    format!("generation {generation}: {}", described.join(", "))
}

impl fmt::Debug for ContentTrial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ContentTrial")
            .field(self.machine.state())
            .finish()
    }
}
