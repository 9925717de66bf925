//! Accepting: parses the texts of a proposal into a copy of the stack, or returns everything that is
//! wrong with them. The stack itself is not changed.

use std::iter::once;
use std::sync::Arc;
use std::time::Instant;

use clap::Arg;

use crate::error::Problem;
use crate::layers::canonical::equal;
use crate::layers::content::content_text;
use crate::layers::edit::{Action, Edit};
use crate::layers::flag_of_key::{MAX_SUGGESTIONS, Resolved, resolve};
use crate::layers::layer::{Content, Layer, LayerEntry, LayerId, OnInvalid};
use crate::layers::parse::{NoValue, Parsed, Parser};
use crate::layers::precedence::{LayerStack, LayerValue, SourceLayer};
use crate::origin::Origin;
use crate::schema::names::alike;
use crate::schema::{FlagKind, FlagSpec, Schema};

pub(crate) struct Accept<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) parser: &'a mut Parser,
    /// The layer that the command line was parsed with.
    pub(crate) parsed_with: Option<&'a LayerId>,
}

/// A layer that can be published if every rule across flags passes.
pub(crate) struct Accepted {
    /// All layers, with this one replaced or added.
    pub(crate) stack: LayerStack,
    /// Keys that name no flag.
    pub(crate) unknown: Vec<Problem>,
    /// Keys with an empty text that count as absent.
    pub(crate) blank: Vec<String>,
    /// Keys whose values are ignored, because a key with the flag's long name takes precedence.
    pub(crate) overruled: Vec<Problem>,
    /// Invalid keys of a layer that keeps its valid ones.
    pub(crate) rejected: Vec<Problem>,
    /// Whether a value depends on a file.
    pub(crate) volatile: bool,
}

/// Everything that is wrong with a proposal.
pub(crate) struct Rejection {
    pub(crate) problems: Vec<Problem>,
    /// Keys that name no flag, even if they are no reason to reject.
    pub(crate) unknown: Vec<Problem>,
    /// Whether a value depends on a file.
    pub(crate) volatile: bool,
}

impl From<Vec<Problem>> for Rejection {
    fn from(problems: Vec<Problem>) -> Self {
        Self {
            problems,
            unknown: Vec::new(),
            volatile: false,
        }
    }
}

impl Accept<'_> {
    pub(crate) fn layer(
        mut self,
        stack: &LayerStack,
        layer: &Layer,
    ) -> Result<Accepted, Rejection> {
        self.parser.reads_files = false;
        let last = stack.source(&layer.id);
        let Resolved { entries, unknown } = resolve(self.schema, layer, self.parsed_with);
        let mut values = vec![None; self.schema.flags.len()];
        let mut problems = Vec::new();
        let mut notes = Notes::default();
        for entries in entries.chunk_by(|(one, _), (other, _)| one == other) {
            let Some((flag, _)) = entries.first() else {
                continue;
            };
            let last = last.and_then(|last| last.value(*flag));
            let value = self.value(*flag, layer, entries, last, &mut notes);
            let value = value.unwrap_or_else(|invalid| {
                problems.extend(invalid);
                last.cloned()
            });
            if let Some(place) = values.get_mut(*flag) {
                *place = value;
            }
        }
        if layer.deny_unknown {
            problems.extend(unknown.clone());
        }
        if layer.on_invalid == OnInvalid::RejectAll && !problems.is_empty() {
            return Err(Rejection {
                problems,
                unknown,
                volatile: self.parser.reads_files,
            });
        }
        let mut stack = stack.clone();
        stack.replace(SourceLayer {
            id: layer.id.clone(),
            precedence: layer.precedence,
            order: 0,
            values,
        });
        Ok(Accepted {
            stack,
            unknown,
            blank: notes.blank,
            overruled: notes.overruled,
            rejected: problems,
            volatile: self.parser.reads_files,
        })
    }

    pub(crate) fn edits(
        mut self,
        stack: &LayerStack,
        edits: &[Edit],
        now: Instant,
    ) -> Result<LayerStack, Vec<Problem>> {
        let mut stack = stack.clone();
        let mut problems = Vec::new();
        let is_unknown = |edit: &&Edit| self.schema.find(&edit.name).is_none();
        let suggest = edits.iter().filter(is_unknown).count() <= MAX_SUGGESTIONS;
        for edit in edits {
            if let Err(invalid) = self.edit(&mut stack, edit, now, suggest) {
                problems.extend(invalid);
            }
        }
        if problems.is_empty() {
            Ok(stack)
        } else {
            Err(problems)
        }
    }

    /// Makes one edit.
    pub(crate) fn edit(
        &mut self,
        stack: &mut LayerStack,
        edit: &Edit,
        now: Instant,
        suggest: bool,
    ) -> Result<(), Vec<Problem>> {
        let Some((flag, spec)) = self.schema.find(&edit.name) else {
            return Err(vec![Problem::Unknown {
                key: edit.name.clone(),
                origin: Origin::Override,
                is_variable: false,
                similar: suggest.then(|| self.schema.similar(&edit.name)).flatten(),
            }]);
        };
        if spec.kind() == FlagKind::Static {
            return Err(vec![Problem::Static {
                flag: spec.name.clone(),
                origin: Origin::Override,
            }]);
        }
        let origin = || Origin::Override;
        let deadline = edit.deadline(&spec.name, now)?;
        let value =
            match &edit.action {
                Action::Clear => None,
                Action::Unset => Some(Arc::new(LayerValue {
                    parsed: Parsed::unset(spec, &origin)?,
                    location: Arc::default(),
                    deadline: None,
                })),
                Action::Set(value) => {
                    let content = Content::Text(value.clone());
                    let last = stack.override_of(flag);
                    let value = self.layer_value(flag, &content, &Arc::default(), &origin, last);
                    Some(value.map_err(
                        |(NoValue::Blank(problems) | NoValue::Invalid(problems))| problems,
                    )?)
                }
            };
        let value = value.map(|value| value.with_deadline(deadline));
        stack.set_override(flag, value);
        Ok(())
    }

    /// The value that the keys of one flag give it.
    fn value(
        &mut self,
        flag: usize,
        layer: &Layer,
        entries: &[(usize, &LayerEntry)],
        last: Option<&Arc<LayerValue>>,
        notes: &mut Notes,
    ) -> Result<Option<Arc<LayerValue>>, Vec<Problem>> {
        let (Some(spec), Some(arg)) = (self.schema.flags.get(flag), self.schema.arg(flag)) else {
            return Ok(None);
        };
        let mut named = Vec::with_capacity(entries.len());
        let mut problems = Vec::new();
        for (_, entry) in entries {
            let origin = || layer.id.origin(&entry.location);
            match self.layer_value(flag, &entry.content, &entry.location, &origin, last) {
                Ok(value) => named.push(Named {
                    key: &entry.key,
                    value,
                }),
                Err(NoValue::Blank(_)) => notes.blank.push(entry.key.clone()),
                Err(NoValue::Invalid(invalid)) => problems.extend(invalid),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        choose(spec, arg, layer, named, notes)
    }

    /// The value of a flag's key. `last` is the flag's previous value in the same layer, which is reused if the
    /// text is the same.
    fn layer_value(
        &mut self,
        flag: usize,
        content: &Content,
        location: &Arc<str>,
        origin: &dyn Fn() -> Origin,
        last: Option<&Arc<LayerValue>>,
    ) -> Result<Arc<LayerValue>, NoValue> {
        let Some(spec) = self.schema.flags.get(flag) else {
            return Err(NoValue::Invalid(Vec::new()));
        };
        let given = content_text(spec, content, origin).map_err(NoValue::Invalid)?;
        let last = last.filter(|last| last.parsed.is_of(&given));
        if let Some(last) = last.filter(|last| last.location == *location) {
            return Ok(Arc::clone(last));
        }
        let parsed = match last {
            Some(last) => last.parsed.clone(),
            None => self.parser.parse(self.schema, flag, &given, origin)?,
        };
        let location = Arc::clone(location);
        Ok(Arc::new(LayerValue {
            parsed,
            location,
            deadline: None,
        }))
    }
}

/// Remarks on a layer that do not prevent it from being applied.
#[derive(Default)]
struct Notes {
    blank: Vec<String>,
    overruled: Vec<Problem>,
}

/// A flag's value, and the key that gives it.
struct Named<'a> {
    key: &'a str,
    value: Arc<LayerValue>,
}

/// Chooses which of several keys of one flag is applied. During a rollout that renames a flag, a
/// ConfigMap has both the alias for the old program and the name for the new one.
fn choose(
    spec: &FlagSpec,
    arg: &Arg,
    layer: &Layer,
    mut named: Vec<Named<'_>>,
    notes: &mut Notes,
) -> Result<Option<Arc<LayerValue>>, Vec<Problem>> {
    let is_variable = |key: &str| layer.env_names && arg.get_env().is_some_and(|name| name == key);
    let by_name = |named: &Named<'_>| alike(named.key, &spec.name) || is_variable(named.key);
    let differ = |one: &Named<'_>, other: &Named<'_>| {
        let (one, other) = (&one.value.parsed, &other.value.parsed);
        !equal(spec, arg, one.typed(), other.typed())
    };
    let origin = |named: &Named<'_>| layer.id.origin(&named.value.location);
    if named.len() < 2 {
        return Ok(named.pop().map(|named| named.value));
    }
    let chosen = named.remove(named.iter().position(by_name).unwrap_or(0));
    for (index, other) in named.iter().enumerate() {
        // Rivals are another spelling of the same name or, without a key of the name itself, another alias.
        let chosen_too = once(&chosen).filter(|chosen| by_name(other) || !by_name(chosen));
        let before = named.iter().take(index);
        let spellings = before.filter(|before| alike(before.key, other.key));
        let mut rivals = chosen_too.chain(spellings);
        if let Some(rival) = rivals.find(|rival| differ(rival, other)) {
            return Err(vec![Problem::Duplicate {
                flag: spec.name.clone(),
                first: origin(rival),
                second: origin(other),
            }]);
        }
        if differ(&chosen, other) {
            notes.overruled.push(Problem::Overruled {
                flag: spec.name.clone(),
                applied: origin(&chosen),
                ignored: origin(other),
            });
        }
    }
    Ok(Some(chosen.value))
}
