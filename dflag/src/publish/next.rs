//! The next snapshot: a candidate with its derived values, and what differs from the current snapshot.

use std::sync::Arc;

use crate::derived::registry::DerivedValues;
use crate::error::Problem;
use crate::layers::canonical::equal_values;
use crate::publish::candidate::{Candidate, Inputs};
use crate::publish::expiry::reason_to_stay;
use crate::publish::finish::is_equal;
use crate::publish::rules::derived_problems;
use crate::read::snapshot::{Args, FlagState, Snapshot};

/// A snapshot to publish.
pub(crate) struct Next {
    pub(crate) snapshot: Arc<Snapshot>,
    /// The flags that a listing shows differently, and the new derived values.
    pub(crate) affected: Vec<usize>,
    /// Those whose value changed.
    pub(crate) changed: Vec<usize>,
    /// Whether a listing differs from one of the current snapshot.
    pub(crate) is_new: bool,
}

/// The `affected` flags for which an edit that was made for the old snapshot is outdated.
fn edited(old: &Snapshot, new: &Snapshot, affected: &[usize], changed: &[usize]) -> Vec<usize> {
    let is_edited = |flag: &usize| match (old.states.get(*flag), new.states.get(*flag)) {
        (Some(before), Some(after)) => {
            changed.binary_search(flag).is_ok() || !before.has_value_like(after)
        }
        // A derived value.
        _ => false,
    };
    affected.iter().copied().filter(is_edited).collect()
}

impl Inputs<'_> {
    /// The snapshot of the candidate, with its derived values.
    pub(crate) fn next(
        &self,
        derived: Option<&mut (dyn DerivedValues + 'static)>,
    ) -> Result<Next, Vec<Problem>> {
        let old = self.current;
        let Candidate {
            args,
            states,
            restart_problems,
        } = self.candidate()?;
        let mut affected = self.affected(old, &args, &states);
        let mut changed = self.changed(&affected, old, &args, &states);
        let mut new = Snapshot::new(old.generation, args, states);
        new.restart_problems = restart_problems;
        // What a restart finds may differ by more than flags: by a file that an override hides.
        let is_new = !affected.is_empty() || new.restart_problems != old.restart_problems;
        // A candidate that has nothing new is not published.
        let mut derived = derived.filter(|_| is_new);
        let flags = changed.len();
        if let Some(derived) = &mut derived {
            if let Err(failures) = derived.build(old, &mut new, &mut changed) {
                let snapshots = [&**old, &new];
                let problems = derived_problems(self.schema, self.args, &snapshots, failures);
                derived.discard(Arc::new(new));
                return Err(problems);
            }
            affected.extend(changed.iter().skip(flags));
        }
        let is_new_generation = !changed.is_empty()
            || affected.iter().any(|flag| {
                let [old, new] = [&**old, &new].map(|snapshot| {
                    let state = snapshot.states.get(*flag);
                    state.map(|state| (&state.origin, &state.pending, reason_to_stay(state)))
                });
                old != new
            });
        new.generation += u64::from(is_new_generation);
        new.versions = old.versions.next(new.generation, &changed, flags);
        new.revision = old.revision + u64::from(is_new);
        new.revisions = old
            .revisions
            .next(new.revision, &edited(old, &new, &affected, &changed));
        let snapshot = Arc::new(new);
        if let Some(derived) = derived {
            // It may be replaced, or not even be published.
            derived.discard(Arc::clone(old));
            derived.discard(Arc::clone(&snapshot));
        }
        Ok(Next {
            snapshot,
            affected,
            changed,
            is_new,
        })
    }

    /// The flags that a listing shows differently, or whose adjusted value changed without a change of
    /// its text.
    fn affected(&self, old: &Snapshot, args: &Args, states: &[Arc<FlagState>]) -> Vec<usize> {
        let is_affected = |flag: usize, old_state: &Arc<FlagState>, new: &Arc<FlagState>| {
            if !Arc::ptr_eq(old_state, new) && !old_state.looks_like(new) {
                return true;
            }
            if new.adjusted.is_none() {
                return false;
            }
            let values = [&old.args, args].map(|args| self.args.value(flag, args));
            match (self.schema.flags.get(flag), values) {
                (Some(spec), [Some(before), Some(after)]) => !equal_values(spec, before, after),
                _ => false,
            }
        };
        let pairs = old.states.iter().zip(states).enumerate();
        pairs
            .filter(|(flag, (old, new))| is_affected(*flag, old, new))
            .map(|(flag, _)| flag)
            .collect()
    }

    /// The `affected` flags whose value changed.
    fn changed(
        &self,
        affected: &[usize],
        old: &Snapshot,
        args: &Args,
        states: &[Arc<FlagState>],
    ) -> Vec<usize> {
        let is_changed = |flag: usize| {
            let (spec, arg) = (self.schema.flags.get(flag)?, self.schema.arg(flag)?);
            let before = (old.states.get(flag)?, self.args.value(flag, &old.args)?);
            let after = (states.get(flag)?, self.args.value(flag, args)?);
            Some(!is_equal(spec, arg, before, after))
        };
        let affected = affected.iter().copied();
        affected
            .filter(|flag| is_changed(*flag) == Some(true))
            .collect()
    }
}
