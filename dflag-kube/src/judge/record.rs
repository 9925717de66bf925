//! The record: what the API said the object was, as far back as a mount may still publish it.

use std::time::Instant;

/// The contents that the object had, oldest first.
#[derive(Debug)]
pub(super) struct Record<C> {
    entries: Vec<Entry<C>>,
    /// Since when nothing that the object was is missing.
    complete_since: Option<Instant>,
    /// When the API last said what the object is. Nothing later is known.
    confirmed: Option<Instant>,
}

#[derive(Debug)]
struct Entry<C> {
    contents: C,
    since: Instant,
    /// When the next one was heard of, which is no earlier than this one's end. `None` for the newest.
    until: Option<Instant>,
}

impl<C> Default for Record<C> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            complete_since: None,
            confirmed: None,
        }
    }
}

impl<C: PartialEq> Record<C> {
    /// When the API last said what the object is.
    pub(super) fn confirmed(&self) -> Option<Instant> {
        self.confirmed
    }

    /// What the object was when that was last known, and since when.
    pub(super) fn current(&self) -> Option<(&C, Instant)> {
        let last = self.entries.last()?;
        Some((&last.contents, last.since))
    }

    /// The object has not changed. Returns when that was said, which is no earlier than what was said before: answers of two
    /// connections may be told in another order than they arrived.
    pub(super) fn confirm(&mut self, now: Instant) -> Instant {
        *self
            .confirmed
            .insert(self.confirmed.map_or(now, |before| before.max(now)))
    }

    /// The object is `contents` now, and was nothing else since what was known before.
    pub(super) fn follow(&mut self, contents: C, now: Instant) {
        let now = self.confirm(now);
        if let Some(last) = self.entries.last_mut() {
            if last.contents == contents {
                return;
            }
            last.until = Some(now);
        }
        self.complete_since.get_or_insert(now);
        self.entries.push(Entry {
            contents,
            since: now,
            until: None,
        });
    }

    /// The object is `contents` now, and may have been anything since what was known before.
    pub(super) fn jump(&mut self, contents: C, now: Instant) {
        self.follow(contents, now);
        self.complete_since = Some(now);
    }

    /// Whether nothing is missing between `from` and the last confirmation.
    pub(super) fn is_complete_since(&self, from: Instant) -> bool {
        self.complete_since.is_some_and(|since| since <= from)
    }

    /// Whether contents for which `matches` holds may have been the object at some moment since `from`.
    pub(super) fn has_since(&self, from: Instant, matches: impl Fn(&C) -> bool) -> bool {
        let mut entries = self.entries.iter();
        entries
            .any(|entry| entry.until.is_none_or(|until| until >= from) && matches(&entry.contents))
    }

    /// Forgets what the object was before `from` only.
    pub(super) fn forget_before(&mut self, from: Instant) {
        self.entries
            .retain(|entry| entry.until.is_none_or(|until| until >= from));
        // Of the time before, something is missing from now on.
        self.complete_since = self.complete_since.map(|since| since.max(from));
    }
}
