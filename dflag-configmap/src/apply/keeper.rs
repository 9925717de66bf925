//! The keeper: what the last-good file is to contain.

use std::sync::Arc;

use dflag::Key;

use super::digest::digest;
use crate::context::Context;
use crate::error::LastGoodError;
use crate::escape::Escaped;
use crate::recovery::{Digest, LastGood, Store, Unproven};
use crate::volume::{Content, Contents};

/// Keeps the last good content in a store.
#[derive(Debug)]
pub(super) struct Keeper {
    pub(super) store: Arc<dyn Store>,
    /// What the store has; `None` if that is not known.
    saved: Option<LastGood>,
}

impl Keeper {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self { store, saved: None }
    }

    /// Reads the store. Nothing there is `None`.
    pub(super) fn load(&mut self, context: &Context) -> Result<Option<LastGood>, LastGoodError> {
        self.saved = self.store.load(&context.directory)?;
        Ok(self.saved.clone())
    }

    /// The contents that a start must not apply, as far as the store has them.
    pub(super) fn saved_unproven(&self) -> Option<Unproven> {
        self.saved.as_ref()?.unproven
    }

    /// Whether a start must not apply `contents`; and if so, whether they failed their probation.
    pub(super) fn unproven(&self, context: &Context, contents: &Contents) -> Option<Unproven> {
        let unproven = self.saved.as_ref()?.unproven?;
        (unproven.digest == self.digest(context, contents)).then_some(unproven)
    }

    /// The digest of `contents` as the store may have it.
    pub(super) fn digest(&self, context: &Context, contents: &Contents) -> Digest {
        digest(contents, &|key| self.keeps(context, key))
    }

    /// Saves `contents`, unless the store has them. An error is recorded and logged.
    pub(super) fn save(
        &mut self,
        context: &Context,
        contents: &Contents,
        unproven: Option<Unproven>,
    ) {
        let kept = contents.iter().filter(|(key, content)| {
            matches!(content, Content::Bytes(_)) && self.keeps(context, key)
        });
        let kept = kept.map(|(key, content)| (Arc::clone(key), content.clone()));
        let last_good = LastGood {
            contents: Arc::new(kept.collect()),
            unproven,
        };
        if self.saved.as_ref() == Some(&last_good) {
            return;
        }
        let saved = self.store.save(&context.directory, &last_good);
        let error = saved.as_ref().err().map(ToString::to_string);
        self.saved = saved.is_ok().then_some(last_good);
        record_error(context, error);
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
