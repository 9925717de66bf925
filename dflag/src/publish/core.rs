//! The core of a set of flags: one writer lock, and one store that makes a change visible.
//!
//! Everything that can fail happens on copies before that store. The core knows neither the
//! struct's type nor its sources.

use std::any::Any;
use std::collections::BTreeSet;
use std::fmt::Display;
use std::mem;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::ptr;
use std::slice;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use clap::Arg;

use crate::derived::node::Node;
use crate::derived::registry::{DerivedValues, Registered, Registry};
use crate::error::{Problem, Rejected};
use crate::fields::erased::ErasedArgs;
use crate::flag_set::{Applied, Deprecated, FlagSet, Key, Published, Sealed, Shadowed};
use crate::history::attempt::{Attempt, Kind};
use crate::history::entry::History;
use crate::history::record::{ChangedFlag, changed_flags};
use crate::history::rejected_update::RejectedUpdate;
use crate::history::revert::{Revert, RevertError, Reverted};
use crate::history::ring::Ring;
use crate::history::trigger::Trigger;
use crate::history::undo::UndoStack;
use crate::layers::accept::{Accept, Rejection};
use crate::layers::canonical::{NoText, equal, equal_values, text_of_value};
use crate::layers::edit::{Action, Edit};
use crate::layers::layer::{Layer, LayerId};
use crate::layers::parse::{Parser, TypedValue};
use crate::layers::precedence::LayerStack;
use crate::listing::checksum::Checksum;
use crate::listing::info::{Change, FlagInfo, Listing, PendingRestart};
use crate::listing::source::{Source, SourceStatus, Sources};
use crate::origin::Origin;
use crate::publish::base::Base;
use crate::publish::broadcast::Broadcast;
use crate::publish::candidate::Inputs;
use crate::publish::catalog::{Catalog, changes, shown};
use crate::publish::deprecated::DeprecatedLog;
use crate::publish::expiry::{self, Staying, end_overdue};
use crate::publish::next::Next;
use crate::publish::reentrancy::WriterThread;
use crate::publish::rules::derived_problems;
use crate::publish::saved_overrides::{GuardId, SavedOverrides};
use crate::publish::timer::{Expire, Timer};
use crate::read::snapshot::{Args, FlagState, Snapshot};
use crate::schema::names::Meaning;
use crate::schema::{FlagKind, FlagSpec, Schema};
use crate::subscribers::{Notice, Subscription};
use crate::user_code::{catch_panic, discard};

/// A set of flags without the struct's type.
pub(crate) struct Core {
    pub(crate) schema: Arc<Schema>,
    pub(crate) broadcast: Arc<Broadcast>,
    pub(super) args: Box<dyn ErasedArgs>,
    pub(super) base: Base,
    writer: Mutex<Writer>,
    writer_thread: WriterThread,
    /// Whether to freeze the static flags after the current write, which a check asked for.
    freeze_after: AtomicBool,
    sources: Sources,
    /// The lock is held for moments: no code of the program runs under it.
    pub(super) history: Mutex<Ring>,
    timer: Timer,
    deprecated_log: DeprecatedLog,
}

/// The state that the writer lock protects.
pub(super) struct Writer {
    pub(super) parser: Parser,
    pub(super) stack: LayerStack,
    /// The layers when the static flags were frozen; `None` before.
    frozen: Option<LayerStack>,
    saved: SavedOverrides,
    pub(super) undo: UndoStack,
    /// The time of the current write.
    pub(super) now: Instant,
    /// The changes of the generation that it published; `None` if it published none.
    pub(super) changes: Option<Vec<ChangedFlag>>,
    /// The invalid keys of a layer whose valid ones it applied.
    pub(super) invalid: Vec<Problem>,
    /// What is to be logged after it.
    pub(super) staying: Vec<Staying>,
    /// What it replaced, to be dropped without the writer lock: dropping a value may run any code, or panic.
    replaced: Vec<(LayerStack, Arc<Snapshot>)>,
    /// `None` until a value is derived.
    derived: Option<Box<dyn DerivedValues>>,
}

impl Core {
    /// `first` are the flags of the first snapshot: the base's, after `finish`.
    pub(crate) fn new(
        schema: Schema,
        args: Box<dyn ErasedArgs>,
        base: Base,
        first: Vec<Arc<FlagState>>,
    ) -> Arc<Self> {
        let first = Snapshot::new(1, args.finished(), first);
        let writer = Writer {
            parser: Parser::default(),
            stack: LayerStack::empty(schema.flags.len()),
            frozen: None,
            saved: SavedOverrides::default(),
            undo: UndoStack::default(),
            now: Instant::now(),
            changes: None,
            invalid: Vec::new(),
            staying: Vec::new(),
            replaced: Vec::new(),
            derived: None,
        };
        let core = Arc::new_cyclic(|core: &Weak<Self>| Self {
            timer: Timer::new(Weak::clone(core) as _),
            schema: Arc::new(schema),
            broadcast: Arc::new(Broadcast::new(first)),
            args,
            base,
            writer: Mutex::new(writer),
            writer_thread: WriterThread::default(),
            freeze_after: AtomicBool::new(false),
            sources: Sources::default(),
            history: Mutex::new(Ring::new()),
            deprecated_log: DeprecatedLog::default(),
        });
        core.deprecated_log.log(&core.schema, &core.base);
        core
    }

    /// Runs `change` under the writer lock and, after releasing it, notifies subscribers.
    pub(super) fn write<T>(
        &self,
        attempt: Attempt,
        change: impl FnOnce(&mut Writer) -> Result<T, Rejection>,
    ) -> Result<T, Rejected> {
        let mut change = Some(change);
        let mut value = None;
        let written = self.locked(attempt, &mut |writer| {
            let change = change.take().ok_or_else(reentrant)?;
            value = Some(change(writer)?);
            Ok(())
        });
        written?;
        value.ok_or_else(|| rejected(&DERIVED, reentrant()))
    }

    /// Calls `change` once, or not at all if this thread holds the writer lock already.
    fn locked(
        &self,
        attempt: Attempt,
        change: &mut dyn FnMut(&mut Writer) -> Result<(), Rejection>,
    ) -> Result<(), Rejected> {
        if self.writer_thread.is_current() {
            return Err(rejected(&attempt.trigger, reentrant()));
        }
        let mut writer = lock(&self.writer);
        writer.now = Instant::now();
        let writing = self.writer_thread.enter();
        // Before the store, nothing is changed, and after it, nothing of the program's own runs.
        let outcome = catch_panic(|| change(&mut writer))
            .unwrap_or_else(|reason| Err(vec![Problem::Rule { reason }].into()));
        let outcome = self.record(&mut writer, attempt, outcome);
        let loses_overrides = self.freeze_after.swap(false, Ordering::Relaxed) && writer.freeze();
        let derived = writer.derived.as_mut();
        let discarded = derived.map(|derived| derived.take_discarded());
        let staying = mem::take(&mut writer.staying);
        let replaced = mem::take(&mut writer.replaced);
        drop(writing);
        drop(writer);
        self.broadcast.notify();
        discard(discarded);
        discard(replaced);
        expiry::log(staying);
        if loses_overrides {
            self.expire();
        }
        outcome
    }

    fn propose_locked(&self, writer: &mut Writer, layer: &Layer) -> Result<Applied, Rejection> {
        let accepted = self
            .accept(&mut writer.parser)
            .layer(&writer.stack, layer)?;
        match self.publish(writer, accepted.stack) {
            Ok(applied) => {
                writer.invalid.clone_from(&accepted.rejected);
                Ok(Applied {
                    unknown: accepted.unknown,
                    blank: accepted.blank,
                    shadowed: self.shadowed(&writer.stack, &layer.id),
                    deprecated: self.deprecated(&writer.stack, &layer.id),
                    overruled: accepted.overruled,
                    rejected: accepted.rejected,
                    volatile: accepted.volatile,
                    ..applied
                })
            }
            Err(mut rules) => {
                for rule in &mut rules {
                    if let Problem::Required { flag, remedy } = rule
                        && accepted
                            .blank
                            .iter()
                            .any(|key| self.schema.is_key_of(key, flag))
                    {
                        *remedy = "its key is empty, so write a value";
                    }
                }
                let mut problems = accepted.rejected;
                problems.extend(rules);
                Err(Rejection {
                    problems,
                    unknown: accepted.unknown,
                    volatile: accepted.volatile,
                })
            }
        }
    }

    /// The values of a source's layer that have no effect.
    fn shadowed(&self, stack: &LayerStack, id: &LayerId) -> Vec<Shadowed> {
        let Some(layer) = stack.source(id) else {
            return Vec::new();
        };
        let base_args = self.args.base();
        let shadowed = |(flag, (spec, arg)): (usize, (&FlagSpec, &Arg))| {
            let (value, base) = (layer.value(flag)?, self.base.states.get(flag)?);
            if !spec.def.covered && self.base.is_silent(flag) {
                // It takes effect at the next start.
                return None;
            }
            let decides = spec.def.covered.then(|| stack.deciding(flag, &base.origin));
            let decision = decides.flatten();
            let deciding = decision.and_then(|decision| decision.layer);
            if deciding.is_some_and(|deciding| ptr::eq(deciding, &raw const layer.id)) {
                return None;
            }
            let typed = match &decision {
                Some(decision) => decision.parsed.typed(),
                None => self.typed(flag, &base_args, &self.base.states)?,
            };
            let differs = !equal(spec, arg, typed, value.parsed.typed());
            differs.then(|| Shadowed {
                flag: spec.name.clone(),
                origin: id.origin(&value.location),
                by: decision.map_or_else(|| base.origin.clone(), |decision| decision.origin()),
            })
        };
        self.schema
            .iter()
            .enumerate()
            .filter_map(shadowed)
            .collect()
    }

    /// The deprecated flags that a source's layer sets.
    fn deprecated(&self, stack: &LayerStack, id: &LayerId) -> Vec<Deprecated> {
        let mut deprecated = Vec::new();
        for (flag, spec) in self.schema.flags.iter().enumerate() {
            if spec.def.deprecated().is_some()
                && let Some(value) = stack.source(id).and_then(|layer| layer.value(flag))
            {
                deprecated.extend(Deprecated::new(spec, id.origin(&value.location)));
            }
        }
        deprecated
    }

    fn edit_locked(&self, writer: &mut Writer, edits: &[Edit]) -> Result<Applied, Rejection> {
        let mut problems = self.outdated(edits);
        let accept = self.accept(&mut writer.parser);
        let stack = match accept.edits(&writer.stack, edits, writer.now) {
            Ok(stack) if problems.is_empty() => stack,
            Ok(_) => return Err(problems.into()),
            Err(invalid) => {
                problems.extend(invalid);
                return Err(problems.into());
            }
        };
        Ok(Applied {
            deprecated: self.deprecated_in(edits),
            ..self.publish(writer, stack)?
        })
    }

    /// The deprecated flags that edits set.
    fn deprecated_in(&self, edits: &[Edit]) -> Vec<Deprecated> {
        let mut deprecated = Vec::new();
        for edit in edits {
            if edit.action != Action::Clear
                && let Some((_, spec)) = self.schema.find(&edit.name)
            {
                deprecated.extend(Deprecated::new(spec, Origin::Override));
            }
        }
        deprecated
    }

    /// The edits of flags that are at another revision.
    fn outdated(&self, edits: &[Edit]) -> Vec<Problem> {
        let snapshot = self.broadcast.store.load();
        let outdated = |edit: &Edit| {
            let expected = edit.if_revision?;
            let (flag, spec) = self.schema.find(&edit.name)?;
            let revision = snapshot.revisions.get(flag);
            let text = snapshot.states.get(flag)?.text.as_deref();
            (revision != expected).then(|| Problem::Outdated {
                flag: spec.name.clone(),
                expected,
                revision,
                value: shown(spec, text),
            })
        };
        edits.iter().filter_map(outdated).collect()
    }

    /// Overrides a flag with a value of its type, for a while or permanently.
    pub(crate) fn set_value(
        &self,
        flag: usize,
        value: &dyn Any,
        expires_in: Option<Duration>,
    ) -> Result<Applied, Rejected> {
        let edit = match (self.schema.flags.get(flag), self.schema.arg(flag)) {
            (Some(spec), Some(arg)) => edit_of_value(spec, arg, value),
            _ => Err(vec![Problem::NoFlag]),
        };
        self.write(Attempt::new(Trigger::Override), |writer| {
            let edit = Edit {
                expires_in,
                ..edit?
            };
            let before = writer.stack.clone();
            let applied = self.set_value_locked(writer, flag, value, &edit)?;
            writer.save_for_undo(&before);
            Ok(applied)
        })
    }

    fn set_value_locked(
        &self,
        writer: &mut Writer,
        flag: usize,
        value: &dyn Any,
        edit: &Edit,
    ) -> Result<Applied, Rejection> {
        // An override with an equal value keeps its text.
        let last = writer.stack.override_of(flag);
        let equal = last
            .zip(self.schema.flags.get(flag))
            .filter(|(last, spec)| equal_values(spec, value, &*last.parsed.value));
        let Some((last, spec)) = equal else {
            return self.edit_locked(writer, slice::from_ref(edit));
        };
        let deprecated = self.deprecated_in(slice::from_ref(edit));
        if edit.expires_in.is_none() && last.deadline.is_none() {
            return Ok(Applied {
                generation: self.generation(),
                deprecated,
                ..Applied::default()
            });
        }
        let deadline = edit.deadline(&spec.name, writer.now)?;
        let mut stack = writer.stack.clone();
        stack.set_override(flag, Some(last.with_deadline(deadline)));
        Ok(Applied {
            deprecated,
            ..self.publish(writer, stack)?
        })
    }

    /// Edits overrides, and saves what is there before. Returns the guard that is to
    /// [`restore`](Self::restore) it.
    pub(crate) fn edit_and_save(&self, edits: &[Edit]) -> Result<GuardId, Rejected> {
        let mut guard = GuardId::default();
        self.write(Attempt::of_edits(edits), |writer| {
            let before = writer.stack.clone();
            let applied = self.edit_locked(writer, edits)?;
            let flags = edits
                .iter()
                .filter_map(|edit| Some(self.schema.find(&edit.name)?.0));
            guard = writer.saved.save(&before, flags.collect());
            Ok(applied)
        })?;
        Ok(guard)
    }

    /// Restores what was there before a guard.
    pub(crate) fn restore(&self, guard: GuardId) -> Result<(), Rejected> {
        self.write(Attempt::new(Trigger::Override), |writer| {
            let mut stack = writer.stack.clone();
            writer.saved.restore(guard, &mut stack);
            Ok(self.publish(writer, stack)?)
        })?;
        Ok(())
    }

    /// Registers a derived value and publishes its first one. `handle` makes the handle under the writer lock, so
    /// that nothing is published in between.
    pub(crate) fn derive<T>(
        &self,
        node: &Arc<Node>,
        handle: impl FnOnce(Registered) -> T,
    ) -> Result<T, Rejected> {
        self.write(Attempt::new(Trigger::Derived), |writer| {
            let registered = self.register(writer, node)?;
            Ok(handle(registered))
        })
    }

    fn register(&self, writer: &mut Writer, node: &Arc<Node>) -> Result<Registered, Vec<Problem>> {
        let flags = self.schema.flags.len();
        let derived = writer
            .derived
            .get_or_insert_with(|| Box::new(Registry::new(flags)));
        let registered = self.broadcast.register(&mut **derived, node);
        registered.map_err(|failure| {
            let current = self.broadcast.store.load();
            let failures = vec![failure];
            derived_problems(&self.schema, &*self.args, &[&current], failures)
        })
    }

    fn catalog<'a>(&'a self, snapshot: &'a Snapshot) -> Catalog<'a> {
        Catalog {
            schema: &self.schema,
            args: &*self.args,
            base: &self.base,
            snapshot,
        }
    }

    pub(super) fn accept<'a>(&'a self, parser: &'a mut Parser) -> Accept<'a> {
        Accept {
            schema: &self.schema,
            parser,
            parsed_with: self.base.parsed_with.as_ref(),
        }
    }

    /// Builds the candidate of `stack`, without overrides that are due, and makes it visible. On failure nothing
    /// changes.
    pub(super) fn publish(
        &self,
        writer: &mut Writer,
        stack: LayerStack,
    ) -> Result<Applied, Vec<Problem>> {
        let old = self.broadcast.store.load();
        let mut next = |stack: &LayerStack| {
            let inputs = Inputs {
                schema: &self.schema,
                args: &*self.args,
                base: &self.base,
                stack,
                frozen: writer.frozen.as_ref(),
                current: &old,
                is_restart: false,
            };
            inputs.next(writer.derived.as_deref_mut())
        };
        let (stack, next) = end_overdue(stack, writer.now, &mut next)?;
        // What can fail comes first: without the thread, the override would stay forever.
        let deadline = stack.next_deadline(writer.now);
        self.timer.schedule(deadline).map_err(|error| {
            vec![Problem::NoTimer {
                cause: error.to_string(),
            }]
        })?;
        let Next {
            snapshot: new,
            affected,
            changed,
            is_new,
        } = next;
        let applied = Applied {
            generation: new.generation,
            changed: changes(&self.schema, &old, &new, &changed),
            ..Applied::default()
        };
        let replaced = mem::replace(&mut writer.stack, stack);
        writer.replaced.push((replaced, Arc::clone(&old)));
        if new.generation != old.generation {
            writer.changes = Some(changed_flags(&old, &new, &changed));
        }
        if is_new {
            self.broadcast.make_visible(&affected, &new);
            let staying = expiry::staying(&self.schema, &affected, &old, &new);
            writer.staying.extend(staying);
        }
        if !changed.is_empty() {
            self.broadcast.enqueue(Notice {
                old,
                new,
                changed,
                rejected: None,
            });
        }
        Ok(applied)
    }

    fn typed<'a>(
        &self,
        flag: usize,
        args: &'a Args,
        states: &'a [Arc<FlagState>],
    ) -> Option<TypedValue<'a>> {
        let state = states.get(flag)?;
        Some(TypedValue {
            text: state.text.as_deref(),
            file_contents: state.file_contents.as_deref(),
            value: self.args.value(flag, args)?,
        })
    }
}

impl Writer {
    /// Freezes the static flags, unless they are. Returns whether a restart would lose overrides, so that it has to be
    /// judged now; without any, it would build the flags that there are.
    fn freeze(&mut self) -> bool {
        if self.frozen.is_some() {
            return false;
        }
        // A restart would find that the others have expired.
        let permanent = self.stack.permanent();
        let loses_overrides = !self.stack.has_same_overrides(&permanent);
        self.frozen = Some(permanent);
        loses_overrides
    }

    /// Saves what undoes the edit that was just published. `before` are the layers before it.
    pub(super) fn save_for_undo(&mut self, before: &LayerStack) {
        self.undo.push_edit(before, &self.stack);
    }
}

pub(super) fn rejected(source: &dyn Display, rejection: Rejection) -> Rejected {
    Rejected {
        source: source.to_string(),
        problems: rejection.problems,
        unknown: rejection.unknown,
        volatile: rejection.volatile,
    }
}

fn reentrant() -> Rejection {
    vec![Problem::Reentrant].into()
}

/// What an error names as rejected if the first build of a derived value fails.
pub(crate) const DERIVED: &str = "derived value";

/// The edit that overrides a flag with a value of its type.
fn edit_of_value(spec: &FlagSpec, arg: &Arg, value: &dyn Any) -> Result<Edit, Vec<Problem>> {
    if (spec.def.is_unset)(value) {
        return Ok(Edit::unset(&spec.name));
    }
    // A text that the flag's parser rejects is judged, and its error worded, like any other.
    match text_of_value(spec, arg, value) {
        Ok(text) => Ok(Edit::set(&spec.name, text.text)),
        Err(no_text) => Err(vec![Problem::NoText {
            flag: spec.name.clone(),
            origin: Origin::Override,
            remedy: match no_text {
                NoText::Trimmed => {
                    "white space around a text is dropped; declare the flag with `#[flag(trim = false)]` to keep it"
                }
                NoText::Other => "set the flag by its name to the text that its parser reads",
            },
        }]),
    }
}

/// Locks, ignoring poison: panics of user code are caught where it is called, and state is changed
/// by plain assignments, so the protected state is consistent.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Expire for Core {
    fn expire(&self) {
        let expired = self.write(Attempt::new(Trigger::Expiry), |writer| {
            let published = self.publish(writer, writer.stack.clone());
            if published.is_err() {
                // Only a rule that rejects what it accepted before. The overrides that are due stay.
                let next = writer.stack.next_deadline(writer.now);
                self.timer.schedule(next).ok();
            }
            Ok(published?)
        });
        match expired {
            Ok(Applied { changed, .. }) => {
                for Change { flag, .. } in &changed {
                    tracing::info!(flag, "a flag changed, because an override expired");
                }
            }
            Err(rejected) => {
                tracing::warn!(%rejected, "overrides that are due stay until the next change");
            }
        }
    }
}

impl Sealed for Core {}

// A change is made on copies and then published in one store, and a panic of the program's own code is
// caught. So a panic that unwinds through the core leaves nothing half done.
impl UnwindSafe for Core {}
impl RefUnwindSafe for Core {}

impl FlagSet for Core {
    fn propose(&self, layer: &Layer) -> Result<Applied, Rejected> {
        let attempt = Attempt::of_layer(Kind::Change, layer);
        self.write(attempt, |writer| self.propose_locked(writer, layer))
    }

    fn roll_back(&self, layer: &Layer) -> Result<Applied, Rejected> {
        let attempt = Attempt::of_layer(Kind::Rollback, layer);
        self.write(attempt, |writer| self.propose_locked(writer, layer))
    }

    fn hold_back(&self, layer: &Layer) {
        let attempt = Attempt::of_layer(Kind::HoldBack, layer);
        // It fails only in a check or a rule, whose attempts are not recorded.
        self.locked(attempt, &mut |_| Ok(())).ok();
    }

    fn edit(&self, edits: &[Edit]) -> Result<Applied, Rejected> {
        self.write(Attempt::of_edits(edits), |writer| {
            let before = writer.stack.clone();
            let applied = self.edit_locked(writer, edits)?;
            writer.save_for_undo(&before);
            Ok(applied)
        })
    }

    fn revert_to(&self, revert: &Revert) -> Result<Reverted, RevertError> {
        let Revert {
            generation,
            by,
            reason,
            ..
        } = revert;
        let trigger = Trigger::Revert {
            generation: *generation,
        };
        let attempt = Attempt::by(trigger, by.as_deref(), reason.as_deref());
        self.write(attempt, |writer| self.revert_locked(writer, revert))?
    }

    fn undo(&self) -> Result<Option<Applied>, Rejected> {
        self.write(Attempt::new(Trigger::Undo), |writer| {
            self.undo_locked(writer)
        })
    }

    fn history(&self) -> History {
        lock(&self.history).history(&self.schema)
    }

    fn limit_history(&self, entries: usize, bytes: usize) {
        lock(&self.history).limit(entries, bytes);
    }

    fn is_changing_here(&self) -> bool {
        self.writer_thread.is_current()
    }

    fn freeze(&self) {
        if self.writer_thread.is_current() {
            // Called from a check on the thread that holds the lock, which freezes after the write.
            self.freeze_after.store(true, Ordering::Relaxed);
        } else {
            let loses_overrides = lock(&self.writer).freeze();
            if loses_overrides {
                self.expire();
            }
            self.deprecated_log.log(&self.schema, &self.base);
        }
    }

    fn listing(&self) -> Listing {
        self.catalog(&self.broadcast.store.load()).listing()
    }

    fn listing_of(&self, names: &[&str]) -> Listing {
        let flags = names.iter().filter_map(|name| self.schema.find(name));
        let flags: BTreeSet<usize> = flags.map(|(flag, _)| flag).collect();
        let snapshot = self.broadcast.store.load();
        self.catalog(&snapshot).listing_of(&mut flags.into_iter())
    }

    fn flag(&self, name: &str) -> Option<FlagInfo> {
        self.catalog(&self.broadcast.store.load()).flag(name)
    }

    fn kind(&self, name: &str) -> Option<FlagKind> {
        let (_, spec) = self.schema.find(name)?;
        Some(spec.kind())
    }

    fn lookup(&self, key: &str) -> Key {
        let parsed_with = self.base.parsed_with.as_ref();
        let name = |flag: &usize| Some(self.schema.flags.get(*flag)?.name.clone());
        match self.schema.meaning(key) {
            Meaning::Flag(flag) => match self.schema.flags.get(flag) {
                Some(spec) if spec.def.covered => Key::Flag {
                    name: spec.name.clone(),
                },
                Some(spec) => Key::Uncovered {
                    name: spec.name.clone(),
                    location: parsed_with.map(|layer| layer.location.to_string()),
                },
                None => Key::Unknown,
            },
            Meaning::OtherSubcommand => Key::OtherSubcommand,
            Meaning::Variable(flags) => Key::Variable {
                flags: flags.iter().filter_map(name).collect(),
            },
            Meaning::Unknown => Key::Unknown,
        }
    }

    fn pending_restarts(&self) -> Vec<PendingRestart> {
        self.catalog(&self.broadcast.store.load())
            .pending_restarts()
    }

    fn restart_problems(&self) -> Vec<Problem> {
        self.broadcast.store.load().restart_problems.clone()
    }

    fn checksum(&self, kind: FlagKind) -> Checksum {
        self.catalog(&self.broadcast.store.load()).checksum(kind)
    }

    fn generation(&self) -> u64 {
        self.broadcast.store.load().generation
    }

    fn revision(&self) -> u64 {
        self.broadcast.store.load().revision
    }

    fn on_publish(&self, callback: Arc<dyn Fn(&Published) + Send + Sync>) -> Subscription {
        let schema = Arc::clone(&self.schema);
        let notify = move |notice: &Notice| {
            callback(&Published {
                generation: notice.new.generation,
                changed: changes(&schema, &notice.old, &notice.new, &notice.changed),
            });
        };
        self.broadcast
            .subscribers
            .subscribe(None, "on_publish", Box::new(notify))
    }

    fn on_reject(&self, callback: Arc<dyn Fn(&RejectedUpdate) + Send + Sync>) -> Subscription {
        let notify = move |notice: &Notice| {
            if let Some(rejected) = &notice.rejected {
                callback(rejected);
            }
        };
        self.broadcast
            .subscribers
            .subscribe_to_rejections(Box::new(notify))
    }

    fn attach(&self, source: Weak<dyn Source>) {
        self.sources.attach(source);
    }

    fn sources(&self) -> Vec<SourceStatus> {
        self.sources.statuses()
    }
}
