//! The core of a set of flags: one writer lock, and one store that makes a change visible.
//!
//! Everything that can fail happens on copies before that store. The core knows neither the
//! struct's type nor any source.

use std::fmt::Display;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::error::{Problem, Rejected};
use crate::fields::erased::ErasedArgs;
use crate::flag_set::{Applied, FlagSet, Published};
use crate::layers::accept::{Accept, Rejection};
use crate::layers::canonical::{TypedValue, equal};
use crate::layers::edit::Edit;
use crate::layers::layer::Layer;
use crate::layers::parse::Parser;
use crate::layers::stack::LayerStack;
use crate::listing::checksum::Checksum;
use crate::listing::info::{self, Catalog, FlagInfo, Listing, PendingRestart};
use crate::listing::source::{Source, SourceStatus, Sources};
use crate::origin::Origin;
use crate::publish::candidate::{Candidate, Inputs};
use crate::publish::reentrancy::WriterThread;
use crate::read::mirror::Mirrored;
use crate::read::snapshot::{Args, FlagState, Snapshot};
use crate::read::store::Store;
use crate::schema::{FlagKind, Schema};
use crate::subscribers::{Notice, Subscribers, Subscription};

/// A set of flags without its type.
pub(crate) struct Core {
    pub(crate) schema: Arc<Schema>,
    pub(crate) subscribers: Arc<Subscribers>,
    /// What readers see.
    pub(crate) store: Arc<Store>,
    args: Box<dyn ErasedArgs>,
    /// What the command line, the environment and the defaults gave, by flag.
    base: Vec<FlagState>,
    /// Handles with a copy of one flag's value, which a publish refreshes.
    mirrors: Mutex<Vec<(usize, Weak<dyn Mirrored>)>>,
    writer: Mutex<Writer>,
    writer_thread: WriterThread,
    /// A check of the current write asked to freeze the static flags.
    freeze_after: AtomicBool,
    sources: Sources,
}

/// What only the thread that writes may touch.
struct Writer {
    parser: Parser,
    stack: LayerStack,
    /// The layers at the time when the static flags were frozen.
    frozen: Option<LayerStack>,
}

impl Core {
    pub(crate) fn new(schema: Schema, args: Box<dyn ErasedArgs>, base: Vec<FlagState>) -> Self {
        let first = Snapshot::new(1, args.base(), base.clone());
        let writer = Writer {
            parser: Parser::default(),
            stack: LayerStack::empty(schema.flags.len()),
            frozen: None,
        };
        Self {
            schema: Arc::new(schema),
            subscribers: Arc::default(),
            store: Arc::new(Store::new(first)),
            args,
            base,
            mirrors: Mutex::default(),
            writer: Mutex::new(writer),
            writer_thread: WriterThread::default(),
            freeze_after: AtomicBool::new(false),
            sources: Sources::default(),
        }
    }

    /// Refreshes `mirror` at each publish that changes `flag`.
    pub(crate) fn add_mirror(&self, flag: usize, mirror: &Arc<dyn Mirrored>) {
        lock(&self.mirrors).push((flag, Arc::downgrade(mirror)));
    }

    /// Lets `change` write, and notifies subscribers once the lock is free.
    fn write(
        &self,
        source: &dyn Display,
        change: impl FnOnce(&mut Writer) -> Result<Applied, Rejection>,
    ) -> Result<Applied, Rejected> {
        let rejected = |rejection: Rejection| Rejected {
            source: source.to_string(),
            problems: rejection.problems,
            unknown: rejection.unknown,
        };
        if self.writer_thread.is_current() {
            return Err(rejected(vec![Problem::Reentrant].into()));
        }
        let mut writer = lock(&self.writer);
        let writing = self.writer_thread.enter();
        let changed = change(&mut writer);
        if self.freeze_after.swap(false, Ordering::Relaxed) {
            writer.freeze();
        }
        drop(writing);
        drop(writer);
        self.subscribers.notify();
        changed.map_err(rejected)
    }

    fn propose_locked(&self, writer: &mut Writer, layer: &Layer) -> Result<Applied, Rejection> {
        let accepted = self
            .accept(&mut writer.parser)
            .layer(&writer.stack, layer)?;
        match self.publish(writer, accepted.stack) {
            Ok(applied) => Ok(Applied {
                unknown: accepted.unknown,
                blank: accepted.blank,
                overruled: accepted.overruled,
                rejected: accepted.rejected,
                ..applied
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

    fn edit_locked(&self, writer: &mut Writer, edits: &[Edit]) -> Result<Applied, Rejection> {
        let stack = self
            .accept(&mut writer.parser)
            .edits(&writer.stack, edits)?;
        Ok(self.publish(writer, stack)?)
    }

    fn catalog<'a>(&'a self, snapshot: &'a Snapshot) -> Catalog<'a> {
        Catalog {
            schema: &self.schema,
            args: &*self.args,
            base: &self.base,
            snapshot,
        }
    }

    fn accept<'a>(&'a self, parser: &'a mut Parser) -> Accept<'a> {
        Accept {
            schema: &self.schema,
            parser,
        }
    }

    /// Makes the candidate of `stack` visible, or leaves everything as it is.
    fn publish(&self, writer: &mut Writer, stack: LayerStack) -> Result<Applied, Vec<Problem>> {
        let inputs = Inputs {
            schema: &self.schema,
            args: &*self.args,
            base: &self.base,
            stack: &stack,
            frozen: writer.frozen.as_ref(),
        };
        let Candidate {
            args,
            states,
            restart_problems,
        } = inputs.candidate()?;
        let old = self.store.load();
        let affected = affected(&old.states, &states);
        let changed = self.changed(&affected, &old, &args, &states);
        let counts = !changed.is_empty()
            || affected.iter().any(|flag| {
                let [old, new] = [&old.states, &states].map(|states| states.get(*flag));
                old.map(|old| (&old.origin, &old.pending))
                    != new.map(|new| (&new.origin, &new.pending))
            });
        let generation = old.generation + u64::from(counts);
        let new = Arc::new(Snapshot {
            restart_problems,
            ..Snapshot::new(generation, args, states)
        });
        let applied = Applied {
            generation,
            changed: info::changes(&self.schema, &old, &new, &changed),
            ..Applied::default()
        };
        writer.stack = stack;
        if !affected.is_empty() {
            self.make_visible(&affected, &new);
        }
        if !changed.is_empty() {
            self.subscribers.enqueue(Notice { old, new, changed });
        }
        Ok(applied)
    }

    /// The one store, and the mirrors around it.
    fn make_visible(&self, affected: &[usize], new: &Arc<Snapshot>) {
        // Mirrors of flags with another origin, too: a parser may give one text two values.
        let mirrors: Vec<_> = lock(&self.mirrors)
            .iter()
            .filter(|(flag, _)| affected.binary_search(flag).is_ok())
            .filter_map(|(_, mirror)| mirror.upgrade())
            .collect();
        for mirror in &mirrors {
            mirror.invalidate();
        }
        self.store.publish(Arc::clone(new));
        for mirror in &mirrors {
            mirror.refresh(new);
        }
    }

    /// Those of the `affected` flags whose value changed.
    fn changed(
        &self,
        affected: &[usize],
        old: &Snapshot,
        args: &Args,
        states: &[FlagState],
    ) -> Vec<usize> {
        let is_changed = |flag: usize| {
            let (spec, arg) = (self.schema.flags.get(flag)?, self.schema.arg(flag)?);
            let before = self.typed(flag, &old.args, &old.states)?;
            let after = self.typed(flag, args, states)?;
            Some(!equal(spec, arg, before, after))
        };
        let affected = affected.iter().copied();
        affected
            .filter(|flag| is_changed(*flag) == Some(true))
            .collect()
    }

    fn typed<'a>(
        &self,
        flag: usize,
        args: &'a Args,
        states: &'a [FlagState],
    ) -> Option<TypedValue<'a>> {
        Some(TypedValue {
            text: states.get(flag)?.text.as_deref(),
            value: self.args.value(flag, args)?,
        })
    }
}

impl Writer {
    fn freeze(&mut self) {
        if self.frozen.is_none() {
            self.frozen = Some(self.stack.clone());
        }
    }
}

/// The flags that a listing shows differently.
fn affected(old: &[FlagState], new: &[FlagState]) -> Vec<usize> {
    let pairs = old.iter().zip(new).enumerate();
    pairs
        .filter(|(_, (old, new))| !old.looks_like(new))
        .map(|(flag, _)| flag)
        .collect()
}

/// Locks. User code that panics is caught where it is called, and state is changed by plain
/// assignments, so what a poisoned lock protects is whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl FlagSet for Core {
    fn propose(&self, layer: &Layer) -> Result<Applied, Rejected> {
        self.write(&layer.id, |writer| self.propose_locked(writer, layer))
    }

    fn edit(&self, edits: &[Edit]) -> Result<Applied, Rejected> {
        self.write(&Origin::Override, |writer| self.edit_locked(writer, edits))
    }

    fn freeze(&self) {
        if self.writer_thread.is_current() {
            // A check asks, on the thread that holds the lock: that thread does it after the write.
            self.freeze_after.store(true, Ordering::Relaxed);
        } else {
            lock(&self.writer).freeze();
        }
    }

    fn listing(&self) -> Listing {
        self.catalog(&self.store.load()).listing()
    }

    fn flag(&self, name: &str) -> Option<FlagInfo> {
        self.catalog(&self.store.load()).flag(name)
    }

    fn pending_restarts(&self) -> Vec<PendingRestart> {
        self.catalog(&self.store.load()).pending_restarts()
    }

    fn restart_problems(&self) -> Vec<Problem> {
        self.store.load().restart_problems.clone()
    }

    fn checksum(&self, kind: FlagKind) -> Checksum {
        self.catalog(&self.store.load()).checksum(kind)
    }

    fn generation(&self) -> u64 {
        self.store.load().generation
    }

    fn on_publish(&self, callback: Arc<dyn Fn(&Published) + Send + Sync>) -> Subscription {
        let schema = Arc::clone(&self.schema);
        let notify = move |notice: &Notice| {
            callback(&Published {
                generation: notice.new.generation,
                changed: info::changes(&schema, &notice.old, &notice.new, &notice.changed),
            });
        };
        self.subscribers
            .subscribe(None, "on_publish", Box::new(notify))
    }

    fn attach(&self, source: Weak<dyn Source>) {
        self.sources.attach(source);
    }

    fn sources(&self) -> Vec<SourceStatus> {
        self.sources.statuses()
    }
}
