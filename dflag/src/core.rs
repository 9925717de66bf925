//! The core: propose → candidate → checks → publish, under one writer lock.
//!
//! Everything that can fail happens on copies, before the one store that makes it visible.
//! The core knows neither the struct's type nor any source.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;

use crate::candidate::{Candidate, Ground};
use crate::flag_set::{Applied, Edit, FlagSet, Published};
use crate::layer::{Content, OnInvalid};
use crate::layers::{Held, HeldValue, Layers};
use crate::list;
use crate::model::Model;
use crate::notify::{Notice, Notifier};
use crate::parse::Parser;
use crate::resolve::{Resolved, resolve, unknown};
use crate::schema::Schema;
use crate::snapshot::{Snapshot, State};
use crate::{Checksum, FlagInfo, Kind, Layer, Origin, Problem, Refused, Subscription};

/// A set of flags without its type.
pub(crate) struct Core {
    pub(crate) schema: Arc<Schema>,
    pub(crate) notifier: Arc<Notifier>,
    /// What readers see. Shared with those who outlive a look, such as a reader's cache.
    pub(crate) store: Arc<ArcSwap<Snapshot>>,
    model: Box<dyn Model>,
    /// What the command line, the environment and the defaults gave, by flag.
    base: Vec<State>,
    writer: Mutex<Writer>,
}

/// What only the one who writes may touch.
#[derive(Default)]
struct Writer {
    parser: Parser,
    layers: Layers,
    /// The layers as they were when the static flags were fixed.
    frozen: Option<Layers>,
}

impl Core {
    pub(crate) fn new(schema: Schema, model: Box<dyn Model>, base: Vec<State>) -> Self {
        let first = Snapshot {
            generation: 1,
            args: model.base(),
            states: base.clone(),
        };
        Self {
            schema: Arc::new(schema),
            notifier: Arc::default(),
            store: Arc::new(ArcSwap::from_pointee(first)),
            model,
            base,
            writer: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Writer> {
        // A panic in a user's `Clone` or `PartialEq` leaves the writer as it was:
        // it is changed only by plain stores at the end.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The layer with every value parsed and checked, and the bad keys that it asks to forgive.
    fn hold(
        &self,
        parser: &mut Parser,
        before: Option<&Held>,
        layer: &Layer,
    ) -> Result<(Held, Applied), Vec<Problem>> {
        let Resolved {
            entries,
            mut duplicates,
            unknown,
        } = resolve(&self.schema, layer);
        let mut values = BTreeMap::new();
        let mut problems = Vec::new();
        for (flag, entry) in entries {
            let before = before.and_then(|held| held.values.get(&flag));
            let origin = layer.source.at(&entry.location);
            let parsed = match duplicates.remove(&flag) {
                Some(duplicate) => Err(vec![duplicate]),
                None => parser.parse(
                    &self.schema,
                    &*self.model,
                    flag,
                    &entry.content,
                    &origin,
                    before.map(|value| &value.parsed),
                ),
            };
            match parsed {
                Ok(parsed) => {
                    let location = Arc::clone(&entry.location);
                    values.insert(flag, HeldValue { parsed, location });
                }
                Err(bad) => {
                    problems.extend(bad);
                    values.extend(before.map(|value| (flag, value.clone())));
                }
            }
        }
        let forgiven = layer.on_invalid == OnInvalid::KeepValid;
        let denied = if layer.deny_unknown {
            unknown.as_slice()
        } else {
            &[]
        };
        problems.extend_from_slice(denied);
        if !forgiven && !problems.is_empty() {
            return Err(problems);
        }
        let held = Held {
            source: layer.source.clone(),
            precedence: layer.precedence,
            values,
        };
        let applied = Applied {
            unknown,
            refused: problems,
            ..Applied::default()
        };
        Ok((held, applied))
    }

    /// The layers with every edit made.
    fn edited(
        &self,
        parser: &mut Parser,
        layers: &Layers,
        edits: &[Edit<'_>],
    ) -> Result<Layers, Vec<Problem>> {
        let mut layers = layers.clone();
        let mut problems = Vec::new();
        for edit in edits {
            let (Edit::Set { name, .. } | Edit::Clear { name }) = *edit;
            let origin = Origin::Override;
            let found = self.schema.find(name);
            let Some((flag, spec)) =
                found.and_then(|flag| Some((flag, self.schema.flags.get(flag)?)))
            else {
                problems.push(unknown(&self.schema, name, origin));
                continue;
            };
            if spec.kind() == Kind::Static {
                let flag = spec.name.clone();
                problems.push(Problem::Static { flag, origin });
                continue;
            }
            match *edit {
                Edit::Clear { .. } => layers.clear_override(flag),
                Edit::Set { value, .. } => {
                    let content = Content::Text(value.to_owned());
                    let before = layers.override_of(flag);
                    match parser.parse(&self.schema, &*self.model, flag, &content, &origin, before)
                    {
                        Ok(parsed) => layers.set_override(flag, parsed),
                        Err(bad) => problems.extend(bad),
                    }
                }
            }
        }
        if problems.is_empty() {
            Ok(layers)
        } else {
            Err(problems)
        }
    }

    /// Makes the candidate of `layers` what readers see, or leaves everything as it is.
    fn publish(&self, writer: &mut Writer, layers: Layers) -> Result<Applied, Vec<Problem>> {
        let ground = Ground {
            schema: &self.schema,
            model: &*self.model,
            base: &self.base,
            layers: &layers,
            frozen: writer.frozen.as_ref(),
        };
        let Candidate { args, states } = ground.candidate()?;
        let old = self.store.load_full();
        writer.layers = layers;
        if states == old.states {
            return Ok(Applied {
                generation: old.generation,
                ..Applied::default()
            });
        }
        let texts = states.iter().zip(&old.states).enumerate();
        let changed: Vec<usize> = texts
            .filter(|(flag, (new, old_state))| {
                new.text != old_state.text && !self.model.equal(*flag, &args, &old.args)
            })
            .map(|(flag, _)| flag)
            .collect();
        let new = Arc::new(Snapshot {
            generation: old.generation + 1,
            args,
            states,
        });
        let applied = Applied {
            generation: new.generation,
            changed: self.schema.names(&changed),
            ..Applied::default()
        };
        self.store.store(Arc::clone(&new));
        if !changed.is_empty() {
            self.notifier.enqueue(Notice { old, new, changed });
        }
        Ok(applied)
    }

    fn propose_locked(&self, writer: &mut Writer, layer: &Layer) -> Result<Applied, Vec<Problem>> {
        let before = writer.layers.of(&layer.source).cloned();
        let (held, found) = self.hold(&mut writer.parser, before.as_deref(), layer)?;
        let mut layers = writer.layers.clone();
        layers.replace(held);
        let published = self.publish(writer, layers)?;
        Ok(Applied {
            unknown: found.unknown,
            refused: found.refused,
            ..published
        })
    }

    fn edit_locked(
        &self,
        writer: &mut Writer,
        edits: &[Edit<'_>],
    ) -> Result<Applied, Vec<Problem>> {
        let layers = self.edited(&mut writer.parser, &writer.layers, edits)?;
        self.publish(writer, layers)
    }
}

impl FlagSet for Core {
    fn propose(&self, layer: &Layer) -> Result<Applied, Refused> {
        let mut writer = self.lock();
        let applied = self
            .propose_locked(&mut writer, layer)
            .map_err(|problems| Refused {
                source: layer.source.to_string(),
                problems,
            });
        drop(writer);
        self.notifier.tell();
        applied
    }

    fn edit(&self, edits: &[Edit<'_>]) -> Result<Applied, Refused> {
        let mut writer = self.lock();
        let applied = self
            .edit_locked(&mut writer, edits)
            .map_err(|problems| Refused {
                source: Origin::Override.to_string(),
                problems,
            });
        drop(writer);
        self.notifier.tell();
        applied
    }

    fn freeze(&self) {
        let mut writer = self.lock();
        if writer.frozen.is_none() {
            writer.frozen = Some(writer.layers.clone());
        }
    }

    fn list(&self) -> Vec<FlagInfo> {
        list::list(&self.schema, &self.store.load())
    }

    fn checksum(&self, kind: Kind) -> Checksum {
        let snapshot = self.store.load();
        let flags = self.schema.flags.iter().zip(&snapshot.states);
        let counted = flags.filter(|(spec, _)| spec.kind() == kind && !spec.traits.secret);
        Checksum::of(counted.map(|(spec, state)| (spec.name.as_str(), state.text.as_deref())))
    }

    fn generation(&self) -> u64 {
        self.store.load().generation
    }

    fn on_publish(&self, callback: Arc<dyn Fn(&Published) + Send + Sync>) -> Subscription {
        let schema = Arc::clone(&self.schema);
        let tell = move |notice: &Notice| {
            callback(&Published {
                generation: notice.new.generation,
                changed: schema.names(&notice.changed),
            });
        };
        self.notifier.subscribe(None, "on_publish", Box::new(tell))
    }
}
