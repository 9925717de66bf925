//! Going back: to the values of an earlier generation, and to the overrides before an edit.

use std::any::Any;
use std::sync::Arc;

use clap::Arg;

use crate::error::Problem;
use crate::flag_set::Applied;
use crate::history::record::Given;
use crate::history::revert::{Revert, RevertError, Reverted};
use crate::history::undo::Replaced;
use crate::layers::accept::Rejection;
use crate::layers::canonical::{equal, equal_values, is_comparable};
use crate::layers::edit::Edit;
use crate::layers::parse::TypedValue;
use crate::layers::precedence::LayerStack;
use crate::publish::core::{Core, Writer, lock};
use crate::publish::finish::given_value;
use crate::read::snapshot::{Args, FlagState};
use crate::schema::{FlagKind, FlagSpec};
use crate::text::list::trimmed;

impl Core {
    /// Overrides the flags that had another value in the generation. The inner error is one for which nothing was
    /// tried.
    pub(super) fn revert_locked(
        &self,
        writer: &mut Writer,
        revert: &Revert,
    ) -> Result<Result<Reverted, RevertError>, Rejection> {
        let generation = revert.generation;
        let current = self.broadcast.store.load();
        if let Some(expected) = revert.if_generation
            && expected != current.generation
        {
            return Ok(Err(RevertError::Outdated {
                expected,
                current: current.generation,
            }));
        }
        if generation > current.generation {
            return Ok(Err(RevertError::NotPublished {
                generation,
                current: current.generation,
            }));
        }
        let given = lock(&self.history).given_in(generation);
        let given = match given {
            Ok(given) => given,
            Err(oldest) => return Ok(Err(RevertError::TooOld { generation, oldest })),
        };
        let base_args = self.args.base();
        let before = writer.stack.clone();
        let mut stack = writer.stack.clone();
        let mut reverted = Reverted {
            to: generation,
            ..Reverted::default()
        };
        let mut problems = Vec::new();
        for (flag, given) in given {
            let (Some(spec), Some(arg), Some(state)) = (
                self.schema.flags.get(flag),
                self.schema.arg(flag),
                current.states.get(flag),
            ) else {
                continue;
            };
            let Some(base) = self.base_value(flag, &base_args) else {
                continue;
            };
            let is_same = match &given {
                Given::Text(text) => {
                    text.as_deref() == state.given_text() && state.file_contents.is_none()
                }
                Given::Base => self.has_value(flag, (spec, arg, state), base),
                Given::Long | Given::File => false,
            };
            if is_same {
                continue;
            }
            if spec.kind() == FlagKind::Static {
                reverted.static_flags.push(spec.name.clone());
                continue;
            }
            let next = edit_of_given(spec, &given, base).and_then(|edit| {
                let mut next = stack.clone();
                self.accept(&mut writer.parser)
                    .edit(&mut next, &edit, writer.now, false)?;
                Ok(next)
            });
            let wanted = |next: &LayerStack| next.override_of(flag).map(Arc::clone);
            let next = next.and_then(|next| match (&given, wanted(&next)) {
                (Given::Base, Some(wanted)) if !stands_for(spec, &*wanted.parsed.value, base) => {
                    Err(not_kept(spec, "its text stands for another one"))
                }
                (_, wanted) => Ok((next, wanted)),
            });
            match next {
                Err(invalid) => problems.extend(invalid),
                Ok((_, Some(wanted)))
                    if self.has_value(flag, (spec, arg, state), wanted.parsed.typed()) => {}
                Ok((next, _)) => {
                    stack = next;
                    reverted.overridden.push(spec.name.clone());
                }
            }
        }
        if !problems.is_empty() {
            return Err(problems.into());
        }
        let applied = self.publish(writer, stack)?;
        writer.save_for_undo(&before);
        reverted.generation = applied.generation;
        reverted.changed = applied.changed;
        Ok(Ok(reverted))
    }

    /// The value that the command line, the environment and the defaults gave a flag.
    fn base_value<'a>(&'a self, flag: usize, base: &'a Args) -> Option<TypedValue<'a>> {
        let state = self.base.states.get(flag)?;
        Some(TypedValue {
            text: state.text.as_deref(),
            file_contents: state.file_contents.as_deref(),
            value: self.args.value(flag, base)?,
        })
    }

    /// Whether a flag has this value already, before `finish`.
    fn has_value(
        &self,
        flag: usize,
        (spec, arg, state): (&FlagSpec, &Arg, &FlagState),
        wanted: TypedValue<'_>,
    ) -> bool {
        let base = self.args.base();
        let Some(value) = given_value(&*self.args, &base, flag, state) else {
            return false;
        };
        let current = TypedValue {
            text: state.given_text(),
            file_contents: state.file_contents.as_deref(),
            value,
        };
        equal(spec, arg, current, wanted)
    }

    /// Restores the overrides that the last edit replaced. `None` if there is no edit to undo.
    pub(super) fn undo_locked(&self, writer: &mut Writer) -> Result<Option<Applied>, Rejection> {
        let Some(replaced) = writer.undo.pop() else {
            return Ok(None);
        };
        let restored = self.restored(writer, &replaced);
        let published = restored.and_then(|stack| self.publish(writer, stack));
        if published.is_err() {
            writer.undo.push(replaced);
        }
        Ok(Some(published?))
    }

    /// The layers with the overrides that an edit replaced.
    fn restored(
        &self,
        writer: &mut Writer,
        replaced: &Replaced,
    ) -> Result<LayerStack, Vec<Problem>> {
        let mut stack = writer.stack.clone();
        let mut problems = Vec::new();
        for (flag, value) in replaced {
            let Some(spec) = self.schema.flags.get(*flag) else {
                continue;
            };
            let name = spec.name.as_str();
            let text = value.as_ref().map(|value| value.text.as_deref());
            let edit = match text {
                Some(Some(text)) => Edit::set(name, text),
                Some(None) => Edit::unset(name),
                None => Edit::clear(name),
            };
            let mut accept = self.accept(&mut writer.parser);
            if let Err(invalid) = accept.edit(&mut stack, &edit, writer.now, false) {
                problems.extend(invalid);
            }
            let deadline = value.as_ref().and_then(|value| value.deadline.as_deref());
            let restored = stack.override_of(*flag);
            let restored = restored.map(|value| value.with_deadline(deadline.cloned()));
            stack.set_override(*flag, restored);
        }
        if problems.is_empty() {
            Ok(stack)
        } else {
            Err(problems)
        }
    }
}

/// Whether a value that was read from the text of the base is that of the base, as far as this is known.
fn stands_for(spec: &FlagSpec, read: &dyn Any, base: TypedValue<'_>) -> bool {
    !is_comparable(spec, base.value) || equal_values(spec, base.value, read)
}

/// The edit that gives a flag a value that it had. `base` is its value in the base.
fn edit_of_given(
    spec: &FlagSpec,
    given: &Given,
    base: TypedValue<'_>,
) -> Result<Edit, Vec<Problem>> {
    let text = match given {
        Given::Text(text) => text.as_deref(),
        Given::Base => base.text,
        Given::Long => return Err(not_kept(spec, "it has more than 16 KiB")),
        Given::File => return Err(not_kept(spec, "it came from a file")),
    };
    let name = spec.name.as_str();
    match text {
        Some(text) if !spec.def.trim || trimmed(text) == text => Ok(Edit::set(name, text)),
        Some(_) => Err(not_kept(
            spec,
            "white space around the text of an override is dropped",
        )),
        None if matches!(given, Given::Base) && !(spec.def.is_unset)(base.value) => {
            Err(not_kept(spec, "it has no text"))
        }
        None => Ok(Edit::unset(name)),
    }
}

fn not_kept(spec: &FlagSpec, reason: &'static str) -> Vec<Problem> {
    vec![Problem::NotKept {
        flag: spec.name.clone(),
        reason,
    }]
}
