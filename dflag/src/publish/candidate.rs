//! Candidates: a set of flags that is not visible yet.
//!
//! A candidate is always built from the base and all layers, never by patching an earlier one,
//! so equal inputs give equal flags. It either passes every rule or is rejected with all violations.

use std::sync::Arc;

use crate::error::Problem;
use crate::fields::erased::ErasedArgs;
use crate::layers::canonical;
use crate::layers::parse::{Parsed, TypedValue};
use crate::layers::precedence::{Decision, LayerStack};
use crate::publish::base::Base;
use crate::publish::rules::{Given, broken_relations, rule_problems};
use crate::read::snapshot::{Args, FlagState, PendingValue};
use crate::schema::{FlagKind, FlagSpec, Schema};
use crate::user_code::catch_panic;

/// A set of flags that passed every rule.
pub(crate) struct Candidate {
    pub(crate) args: Args,
    /// By flag.
    pub(crate) states: Vec<FlagState>,
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
}

impl Inputs<'_> {
    /// Builds the candidate and runs every rule on it. If a restart would build other flags, those are
    /// checked as well.
    pub(crate) fn candidate(&self) -> Result<Candidate, Vec<Problem>> {
        let states = self.states(self.frozen);
        let args = self.assemble(self.frozen, &states)?;
        let pending = states.iter().any(|state| state.pending.is_some());
        let differs = self.frozen.is_some() && (pending || !self.base.supplied.is_empty());
        let restart = differs.then(|| self.assemble(None, &self.states(None)));
        Ok(Candidate {
            args,
            states,
            restart_problems: restart.and_then(Result::err).unwrap_or_default(),
        })
    }

    /// Assembles the struct and runs every rule on it.
    fn assemble(
        &self,
        frozen: Option<&LayerStack>,
        states: &[FlagState],
    ) -> Result<Args, Vec<Problem>> {
        let built = catch_panic(|| {
            let args = self.args.assemble(states);
            let reasons = self.args.check_rules(&args);
            (args, reasons)
        });
        let (args, reasons) = built.map_err(|panicked| vec![Problem::Rule { reason: panicked }])?;
        let mut problems = rule_problems(self.schema, states, reasons);
        problems.extend(broken_relations(self.schema, |flag| {
            let (spec, arg) = (self.schema.flags.get(flag)?, self.schema.arg(flag)?);
            let (state, base) = (states.get(flag)?, self.base.states.get(flag)?);
            let current = TypedValue {
                text: state.text.as_deref(),
                value: self.args.value(flag, &args)?,
            };
            let layer = |decision: Decision<'_>| decision.layer.cloned();
            canonical::is_changed(spec, arg, current).then(|| Given {
                origin: state.origin.clone(),
                layer: self.deciding(flag, spec, base, frozen).and_then(layer),
            })
        }));
        problems.extend(self.missing(frozen));
        if problems.is_empty() {
            Ok(args)
        } else {
            Err(problems)
        }
    }

    /// The required flags that no layer supplies any longer.
    fn missing(&self, frozen: Option<&LayerStack>) -> Vec<Problem> {
        let supplied = self.base.supplied.iter();
        let missing = supplied.filter_map(|flag| {
            let (spec, base) = (self.schema.flags.get(*flag)?, self.base.states.get(*flag)?);
            let decision = self.deciding(*flag, spec, base, frozen);
            decision.is_none().then(|| Problem::Required {
                flag: spec.name.clone(),
            })
        });
        missing.collect()
    }

    fn states(&self, frozen: Option<&LayerStack>) -> Vec<FlagState> {
        let base_args = self.args.base();
        let flags = self.schema.flags.iter().zip(&self.base.states).enumerate();
        flags
            .map(|(flag, (spec, base))| self.state(flag, spec, base, &base_args, frozen))
            .collect()
    }

    fn state(
        &self,
        flag: usize,
        spec: &FlagSpec,
        base: &FlagState,
        base_args: &Args,
        frozen: Option<&LayerStack>,
    ) -> FlagState {
        let current = self.deciding(flag, spec, base, frozen);
        let pending = || {
            let wanted = self.stack.deciding(flag, &base.origin);
            let unset = TypedValue {
                text: base.text.as_deref(),
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
        let is_frozen = frozen.is_some() && spec.kind() == FlagKind::Static;
        let pending = is_frozen.then(pending).flatten();
        let layers = self.stack.values(flag, &base.origin);
        let mut layers: Vec<_> = layers
            .map(|value| (value.origin, value.parsed.text.clone()))
            .collect();
        layers.reverse();
        match current {
            Some(Decision { parsed, origin, .. }) => FlagState {
                text: parsed.text.clone(),
                origin,
                value: Some(Arc::clone(&parsed.value)),
                pending,
                layers,
            },
            None => FlagState {
                text: base.text.clone(),
                origin: base.origin.clone(),
                value: None,
                pending,
                layers,
            },
        }
    }

    /// The layer's value that decides a flag's current value; `None` if the base decides.
    fn deciding<'s>(
        &'s self,
        flag: usize,
        spec: &FlagSpec,
        base: &FlagState,
        frozen: Option<&'s LayerStack>,
    ) -> Option<Decision<'s>> {
        let stack = match frozen {
            Some(frozen) if spec.kind() == FlagKind::Static => frozen,
            _ => self.stack,
        };
        stack.deciding(flag, &base.origin)
    }
}
