//! The core: propose → candidate → checks → publish, under one writer lock.
//!
//! Everything that can fail happens on copies, before the one store that makes it visible.
//! The core knows neither the struct's type nor any source.

use std::fmt::Display;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::accept::{Accept, Rejection};
use crate::candidate::{Candidate, Ground, Outcome};
use crate::chunks::Chunks;
use crate::flag_set::{Applied, Edit, FlagSet, Published};
use crate::layers::Layers;
use crate::list;
use crate::model::Model;
use crate::notify::{Notice, Notifier};
use crate::parse::{Parser, guarded};
use crate::schema::Schema;
use crate::snapshot::{Snapshot, State};
use crate::source::Sources;
use crate::store::Store;
use crate::writing::Writing;
use crate::{
    Checksum, FlagInfo, FlagKind, Layer, Listing, Origin, PendingRestart, Problem, Rejected,
    Source, SourceStatus, Subscription,
};

/// A set of flags without its type.
pub(crate) struct Core {
    pub(crate) schema: Arc<Schema>,
    pub(crate) notifier: Arc<Notifier>,
    /// What readers see.
    pub(crate) store: Arc<Store>,
    /// Copies of single flags that a publish renews, in the order of the flags.
    mirrors: Mutex<Vec<(usize, Weak<dyn Mirrored>)>>,
    model: Box<dyn Model>,
    /// What the command line, the environment and the defaults gave, by flag.
    base: Chunks<State>,
    writer: Mutex<Writer>,
    /// A check of the write that is under way asked to fix the static flags.
    freeze_after: AtomicBool,
    sources: Sources,
}

/// A copy of one flag beside the store. While it may differ from the store it is stale.
pub(crate) trait Mirrored: Send + Sync {
    /// Before the store.
    fn go_stale(&self);

    /// After the store.
    fn refresh(&self, snapshot: &Snapshot);
}

/// What only the one who writes may touch.
struct Writer {
    parser: Parser,
    /// What became of each flag, and the layers that it came of.
    outcome: Outcome,
    /// The layers as they were when the static flags were fixed.
    frozen: Option<Layers>,
}

impl Core {
    pub(crate) fn new(schema: Schema, model: Box<dyn Model>, base: Chunks<State>) -> Self {
        let first = Snapshot::new(1, model.base(), base.clone());
        let writer = Writer {
            parser: Parser::default(),
            outcome: Outcome::of_base(&base, schema.flags.len()),
            frozen: None,
        };
        Self {
            schema: Arc::new(schema),
            notifier: Arc::default(),
            store: Arc::new(Store::new(first)),
            mirrors: Mutex::default(),
            model,
            base,
            writer: Mutex::new(writer),
            freeze_after: AtomicBool::new(false),
            sources: Sources::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Writer> {
        // Users' code that panics is caught where it is called, and the writer is changed
        // by plain stores alone: what it holds is whole.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the candidate of `layers` what readers see, or leaves everything as it is.
    fn publish(&self, writer: &mut Writer, layers: Layers) -> Result<Applied, Vec<Problem>> {
        let ground = Ground {
            schema: &self.schema,
            model: &*self.model,
            base: &self.base,
            frozen: writer.frozen.as_ref(),
        };
        let Candidate { args, outcome } = ground.candidate(layers, &writer.outcome)?;
        let old = self.store.load();
        let differ = differing(&old.states, &outcome.states);
        let generation = old.generation + u64::from(!differ.is_empty());
        let new = Arc::new(Snapshot::new(generation, args, outcome.states.clone()));
        let changed = self.changed(&differ, &old, &new);
        let applied = Applied {
            generation: new.generation,
            changed: list::changes(&self.schema, &old, &new, &changed),
            ..Applied::default()
        };
        writer.outcome = outcome;
        if !differ.is_empty() {
            self.make_visible(&differ, &new);
        }
        if !changed.is_empty() {
            self.notifier.enqueue(Notice { old, new, changed });
        }
        Ok(applied)
    }

    /// The one store, and the mirrors around it.
    fn make_visible(&self, differ: &[usize], new: &Arc<Snapshot>) {
        // Also where only the origin changed: one text may be parsed to two values.
        let mirrors = self.mirrors_of(differ);
        for mirror in &mirrors {
            mirror.go_stale();
        }
        self.store.publish(Arc::clone(new));
        for mirror in &mirrors {
            mirror.refresh(new);
        }
    }

    fn mirrors_of(&self, flags: &[usize]) -> Vec<Arc<dyn Mirrored>> {
        let mirrors = self.mirrors.lock().unwrap_or_else(PoisonError::into_inner);
        let of = |flag: &usize| {
            let flag = *flag;
            let first = mirrors.partition_point(|(of, _)| *of < flag);
            let mirrors = mirrors.get(first..).unwrap_or_default().iter();
            mirrors.take_while(move |(of, _)| *of == flag)
        };
        let mirrors = flags.iter().flat_map(of);
        mirrors.filter_map(|(_, mirror)| mirror.upgrade()).collect()
    }

    /// Renews `mirror` at each publish that changes `flag`.
    pub(crate) fn mirror(&self, flag: Option<usize>, mirror: &Arc<dyn Mirrored>) {
        if let Some(flag) = flag {
            let mut mirrors = self.mirrors.lock().unwrap_or_else(PoisonError::into_inner);
            let end = mirrors.partition_point(|(of, _)| *of <= flag);
            mirrors.insert(end, (flag, Arc::downgrade(mirror)));
        }
    }

    /// The flags whose value changed, of those that `differ`.
    fn changed(&self, differ: &[usize], old: &Snapshot, new: &Snapshot) -> Vec<usize> {
        let is_changed = |flag: usize| {
            let texts = (old.states.get(flag), new.states.get(flag));
            let same = matches!(texts, (Some(old), Some(new)) if old.text == new.text);
            let equal = || self.model.equal(flag, &old.args, &new.args);
            !same && !guarded(equal).unwrap_or(false)
        };
        let mut changed = differ.to_vec();
        changed.retain(|flag| is_changed(*flag));
        changed
    }

    fn propose_locked(&self, writer: &mut Writer, layer: &Layer) -> Result<Applied, Rejection> {
        let Writer {
            parser, outcome, ..
        } = writer;
        let accepted = self.accept(parser).layer(&outcome.layers, layer)?;
        match self.publish(writer, accepted.layers) {
            Ok(published) => Ok(Applied {
                unknown: accepted.unknown,
                rejected: accepted.rejected,
                ..published
            }),
            Err(rules) => {
                let mut problems = accepted.rejected;
                problems.extend(rules);
                Err(Rejection {
                    problems,
                    unknown: accepted.unknown,
                })
            }
        }
    }

    fn edit_locked(&self, writer: &mut Writer, edits: &[Edit<'_>]) -> Result<Applied, Rejection> {
        let Writer {
            parser, outcome, ..
        } = writer;
        let layers = self.accept(parser).edits(&outcome.layers, edits)?;
        Ok(self.publish(writer, layers)?)
    }

    fn accept<'a>(&'a self, parser: &'a mut Parser) -> Accept<'a> {
        Accept {
            schema: &self.schema,
            model: &*self.model,
            parser,
        }
    }

    /// Lets `change` write, and tells the subscribers once the lock is free.
    fn write(
        &self,
        source: &dyn Display,
        change: &dyn Fn(&mut Writer) -> Result<Applied, Rejection>,
    ) -> Result<Applied, Rejected> {
        let rejected = |rejection: Rejection| Rejected {
            source: source.to_string(),
            problems: rejection.problems,
            unknown: rejection.unknown,
        };
        let Some(writing) = Writing::begin(self.address()) else {
            return Err(rejected(vec![Problem::Reentrant].into()));
        };
        let mut writer = self.lock();
        let changed = change(&mut writer);
        if self.freeze_after.swap(false, Ordering::Relaxed) {
            writer.freeze();
        }
        drop(writer);
        drop(writing);
        self.notifier.tell();
        changed.map_err(rejected)
    }

    fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }
}

impl Writer {
    fn freeze(&mut self) {
        if self.frozen.is_none() {
            self.frozen = Some(self.outcome.layers.clone());
        }
    }
}

/// The flags of which one sees another state than before.
fn differing(old: &Chunks<State>, new: &Chunks<State>) -> Vec<usize> {
    let differing = old.apart(new).filter(|(_, old, new)| !old.looks_like(new));
    differing.map(|(flag, ..)| flag).collect()
}

impl FlagSet for Core {
    fn propose(&self, layer: &Layer) -> Result<Applied, Rejected> {
        self.write(&layer.owner, &|writer| self.propose_locked(writer, layer))
    }

    fn edit(&self, edits: &[Edit<'_>]) -> Result<Applied, Rejected> {
        self.write(&Origin::Override, &|writer| self.edit_locked(writer, edits))
    }

    fn freeze(&self) {
        if Writing::is_under_way(self.address()) {
            // A check asks, which has the lock: whoever has it does it afterwards.
            self.freeze_after.store(true, Ordering::Relaxed);
        } else {
            self.lock().freeze();
        }
    }

    fn listing(&self) -> Listing {
        list::listing(&self.schema, &self.store.load())
    }

    fn flag(&self, name: &str) -> Option<FlagInfo> {
        list::flag(&self.schema, &self.store.load(), name)
    }

    fn pending_restarts(&self) -> Vec<PendingRestart> {
        list::pending_restarts(&self.schema, &self.store.load())
    }

    fn checksum(&self, kind: FlagKind) -> Checksum {
        list::checksum(&self.schema, &self.store.load(), kind)
    }

    fn generation(&self) -> u64 {
        self.store.load().generation
    }

    fn on_publish(&self, callback: Arc<dyn Fn(&Published) + Send + Sync>) -> Subscription {
        let schema = Arc::clone(&self.schema);
        let tell = move |notice: &Notice| {
            callback(&Published {
                generation: notice.new.generation,
                changed: list::changes(&schema, &notice.old, &notice.new, &notice.changed),
            });
        };
        self.notifier.subscribe(None, "on_publish", Box::new(tell))
    }

    fn attach(&self, source: Weak<dyn Source>) {
        self.sources.attach(source);
    }

    fn sources(&self) -> Vec<SourceStatus> {
        self.sources.statuses()
    }
}
