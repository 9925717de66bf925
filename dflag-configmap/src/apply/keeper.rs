//! The keeper: what the last-good file is to contain.

use std::sync::Arc;

use dflag::Key;

use super::digest::digest;
use crate::context::Context;
use crate::error::LastGoodError;
use crate::escape::Escaped;
use crate::recovery::{Digest, Interruptions, LastGood, Store, Unproven, UnprovenBy};
use crate::volume::{Content, Contents};

/// Keeps the last good content in a store.
#[derive(Debug)]
pub(super) struct Keeper {
    pub(super) store: Arc<dyn Store>,
    /// What the store has; `None` if that is not known.
    saved: Option<LastGood>,
    /// What was unproven when the program started.
    at_start: Option<Unproven>,
}

/// How a probation ends, as far as that is known when it is saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// It has just begun, and nothing else may be saved after this.
    Crash,
    Stop,
    Failure,
}

impl Keeper {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            saved: None,
            at_start: None,
        }
    }

    /// Reads the store. Nothing there is `None`.
    pub(super) fn load(&mut self, context: &Context) -> Result<Option<LastGood>, LastGoodError> {
        self.saved = self.store.load(&context.directory)?;
        self.at_start = self.saved_unproven();
        Ok(self.saved.clone())
    }

    /// The contents that a start must not apply, as far as the store has them.
    pub(super) fn saved_unproven(&self) -> Option<Unproven> {
        self.saved.as_ref()?.unproven
    }

    /// Why `contents` are unproven, if they are.
    pub(super) fn unproven_by(&self, context: &Context, contents: &Contents) -> Option<UnprovenBy> {
        let unproven = self.saved_unproven()?;
        (unproven.digest == self.digest(context, contents)).then_some(unproven.by)
    }

    /// `contents` after a probation that ends in this way.
    pub(super) fn unproven(&self, context: &Context, contents: &Contents, end: End) -> Unproven {
        let digest = self.digest(context, contents);
        let at_start = self.at_start.filter(|unproven| unproven.digest == digest);
        let mut before = match at_start.map(|unproven| unproven.by) {
            Some(UnprovenBy::Interruptions(before)) => before,
            Some(UnprovenBy::Failure) | None => Interruptions::default(),
        };
        match end {
            End::Crash => before.crashes = before.crashes.saturating_add(1),
            End::Stop => before.stops = before.stops.saturating_add(1),
            End::Failure => {}
        }
        let by = match end {
            End::Failure => UnprovenBy::Failure,
            End::Crash | End::Stop => UnprovenBy::Interruptions(before),
        };
        Unproven { digest, by }
    }

    /// Saves `contents` as the last good ones.
    pub(super) fn save(&mut self, context: &Context, contents: &Contents) {
        let contents = self.kept(context, contents);
        self.replace(context, contents, None);
    }

    /// Saves which contents are unproven beside the last good ones. If those are not known, they are `in_force`.
    pub(super) fn save_unproven(
        &mut self,
        context: &Context,
        in_force: &Contents,
        unproven: Option<Unproven>,
    ) {
        let saved = self.saved.as_ref().map(|saved| Arc::clone(&saved.contents));
        let contents = saved.unwrap_or_else(|| self.kept(context, in_force));
        self.replace(context, contents, unproven);
    }

    /// Replaces what the store has, unless it is the same. An error is recorded and logged.
    fn replace(&mut self, context: &Context, contents: Arc<Contents>, unproven: Option<Unproven>) {
        let last_good = LastGood { contents, unproven };
        if self.saved.as_ref() == Some(&last_good) {
            return;
        }
        let saved = self.store.save(&context.directory, &last_good);
        let error = saved.as_ref().err().map(ToString::to_string);
        self.saved = saved.is_ok().then_some(last_good);
        record_error(context, error);
    }

    /// The part of `contents` that the store may have.
    fn kept(&self, context: &Context, contents: &Contents) -> Arc<Contents> {
        let kept = contents.iter().filter(|(key, content)| {
            matches!(content, Content::Bytes(_)) && self.keeps(context, key)
        });
        let kept = kept.map(|(key, content)| (Arc::clone(key), content.clone()));
        Arc::new(kept.collect())
    }

    /// The digest of `contents` as the store may have it.
    fn digest(&self, context: &Context, contents: &Contents) -> Digest {
        digest(contents, &|key| self.keeps(context, key))
    }

    /// Whether the store keeps the value of `key`.
    fn keeps(&self, context: &Context, key: &str) -> bool {
        self.store.with_secrets() || !is_secret(context, key)
    }
}

/// Records what is wrong with the store, and logs it once.
pub(super) fn record_error(context: &Context, error: Option<String>) {
    let mut before = error.clone();
    context.update_status(|status| std::mem::swap(&mut status.last_good_error, &mut before));
    if let Some(error) = error.filter(|error| before.as_ref() != Some(error)) {
        let directory = Escaped(&context.directory);
        tracing::warn!(%directory, error, "the last good content is not kept");
    }
}

/// Whether `key` sets a secret flag. A flag that no struct covers may be one.
fn is_secret(context: &Context, key: &str) -> bool {
    let Some(name) = context.options.keys.name(key) else {
        return false;
    };
    let names = match context.flags.lookup(name) {
        Key::Flag { name } => vec![name],
        Key::Variable { flags } => flags,
        Key::Uncovered { .. } => return true,
        _ => return false,
    };
    let flags = names.iter().filter_map(|name| context.flags.flag(name));
    flags.into_iter().any(|flag| flag.secret)
}
