//! Going back: to the values of an earlier generation, and to the overrides before an edit.

use clap::Arg;

use crate::error::Problem;
use crate::flag_set::Applied;
use crate::history::record::Given;
use crate::history::revert::{Revert, RevertError, Reverted};
use crate::history::undo::Replaced;
use crate::layers::accept::Rejection;
use crate::layers::canonical::equal;
use crate::layers::edit::Edit;
use crate::layers::parse::TypedValue;
use crate::layers::precedence::LayerStack;
use crate::publish::core::{Core, Writer, lock};
use crate::publish::finish::given_value;
use crate::read::snapshot::FlagState;
use crate::schema::flag_def::Shape;
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
            let is_same_text =
                matches!(&given, Given::Text(text) if text.as_deref() == state.given_text());
            if is_same_text && state.file_contents.is_none() {
                continue;
            }
            if spec.kind() == FlagKind::Static {
                reverted.static_flags.push(spec.name.clone());
                continue;
            }
            let edit = edit_of_given(spec, &given).and_then(|edit| {
                let mut next = stack.clone();
                self.accept(&mut writer.parser)
                    .edit(&mut next, &edit, writer.now, false)?;
                Ok(next)
            });
            match edit {
                Err(invalid) => problems.extend(invalid),
                Ok(next) if self.has_value(flag, (spec, arg, state), &next) => {}
                Ok(next) => {
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

    /// Whether a flag has the value of its override in `stack` already, before `finish`.
    fn has_value(
        &self,
        flag: usize,
        (spec, arg, state): (&FlagSpec, &Arg, &FlagState),
        stack: &LayerStack,
    ) -> bool {
        let base = self.args.base();
        let value = given_value(&*self.args, &base, flag, state);
        let (Some(value), Some(wanted)) = (value, stack.override_of(flag)) else {
            return false;
        };
        let current = TypedValue {
            text: state.given_text(),
            file_contents: state.file_contents.as_deref(),
            value,
        };
        equal(spec, arg, current, wanted.parsed.typed())
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

/// The edit that gives a flag a value that it had.
fn edit_of_given(spec: &FlagSpec, given: &Given) -> Result<Edit, Vec<Problem>> {
    let name = spec.name.as_str();
    let reason = match given {
        Given::Text(Some(text)) if !spec.def.trim || trimmed(text) == &**text => {
            return Ok(Edit::set(name, &**text));
        }
        Given::Text(Some(_)) => "white space around the text of an override is dropped",
        Given::Text(None) if spec.def.unset.is_some() => return Ok(Edit::unset(name)),
        // A list without members.
        Given::Text(None) if spec.def.shape == Shape::Many => {
            let empty = if spec.reads_arrays() { "[]" } else { "" };
            return Ok(Edit::set(name, empty));
        }
        Given::Text(None) => "it has no text",
        Given::Long => "it has more than 16 KiB",
        Given::File => "it came from a file",
    };
    Err(vec![Problem::NotKept {
        flag: spec.name.clone(),
        reason,
    }])
}
