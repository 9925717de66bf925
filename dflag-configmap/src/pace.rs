//! The pace: what one look leaves for the next, of when to look and where.

use std::time::{Duration, Instant};

use crate::follower::Follower;
use crate::schedule;
use crate::walk::Walk;

/// What whoever looks has: `initialize`, the updater's thread, or the one that hears events.
#[derive(Debug)]
pub(crate) struct Looking {
    pub(crate) follower: Follower,
    pub(crate) pace: Pace,
}

/// When to look next, and where.
#[derive(Debug)]
pub(crate) struct Pace {
    /// When to look if nothing is heard.
    pub(crate) next: Instant,
    /// Until when to rest, whatever is heard.
    pub(crate) rest: Instant,
    /// The timer found what an event should have told; that may only be late.
    pub(crate) suspect: bool,
    /// Where to look, if the last look was led there until it was over.
    pub(crate) known: Option<Known>,
}

/// Where a walk led, and when it was begun.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) walk: Walk,
    pub(crate) since: Instant,
}

impl Looking {
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            follower: Follower::default(),
            pace: Pace::at_once(now),
        }
    }
}

impl Pace {
    /// Nothing is known, and nothing waited for.
    pub(crate) fn at_once(now: Instant) -> Self {
        Self {
            next: now,
            rest: now,
            suspect: false,
            known: None,
        }
    }

    /// Takes out where to look. What happens inside is no reason to walk there again, but for when
    /// the timer is due.
    pub(crate) fn take_known(&mut self, now: Instant, rescan_every: Duration) -> Option<Known> {
        let known = self.known.take()?;
        (now < schedule::next(known.since, rescan_every, None)).then_some(known)
    }
}
