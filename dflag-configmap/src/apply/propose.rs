//! Proposing: applying contents to the flags, wherever the contents come from.

use std::path::Path;
use std::sync::Arc;

use dflag::{Applied, Change, Layer};

use super::remarks::Remarks;
use super::unknown_keys::UnknownKeys;
use crate::context::Context;
use crate::error::ScanError;
use crate::escape::Escaped;
use crate::options::Options;
use crate::recovery::Own;
use crate::volume::{Content, Contents};

/// Proposes contents to the flags, unless they are the ones that it proposed last.
#[derive(Debug, Default)]
pub(crate) struct Proposer {
    last: Option<Proposal>,
    unknown_keys: UnknownKeys,
    remarks: Remarks,
    /// The flags that the last proposals changed.
    changed: Vec<Change>,
}

/// What became of contents.
#[derive(Debug)]
pub(crate) struct Proposed {
    /// What is wrong with them.
    pub(crate) error: Option<ScanError>,
    /// What was published; `None` if nothing was proposed, or all of it was rejected.
    pub(crate) own: Option<Own>,
}

/// Why contents are proposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    /// The source has them.
    Update,
    /// They were applied earlier, and the later ones are bad.
    Rollback,
    /// The source has none that could be applied.
    Substitute,
}

/// A proposal and what became of it.
#[derive(Debug)]
struct Proposal {
    contents: Arc<Contents>,
    error: Option<ScanError>,
    /// The flags' generation afterwards. In another one the outcome might be another.
    generation: u64,
    /// Whether the outcome depends on a file that a value names, and so might be another each time.
    volatile: bool,
}

impl Proposer {
    /// Proposes `contents`, which the context has selected.
    ///
    /// Contents that it proposed before are proposed again if the flags have changed since, because an
    /// override may now hide a key or no longer do so, and if a value is read from a file. With `retry`,
    /// those that were rejected are too.
    pub(crate) fn propose(
        &mut self,
        context: &Context,
        contents: &Arc<Contents>,
        retry: bool,
    ) -> Proposed {
        let settled = self.settled(context, contents, retry);
        settled.unwrap_or_else(|| self.update(context, contents))
    }

    /// Proposes `contents`, which the context has selected, even if that can have no other outcome than before.
    pub(crate) fn update(&mut self, context: &Context, contents: &Arc<Contents>) -> Proposed {
        let layer = layer(&context.directory, &context.options, contents);
        self.submit(context, contents, &layer, Purpose::Update)
    }

    /// Proposes contents that were applied earlier. They count as no update. If they are rejected, the proposal before
    /// stays the last one.
    /// `reason` is for the history.
    pub(crate) fn restore(
        &mut self,
        context: &Context,
        contents: &Arc<Contents>,
        reason: &str,
    ) -> Proposed {
        let last = self.last.take();
        let layer = layer(&context.directory, &context.options, contents).reason(reason);
        let proposed = self.submit(context, contents, &layer, Purpose::Rollback);
        if proposed.own.is_none() {
            self.last = last;
        }
        proposed
    }

    /// Proposes contents in place of those that were rejected, which stay the last proposal and are not new later.
    /// `reason` is for the history, and `place` is the beginning of their keys' location, if that is not the directory.
    pub(crate) fn substitute(
        &mut self,
        context: &Context,
        contents: &Arc<Contents>,
        reason: &str,
        place: Option<&str>,
    ) -> Proposed {
        let last = self.last.take();
        let layer = layer_below(&context.directory, &context.options, contents, place);
        let proposed = self.submit(
            context,
            contents,
            &layer.reason(reason),
            Purpose::Substitute,
        );
        self.last = last;
        proposed
    }

    /// What became of `contents`, if proposing them again could have no other outcome.
    pub(crate) fn settled(
        &self,
        context: &Context,
        contents: &Arc<Contents>,
        retry: bool,
    ) -> Option<Proposed> {
        let last = self.last.as_ref().filter(|last| {
            last.contents == *contents
                && last.generation == context.flags.generation()
                && !last.volatile
                && (last.error.is_none() || !retry)
        })?;
        Some(Proposed {
            error: last.error.clone(),
            own: None,
        })
    }

    /// Proposes `contents`, whose layer is `layer`, in any case.
    fn submit(
        &mut self,
        context: &Context,
        contents: &Arc<Contents>,
        layer: &Layer,
        purpose: Purpose,
    ) -> Proposed {
        let counts = purpose == Purpose::Update;
        let generation = context.flags.generation();
        let last = self.last.as_ref();
        let last = last.filter(|last| last.contents == *contents);
        let is_new = last.is_none();
        let last_error = last.and_then(|last| last.error.clone());
        // If a parser or a check panics, this outcome stays, so that the contents are not proposed again.
        self.last = Some(Proposal {
            contents: Arc::clone(contents),
            error: Some(ScanError::Panicked {
                message: "a check or a parser panicked".to_owned(),
            }),
            generation,
            volatile: false,
        });

        let proposed = match purpose {
            Purpose::Update | Purpose::Substitute => context.flags.propose(layer),
            Purpose::Rollback => context.flags.roll_back(layer),
        };
        let (error, generation, volatile, own) = match proposed {
            Ok(applied) => {
                let own = Own::new(&applied);
                let volatile = applied.volatile;
                // An update of a file is one of the source, too.
                let is_new = is_new || (volatile && own.changed);
                let error = self.record_applied(context, applied, counts, is_new);
                (error, own.generation, volatile, Some(own))
            }
            Err(rejected) => {
                let volatile = rejected.volatile;
                if counts {
                    self.unknown_keys.record(context, &rejected.unknown);
                }
                let error = Some(ScanError::Rejected(rejected));
                let is_new =
                    is_new || (volatile && text(error.as_ref()) != text(last_error.as_ref()));
                let is_new = is_new && counts;
                context.update_status(|status| status.rejected += u64::from(is_new));
                (error, generation, volatile, None)
            }
        };
        if let Some(last) = &mut self.last {
            last.error.clone_from(&error);
            last.generation = generation;
            last.volatile = volatile;
        }
        Proposed { error, own }
    }

    /// The flags that were changed since [`forget_changed`](Self::forget_changed).
    pub(crate) fn changed(&self) -> &[Change] {
        &self.changed
    }

    pub(crate) fn forget_changed(&mut self) {
        self.changed.clear();
    }

    /// Names the panic that interrupted the last proposal.
    pub(crate) fn record_panic(&mut self, panic: &ScanError) {
        if let Some(Proposal {
            error: Some(error @ ScanError::Panicked { .. }),
            ..
        }) = &mut self.last
        {
            *error = panic.clone();
        }
    }

    fn record_applied(
        &mut self,
        context: &Context,
        applied: Applied,
        counts: bool,
        is_new: bool,
    ) -> Option<ScanError> {
        let is_new = is_new && counts;
        let directory = Escaped(&context.directory);
        let Applied {
            generation,
            changed,
            unknown,
            blank,
            overruled,
            shadowed,
            deprecated,
            rejected,
            ..
        } = applied;
        if !changed.is_empty() {
            // Names only, since not everyone who may read the log may read the values.
            let names: Vec<_> = changed.iter().map(|change| &change.flag).collect();
            tracing::info!(%directory, generation, changed = ?names, "update applied");
        }
        self.changed.extend(changed);
        if counts {
            self.unknown_keys.record(context, &unknown);
        }
        self.remarks
            .log(context, &overruled, &shadowed, &deprecated);
        let keys = &context.options.keys;
        let blank_keys = blank.iter().map(|name| keys.key(name)).collect();
        context.update_status(|status| {
            status.blank_keys = blank_keys;
            status.overruled = overruled;
            status.shadowed = shadowed;
            status.deprecated = deprecated;
            status.generation = generation;
            status.applied += u64::from(is_new);
            status.rejected += u64::from(is_new && !rejected.is_empty());
        });
        (!rejected.is_empty()).then(|| ScanError::PartlyRejected {
            directory: context.directory.display().to_string(),
            problems: rejected,
        })
    }
}

fn text(error: Option<&ScanError>) -> Option<String> {
    error.map(ToString::to_string)
}

/// The layer of the contents of a directory.
pub(crate) fn layer(directory: &Path, options: &Options, contents: &Contents) -> Layer {
    layer_below(directory, options, contents, None)
}

/// The layer of the contents of a directory. `place` is the beginning of their keys' location, if that is not the directory.
fn layer_below(
    directory: &Path,
    options: &Options,
    contents: &Contents,
    place: Option<&str>,
) -> Layer {
    // All paths have the same beginning, which is converted once.
    let mut path = place.map_or_else(
        || directory.join("").to_string_lossy().into_owned(),
        ToOwned::to_owned,
    );
    let beginning = path.len();
    let mut locate = |key: &str| {
        path.truncate(beginning);
        path.push_str(key);
        Arc::from(&*path)
    };
    layer_at(&directory.to_string_lossy(), options, contents, &mut locate)
}

/// The layer of contents that were read from `location`. `locate` says where a key is.
pub(crate) fn layer_at(
    location: &str,
    options: &Options,
    contents: &Contents,
    locate: &mut dyn FnMut(&str) -> Arc<str>,
) -> Layer {
    let Options {
        precedence,
        deny_unknown,
        on_invalid,
        env_names,
        ..
    } = *options;
    let mut layer = Layer::new("ConfigMap", location)
        .precedence(precedence)
        .deny_unknown(deny_unknown)
        .on_invalid(on_invalid)
        .env_names(env_names);
    for (key, content) in contents.iter() {
        let Some(name) = options.keys.name(key) else {
            continue;
        };
        let location = locate(key);
        match content {
            Content::Bytes(bytes) => layer.file(name, location, &**bytes),
            // The flags report the key, whatever its value.
            Content::Unknown => layer.file(name, location, b""),
            Content::Unreadable(error) => layer.unreadable(name, location, error.clone()),
        }
    }
    layer
}
