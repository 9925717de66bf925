//! Candidates: a set of flags that is not visible yet.
//!
//! A candidate is always built from the base and all layers, never by patching an earlier one,
//! so equal inputs give equal flags. It either passes every rule or is rejected with all violations.

use std::sync::Arc;

use crate::error::Problem;
use crate::fields::erased::{Assembled, ErasedArgs, Kept};
use crate::layers::canonical;
use crate::layers::parse::{Parsed, TypedValue};
use crate::layers::precedence::{Decision, LayerStack};
use crate::origin::Origin;
use crate::publish::base::Base;
use crate::publish::finish::{adjust, check_adjusted, given_value, is_equal};
use crate::publish::rules::{Given, broken_relations, rule_problems};
use crate::read::snapshot::{Args, FlagState, LayerText, PendingValue, Snapshot};
use crate::schema::{FlagKind, FlagSpec, Schema};
use crate::user_code::catch_panic;

/// A set of flags that passed every rule.
pub(crate) struct Candidate {
    pub(crate) args: Args,
    /// By flag.
    pub(crate) states: Vec<Arc<FlagState>>,
    /// The reasons for which a restart with the pending values would fail.
    pub(crate) restart_problems: Vec<Problem>,
}

/// The inputs of a candidate.
pub(crate) struct Inputs<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) args: &'a dyn ErasedArgs,
    pub(crate) base: &'a Base,
    pub(crate) stack: &'a LayerStack,
    /// The layers when the static flags were frozen, if they are frozen.
    pub(crate) frozen: Option<&'a LayerStack>,
    /// The snapshot that the candidate replaces.
    pub(crate) current: &'a Arc<Snapshot>,
    /// Whether these are the inputs of a restart.
    pub(crate) is_restart: bool,
}

impl Inputs<'_> {
    /// Builds the candidate and runs every rule on it. If a restart would build other flags, those are
    /// checked as well.
    pub(crate) fn candidate(&self) -> Result<Candidate, Vec<Problem>> {
        let mut states = self.states();
        let args = self.assemble(&mut states)?;
        self.find_pending(&args, &mut states);
        Ok(Candidate {
            restart_problems: self.restart_problems(&states),
            args,
            states,
        })
    }

    /// The problems of the flags that a restart would build, if they differ from `states`.
    fn restart_problems(&self, states: &[Arc<FlagState>]) -> Vec<Problem> {
        let Some(start) = self.frozen else {
            return Vec::new();
        };
        // `finish` may make other static flags of the same values.
        let pending = self.args.has_finish() || states.iter().any(|state| state.pending.is_some());
        let supplied = || (0..states.len()).any(|flag| self.base.is_supplied(flag));
        if !pending && self.stack.has_same_overrides(start) && !supplied() {
            return Vec::new();
        }
        let restart = Inputs {
            stack: &self.stack.restarted(start),
            frozen: None,
            is_restart: true,
            ..*self
        };
        let assembled = restart.assemble(&mut restart.states());
        assembled.err().unwrap_or_default()
    }

    /// Assembles the struct, with what `finish` makes of the flags in `states`, and runs every rule on it.
    fn assemble(&self, states: &mut [Arc<FlagState>]) -> Result<Args, Vec<Problem>> {
        let args = self.finished(states)?;
        let states = &*states;
        let mut problems = check_adjusted(self.schema, self.args, &args, states);
        let reasons = catch_panic(|| self.args.check_rules(&args));
        let reasons = reasons.unwrap_or_else(|reason| vec![reason]);
        let rejections = rule_problems(self.schema, self.args, &args, states, reasons);
        problems.extend(rejections);
        // What `finish` makes of a flag was not given.
        let base_args = self.args.base();
        problems.extend(broken_relations(self.schema, |flag| {
            let (spec, arg) = (self.schema.flags.get(flag)?, self.schema.arg(flag)?);
            let (state, base) = (states.get(flag)?, self.base.states.get(flag)?);
            let current = TypedValue {
                text: state.given_text(),
                file_contents: state.file_contents.as_deref(),
                value: given_value(self.args, &base_args, flag, state)?,
            };
            let layer = |decision: Decision<'_>| decision.layer.cloned();
            canonical::is_changed(spec, arg, current).then(|| Given {
                origin: state.origin.clone(),
                layer: self.deciding(flag, spec, base).and_then(layer),
            })
        }));
        problems.extend(self.missing());
        if problems.is_empty() {
            Ok(args)
        } else {
            Err(problems)
        }
    }

    /// Assembles the struct, with what `finish` makes of the flags in `states`.
    fn finished(&self, states: &mut [Arc<FlagState>]) -> Result<Args, Vec<Problem>> {
        let kept = self.kept();
        let assembled = catch_panic(|| {
            let assembled = self.args.assemble(states, kept.as_ref());
            assembled.map_err(|error| error.to_string())
        });
        let Assembled { args, outcome } = assembled
            .and_then(|assembled| assembled)
            .map_err(|reason| vec![Problem::Rule { reason }])?;
        adjust(self.schema, self.args, &args, states);
        // `finish` may quote a secret that it changed.
        outcome
            .map_err(|reason| rule_problems(self.schema, self.args, &args, states, vec![reason]))?;
        Ok(args)
    }

    /// The frozen flags, which `finish` might change because a dynamic flag changed.
    fn kept(&self) -> Option<Kept<'_>> {
        if self.frozen.is_none() || !self.args.has_finish() {
            return None;
        }
        let flags = self.schema.flags.iter().enumerate();
        Some(Kept {
            args: &self.current.args,
            flags: flags
                .filter(|(_, spec)| spec.kind() == FlagKind::Static && spec.def.covered)
                .map(|(flag, _)| flag)
                .collect(),
        })
    }

    /// Finds the frozen flags of which `finish` would make another value if they were not frozen.
    fn find_pending(&self, args: &Args, states: &mut [Arc<FlagState>]) {
        let Some(kept) = self.kept() else {
            return;
        };
        let wanted = Inputs {
            frozen: None,
            ..*self
        };
        let mut wanted_states = wanted.states();
        let Ok(wanted_args) = wanted.finished(&mut wanted_states) else {
            // The values of the layers are pending, and the restart's problems say why they can't be finished.
            return;
        };
        for flag in kept.flags {
            let is_equal = || {
                let (spec, arg) = (self.schema.flags.get(flag)?, self.schema.arg(flag)?);
                let current = (states.get(flag)?, self.args.value(flag, args)?);
                let wanted = (
                    wanted_states.get(flag)?,
                    self.args.value(flag, &wanted_args)?,
                );
                Some(is_equal(spec, arg, current, wanted))
            };
            let pending = is_equal() == Some(false);
            if let (Some(state), Some(wanted)) = (states.get_mut(flag), wanted_states.get(flag)) {
                let pending = pending.then(|| PendingValue {
                    text: wanted.text.clone(),
                });
                if state.pending != pending {
                    Arc::make_mut(state).pending = pending;
                }
            }
        }
    }

    /// The required flags that no layer supplies any longer.
    fn missing(&self) -> Vec<Problem> {
        let required = self.base.required.iter();
        let missing = required.filter_map(|flag| {
            let (spec, base) = (self.schema.flags.get(*flag)?, self.base.states.get(*flag)?);
            if !spec.def.covered && !self.is_restart {
                return None;
            }
            let decision = self.deciding(*flag, spec, base);
            decision.is_none().then(|| Problem::Required {
                flag: spec.name.clone(),
                remedy: "put its key back",
            })
        });
        missing.collect()
    }

    fn states(&self) -> Vec<Arc<FlagState>> {
        let base_args = self.args.base();
        let flags = self.schema.flags.iter().zip(&self.base.states).enumerate();
        flags
            .map(|(flag, (spec, base))| self.state(flag, spec, base, &base_args))
            .collect()
    }

    fn state(
        &self,
        flag: usize,
        spec: &FlagSpec,
        base: &FlagState,
        base_args: &Args,
    ) -> Arc<FlagState> {
        let current = self.deciding(flag, spec, base);
        let pending = || {
            let wanted = self.stack.deciding(flag, &base.origin);
            let unset = TypedValue {
                text: base.text.as_deref(),
                file_contents: base.file_contents.as_deref(),
                value: self.args.value(flag, base_args)?,
            };
            let [current, wanted] = [&current, &wanted].map(|decision| {
                let parsed = decision.as_ref().map(|decision| decision.parsed);
                parsed.map_or(unset, Parsed::typed)
            });
            let equal = canonical::equal(spec, self.schema.arg(flag)?, current, wanted);
            (!equal).then(|| PendingValue {
                text: wanted.text.map(Arc::from),
            })
        };
        let is_frozen = self.frozen.is_some() && spec.kind() == FlagKind::Static;
        let pending = if spec.def.covered {
            is_frozen.then(pending).flatten()
        } else {
            self.pending_of_uncovered(flag, spec, base)
        };
        let layers = || self.stack.values(flag, &base.origin);
        let before = self.current.states.get(flag);
        if let Some(before) = before
            && before.pending == pending
            && has_value_of(before, current)
            && has_layers(before, layers())
        {
            return Arc::clone(before);
        }
        let layers = layers().map(|value| LayerText {
            origin: value.origin(),
            text: value.parsed.text.clone(),
            deadline: value.deadline.cloned(),
        });
        let (text, file_contents) = match &current {
            Some(Decision { parsed, .. }) => (&parsed.text, &parsed.file_contents),
            None => (&base.text, &base.file_contents),
        };
        Arc::new(FlagState {
            text: text.clone(),
            file_contents: file_contents.clone(),
            origin: current.map_or_else(|| base.origin.clone(), |decision| decision.origin()),
            adjusted: None,
            value: current.map(|decision| Arc::clone(&decision.parsed.value)),
            pending,
            layers: layers.collect(),
        })
    }

    /// What a restart would give an uncovered flag, if that is another value.
    fn pending_of_uncovered(
        &self,
        flag: usize,
        spec: &FlagSpec,
        base: &FlagState,
    ) -> Option<PendingValue> {
        let layer = self.stack.source(self.base.parsed_with.as_ref()?)?;
        if !self.base.is_silent(flag) {
            return None;
        }
        let arg = self.schema.arg(flag)?;
        let wanted: Option<Arc<str>> = match (layer.value(flag), &base.origin) {
            (Some(value), _) => value.parsed.text.clone(),
            (None, Origin::Default) => base.text.clone(),
            (None, _) => spec.default_text(arg).map(Arc::from),
        };
        let [current, other] = [&base.text, &wanted].map(|text| TypedValue {
            text: text.as_deref(),
            file_contents: None,
            value: &(),
        });
        (!canonical::equal(spec, arg, current, other)).then_some(PendingValue { text: wanted })
    }

    /// The layer's value that decides a flag's current value; `None` if the base decides.
    fn deciding(&self, flag: usize, spec: &FlagSpec, base: &FlagState) -> Option<Decision<'_>> {
        if !spec.def.covered {
            // No proposal changes it, but the next start reads the layer again.
            let is_decided = self.is_restart && self.base.is_silent(flag);
            let mut values = self.stack.values(flag, &base.origin);
            return is_decided.then(|| values.next()).flatten();
        }
        let stack = match self.frozen {
            Some(frozen) if spec.kind() == FlagKind::Static => frozen,
            _ => self.stack,
        };
        stack.deciding(flag, &base.origin)
    }
}

/// Whether the state has the value that `decision` gives, as it was given.
fn has_value_of(state: &FlagState, decision: Option<Decision<'_>>) -> bool {
    state.adjusted.is_none()
        && match (&state.value, decision) {
            (Some(value), Some(decision)) => {
                Arc::ptr_eq(value, &decision.parsed.value) && decision.is_from(&state.origin)
            }
            (None, None) => true,
            _ => false,
        }
}

/// Whether the state lists these values of layers.
fn has_layers<'a>(state: &FlagState, mut values: impl Iterator<Item = Decision<'a>>) -> bool {
    let mut layers = state.layers.iter();
    values.all(|value| layers.next().is_some_and(|layer| value.is_shown_as(layer)))
        && layers.next().is_none()
}
