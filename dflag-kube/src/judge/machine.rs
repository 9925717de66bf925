//! The rule: what counts after each event.

use std::time::{Duration, Instant};

use super::record::Record;

/// How many times the lag the record goes back. A swap that is judged late needs the lag before it.
const KEPT_LAGS: u32 = 3;

/// Contents, as far as the rule needs to know them.
pub(crate) trait Content: Clone + PartialEq {
    /// Whether each key of `part` is one of these, with the same content.
    fn contains(&self, part: &Self) -> bool;

    /// Whether each key of `other` is one of these.
    fn has_keys_of(&self, other: &Self) -> bool;
}

/// Which version of the object something is. A version alone does not say it: after a restore of etcd, versions repeat.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Revision {
    /// Empty if there is no object.
    pub(crate) uid: String,
    pub(crate) version: String,
}

impl Revision {
    /// Whether there is an object.
    fn exists(&self) -> bool {
        !self.uid.is_empty()
    }
}

/// What is known of the API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Api {
    /// It does not answer.
    #[default]
    Away,
    /// It rejects the program: 401 or 403.
    Denied,
    /// It has said what the object is, and nothing makes that doubtful.
    Confirmed,
}

/// Which keys of the object the mount has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Shape {
    /// All of them, as far as is known.
    #[default]
    Whole,
    /// Some of them: the volume has `items`.
    Part,
    /// Others, or with other contents. It can't be compared, and is not followed.
    Foreign,
}

/// What becomes of what the mount published.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Verdict<C> {
    /// Nothing: the object is known to be as new, or newer.
    Keep,
    /// It counts.
    Apply(C),
    /// It may be older than what counts now. It is judged again when more is known.
    Hold,
}

/// Decides which contents are the newest.
#[derive(Debug)]
pub(crate) struct Judge<C> {
    /// The longest time from a change of the object to the swap of the mount.
    lag: Duration,
    api: Api,
    record: Record<C>,
    revision: Option<Revision>,
    mounted: Option<Swap<C>>,
    /// Whether the last swap is undecided.
    is_held: bool,
    /// Whether the mount has overruled what the API said last.
    is_overruled: bool,
    shape: Shape,
    /// What the mount had when it last had what the object had: the volume has these keys, and no others that the object has
    /// not. Of keys that the object got later it says nothing.
    matched: Option<C>,
}

/// What the mount published, and when.
#[derive(Clone, Debug)]
struct Swap<C> {
    contents: C,
    /// The earliest time at which it can have been published: until then, the mount was seen to have something else.
    after: Instant,
    /// When it was seen.
    at: Instant,
}

impl<C: Content> Judge<C> {
    pub(crate) fn new(lag: Duration) -> Self {
        Self {
            lag,
            api: Api::Away,
            record: Record::default(),
            revision: None,
            mounted: None,
            is_held: false,
            is_overruled: false,
            shape: Shape::Whole,
            matched: None,
        }
    }

    pub(crate) fn api(&self) -> Api {
        self.api
    }

    pub(crate) fn shape(&self) -> Shape {
        self.shape
    }

    /// Whether the last swap is held.
    pub(crate) fn is_held(&self) -> bool {
        self.is_held
    }

    /// When the API last said what the object is.
    pub(crate) fn confirmed(&self) -> Option<Instant> {
        self.record.confirmed()
    }

    /// From when on the contents in force are unconfirmed: neither the API nor a swap of the mount has said anything for the
    /// lag. `None` while the API can be relied on, and before anything was said.
    pub(crate) fn unconfirmed_at(&self) -> Option<Instant> {
        let swapped = self.mounted.as_ref().map(|swap| swap.at);
        let last = self.record.confirmed().max(swapped)?;
        (self.api != Api::Confirmed).then(|| last + self.lag)
    }

    /// Whether the mount has what the API never said, so that the API has to be asked.
    pub(crate) fn doubts(&self) -> bool {
        self.api == Api::Confirmed && self.is_held && self.is_unheard_of()
    }

    /// A list without a resource version was answered: a consistent read of a moment after `sent`. It decides, whatever its
    /// version.
    ///
    /// Returns whether it says the same as was known.
    pub(crate) fn listed(
        &mut self,
        revision: Revision,
        contents: C,
        sent: Instant,
        now: Instant,
    ) -> bool {
        let current = self.record.current();
        let is_known = self.revision.as_ref() == Some(&revision)
            && current.is_some_and(|(current, _)| *current == contents);
        // An object that was created and deleted since leaves no trace in a list.
        if is_known && revision.exists() {
            let _ = self.record.confirm(now);
        } else {
            self.record.jump(contents, now);
            self.revision = Some(revision);
        }
        self.confirm();
        if self.mounted.as_ref().is_some_and(|swap| swap.at <= sent) {
            self.is_held = false;
        }
        self.settle(now);
        is_known
    }

    /// The watch that follows the last list reported a change.
    pub(crate) fn changed(&mut self, revision: Revision, contents: C, now: Instant) {
        self.record.follow(contents, now);
        self.revision = Some(revision);
        self.confirm();
        self.settle(now);
    }

    /// The watch ended, or nothing can be relied on any more.
    pub(crate) fn lost(&mut self) -> Verdict<C> {
        self.api = Api::Away;
        self.decide()
    }

    /// The API rejected the program.
    pub(crate) fn denied(&mut self) -> Verdict<C> {
        self.api = Api::Denied;
        self.decide()
    }

    /// The API is not followed any more. What is held is judged when it is known again whether the API answers.
    pub(crate) fn stop(&mut self) {
        self.api = Api::Away;
    }

    /// What the mount has is in force, whatever the API said before.
    pub(crate) fn forget(&mut self) {
        self.api = Api::Away;
        self.record = Record::default();
        self.revision = None;
        self.is_held = false;
        self.is_overruled = false;
    }

    /// The mount was read for the first time. It is not known when it was published.
    pub(crate) fn found(&mut self, contents: C, now: Instant) {
        self.mounted = Some(Swap {
            contents,
            after: now,
            at: now,
        });
        self.is_held = false;
        self.settle(now);
    }

    /// The mount was swapped, at a moment from `after` on until now.
    pub(crate) fn swapped(&mut self, contents: C, after: Instant, now: Instant) -> Verdict<C> {
        self.mounted = Some(Swap {
            contents,
            after,
            at: now,
        });
        self.is_held = true;
        self.settle(now);
        self.decide()
    }

    /// When [`compare`](Self::compare) can say something new.
    pub(crate) fn compare_at(&self) -> Option<Instant> {
        let (swap, (current, since)) = (self.mounted.as_ref()?, self.record.current()?);
        // What is held is to be decided first.
        let is_open = self.api == Api::Confirmed && self.shape != Shape::Foreign && !self.is_held;
        // kubelet leaves the files of a deleted object as they were.
        let exists = self.revision.as_ref().is_some_and(Revision::exists);
        let differs = exists && !matches(self.shape, &swap.contents, current);
        (is_open && differs).then(|| since.max(swap.at) + self.lag)
    }

    /// Finds out which keys the mount has, if it had the time to become like the object and has not.
    pub(crate) fn compare(&mut self, now: Instant) {
        if self.compare_at().is_none_or(|at| now < at) {
            return;
        }
        if let (Some(swap), Some((current, _))) = (&self.mounted, self.record.current()) {
            self.shape = if current.contains(&swap.contents) {
                Shape::Part
            } else {
                Shape::Foreign
            };
            self.is_held = false;
        }
    }

    /// What the API said last is in force.
    fn confirm(&mut self) {
        self.api = Api::Confirmed;
        self.is_overruled = false;
    }

    /// Ends the doubt about a swap that says the same as what is in force.
    fn settle(&mut self, now: Instant) {
        let (Some(swap), Some((current, _))) = (&self.mounted, self.record.current()) else {
            return;
        };
        if swap.contents == *current {
            self.shape = Shape::Whole;
            self.matched = Some(swap.contents.clone());
        } else if self.shape == Shape::Foreign && current.contains(&swap.contents) {
            // A volume with `items` was late, and no other one.
            self.shape = Shape::Part;
        }
        if !self.is_overruled && matches(self.shape, &swap.contents, current) {
            self.is_held = false;
        }
        if let Some(from) = now.checked_sub(self.lag * KEPT_LAGS)
            && (!self.is_held || swap.after >= from + self.lag)
        {
            self.record.forget_before(from);
        }
    }

    fn decide(&mut self) -> Verdict<C> {
        if !self.is_held {
            return Verdict::Keep;
        }
        let Some(swap) = self
            .mounted
            .as_ref()
            .filter(|_| self.shape != Shape::Foreign)
        else {
            self.is_held = false;
            return Verdict::Keep;
        };
        let is_newer = match self.api {
            Api::Confirmed => false,
            // kubelet has other credentials, and is likely fine. If what it publishes now is old, it corrects that itself; a
            // revert that is held would never be applied.
            Api::Denied => self.is_after_confirmation(swap) || self.is_newer(swap),
            Api::Away => self.is_newer(swap),
        };
        if !is_newer {
            return Verdict::Hold;
        }
        let contents = swap.contents.clone();
        self.is_held = false;
        self.is_overruled = true;
        Verdict::Apply(contents)
    }

    /// Whether the API has said nothing since the mount was swapped. What it said later is newer than what the mount had.
    fn is_after_confirmation(&self, swap: &Swap<C>) -> bool {
        let confirmed = self.record.confirmed();
        confirmed.is_none_or(|confirmed| swap.after > confirmed)
    }

    /// Whether what the mount published is newer than all that the API said.
    fn is_newer(&self, swap: &Swap<C>) -> bool {
        let Some(confirmed) = self.record.confirmed() else {
            return true;
        };
        let Some(from) = swap.after.checked_sub(self.lag) else {
            return false;
        };
        let may_be = |object: &C| {
            matches(self.shape, &swap.contents, object)
                || (self.shape == Shape::Whole && self.may_differ_in_keys(&swap.contents, object))
        };
        confirmed < from
            || (self.record.is_complete_since(from) && !self.record.has_since(from, may_be))
    }

    /// Whether the mount may have had `mounted` because the object was `object`. Until that is known, it may have some of the
    /// keys, or more than these.
    fn may_differ_in_keys(&self, mounted: &C, object: &C) -> bool {
        match &self.matched {
            Some(matched) => object.contains(mounted) && !matched.has_keys_of(object),
            None => object.contains(mounted) || mounted.contains(object),
        }
    }

    /// Whether the mount has what the object was not, as far as is known, in the lag before the swap.
    fn is_unheard_of(&self) -> bool {
        let Some(swap) = &self.mounted else {
            return false;
        };
        let is_same = |object: &C| matches(self.shape, &swap.contents, object);
        let from = swap.after.checked_sub(self.lag);
        !from.is_some_and(|from| self.record.has_since(from, is_same))
    }
}

/// Whether the mount says what the object says.
fn matches<C: Content>(shape: Shape, mounted: &C, object: &C) -> bool {
    match shape {
        Shape::Whole => mounted == object,
        Shape::Part => object.contains(mounted),
        Shape::Foreign => false,
    }
}
