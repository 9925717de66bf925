//! Overrides that are due: which of them end with a publish, and which stay.

use std::fmt;
use std::time::Instant;

use crate::error::Problem;
use crate::layers::precedence::LayerStack;
use crate::read::snapshot::{FlagState, Snapshot};
use crate::schema::Schema;

/// The candidate of `stack` without the overrides that are due at `now`, as far as it passes every rule.
///
/// The first attempt is without all of them, and then without each in turn. The others stay in the stack, with the
/// reason.
///
/// # Errors
/// The problems of the stack with the overrides that stay.
pub(crate) fn end_overdue<C>(
    mut stack: LayerStack,
    now: Instant,
    candidate: &mut dyn FnMut(&LayerStack) -> Result<C, Vec<Problem>>,
) -> Result<(LayerStack, C), Vec<Problem>> {
    let mut staying = stack.overdue(now);
    if staying.is_empty() {
        let candidate = candidate(&stack)?;
        return Ok((stack, candidate));
    }
    let mut without = stack.clone();
    for flag in &staying {
        without.set_override(*flag, None);
    }
    let problems = match candidate(&without) {
        Ok(candidate) => return Ok((without, candidate)),
        Err(problems) => problems,
    };
    if let [flag] = staying.as_slice() {
        stack.keep_overdue(*flag, reason(&problems));
        staying.clear();
    }
    let mut before = usize::MAX;
    // One that stayed may end after another one has.
    while staying.len() < before {
        before = staying.len();
        staying.retain(|flag| {
            let mut without = stack.clone();
            without.set_override(*flag, None);
            let problems = candidate(&without).err();
            match &problems {
                None => stack = without,
                Some(problems) => stack.keep_overdue(*flag, reason(problems)),
            }
            problems.is_some()
        });
    }
    let candidate = candidate(&stack)?;
    Ok((stack, candidate))
}

fn reason(problems: &[Problem]) -> String {
    let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
    problems.join("; ")
}

/// Why an overdue override stays.
pub(crate) fn reason_to_stay(state: &FlagState) -> Option<&str> {
    state.deadline()?.reason.as_deref()
}

/// An override that is due and stays.
pub(crate) struct Staying {
    flag: String,
    reason: String,
}

impl fmt::Display for Staying {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { flag, reason } = self;
        write!(f, "`{flag}`: the override has expired but stays: {reason}")
    }
}

/// The overrides among `flags` that stay, unless they stayed for the same reason before.
pub(crate) fn staying(
    schema: &Schema,
    flags: &[usize],
    old: &Snapshot,
    new: &Snapshot,
) -> Vec<Staying> {
    let staying = |flag: &usize| {
        let [old, new] = [old, new].map(|snapshot| reason_to_stay(snapshot.states.get(*flag)?));
        let reason = new.filter(|_| old != new)?;
        Some(Staying {
            flag: schema.flags.get(*flag)?.name.clone(),
            reason: reason.to_owned(),
        })
    };
    flags.iter().filter_map(staying).collect()
}

/// Logs them. A subscriber of logs may run any code, so this is not called under the writer lock.
pub(crate) fn log(staying: Vec<Staying>) {
    for Staying { flag, reason } in staying {
        tracing::warn!(flag, reason, "an override has expired but stays");
    }
}
