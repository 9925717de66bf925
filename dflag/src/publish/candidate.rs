//! Candidates: a set of flags that is not visible yet.
//!
//! A candidate is always built from the base and all layers, never by patching an earlier one,
//! so equal inputs give equal flags. It either passes every rule or is rejected with all violations.

use std::sync::Arc;

use crate::error::Problem;
use crate::fields::erased::ErasedArgs;
use crate::layers::stack::LayerStack;
use crate::origin::Origin;
use crate::read::snapshot::{Args, FlagState};
use crate::schema::{FlagKind, FlagSpec, Schema};
use crate::user_code::catch_panic;

/// A set of flags that passed every rule.
pub(crate) struct Candidate {
    pub(crate) args: Args,
    /// By flag.
    pub(crate) states: Vec<FlagState>,
}

/// The inputs of a candidate.
pub(crate) struct Inputs<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) args: &'a dyn ErasedArgs,
    /// The state that the command line, the environment and the defaults gave, by flag.
    pub(crate) base: &'a [FlagState],
    pub(crate) stack: &'a LayerStack,
    /// The layers when the static flags were frozen, if they are frozen.
    pub(crate) frozen: Option<&'a LayerStack>,
}

impl Inputs<'_> {
    /// Builds the candidate and runs every rule on it.
    pub(crate) fn candidate(&self) -> Result<Candidate, Vec<Problem>> {
        let flags = self.schema.flags.iter().zip(self.base).enumerate();
        let states: Vec<FlagState> = flags
            .map(|(flag, (spec, base))| self.state(flag, spec, base))
            .collect();
        let built = catch_panic(|| {
            let args = self.args.assemble(&states);
            let reasons = self.args.check_rules(&args);
            (args, reasons)
        });
        let reasons = match built {
            Ok((args, reasons)) if reasons.is_empty() => return Ok(Candidate { args, states }),
            Ok((_, reasons)) => reasons,
            Err(panicked) => vec![panicked],
        };
        Err(rule_problems(self.schema, &states, reasons))
    }

    fn state(&self, flag: usize, spec: &FlagSpec, base: &FlagState) -> FlagState {
        let wanted = self.stack.deciding(flag, &base.origin);
        let wanted_text = match &wanted {
            Some((parsed, _)) => Some(Arc::clone(&parsed.text)),
            None => base.wanted.clone(),
        };
        let current = match self.frozen {
            Some(frozen) if spec.kind() == FlagKind::Static => frozen.deciding(flag, &base.origin),
            _ => wanted,
        };
        match current {
            Some((parsed, origin)) => FlagState {
                text: Some(Arc::clone(&parsed.text)),
                origin,
                wanted: wanted_text,
                value: Some(Arc::clone(&parsed.value)),
            },
            None => FlagState {
                wanted: wanted_text,
                ..base.clone()
            },
        }
    }
}

/// The problems of a set of flags that rules rejected for these reasons.
///
/// A reason may quote any flag. One that quotes a secret's value is withheld entirely: masking a
/// short value inside a text would show where it occurs, and so what it is. A secret's default is
/// not protected: it is in the program's own text.
pub(crate) fn rule_problems(
    schema: &Schema,
    states: &[FlagState],
    reasons: Vec<String>,
) -> Vec<Problem> {
    let secrets: Vec<&str> = schema
        .flags
        .iter()
        .zip(states)
        .filter(|(spec, state)| spec.def.secret && state.origin != Origin::Default)
        .filter_map(|(_, state)| state.text.as_deref().filter(|text| !text.is_empty()))
        .collect();
    let displayed = |reason: String| {
        if secrets.iter().any(|secret| reason.contains(secret)) {
            "a rule rejects them, in words that quote a secret and so are not shown".to_owned()
        } else {
            reason
        }
    };
    let reasons = reasons.into_iter().map(displayed);
    reasons.map(|reason| Problem::Rule { reason }).collect()
}
