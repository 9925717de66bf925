//! Candidates: a whole set of flags that nobody can see yet.
//!
//! A candidate is always made from the ground, from the base and every layer, never patched:
//! the same inputs give the same flags. What becomes of a flag depends on its base and on what
//! the layers say of it, and on nothing else. So where the layers say of a flag what they said before,
//! what became of it before is taken. A candidate either passes all rules or is told to be rejected.

use std::sync::Arc;

use crate::chunks::Chunks;
use crate::layers::Layers;
use crate::model::Model;
use crate::parse::guarded;
use crate::schema::Schema;
use crate::snapshot::{Args, State};
use crate::{FlagKind, Origin, Problem};

/// A whole set of flags that passed every rule.
pub(crate) struct Candidate {
    pub(crate) args: Args,
    pub(crate) outcome: Outcome,
}

/// What becomes of each flag.
#[derive(Clone)]
pub(crate) struct Outcome {
    /// What it came of, beside the base.
    pub(crate) layers: Layers,
    pub(crate) states: Chunks<State>,
}

impl Outcome {
    /// What becomes of `flags` flags where no layer says anything.
    pub(crate) fn of_base(base: &Chunks<State>, flags: usize) -> Self {
        Self {
            layers: Layers::silent(flags),
            states: base.clone(),
        }
    }
}

/// What a candidate is made from.
pub(crate) struct Ground<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) model: &'a dyn Model,
    /// What the command line, the environment and the defaults gave.
    pub(crate) base: &'a Chunks<State>,
    /// The layers as they were when the static flags were fixed, if they are.
    pub(crate) frozen: Option<&'a Layers>,
}

impl Ground<'_> {
    /// What becomes of the flags with these `layers`, where `before` is what became of them with others.
    pub(crate) fn candidate(
        &self,
        layers: Layers,
        before: &Outcome,
    ) -> Result<Candidate, Vec<Problem>> {
        let outcome = self.outcome(layers, before);
        let made = guarded(|| {
            let args = self.model.assemble(&outcome.states);
            let reasons = self.model.rules(&args);
            (args, reasons)
        });
        let reasons = match made {
            Ok((args, reasons)) if reasons.is_empty() => return Ok(Candidate { args, outcome }),
            Ok((_, reasons)) => reasons,
            Err(panicked) => vec![panicked],
        };
        let problems = reasons.into_iter().map(|reason| Problem::Rule {
            reason: withhold(self.schema, &outcome.states, reason),
        });
        Err(problems.collect())
    }

    fn outcome(&self, layers: Layers, before: &Outcome) -> Outcome {
        let apart = layers.apart(&before.layers);
        let mut outcome = Outcome {
            layers,
            ..before.clone()
        };
        let apart = apart.unwrap_or_else(|| (0..self.schema.flags.len()).collect());
        for flag in apart {
            if let Some(state) = self.becomes(flag, &outcome.layers) {
                outcome.states.set(flag, state);
            }
        }
        outcome
    }

    /// What becomes of one flag.
    fn becomes(&self, flag: usize, layers: &Layers) -> Option<State> {
        let (spec, base) = (self.schema.flags.get(flag)?, self.base.get(flag)?);
        let wanted = layers.speaking_for(flag, &base.origin);
        let wanted_text = match &wanted {
            Some((parsed, _)) => Some(Arc::clone(&parsed.text)),
            None => base.wanted.clone(),
        };
        let holds = match self.frozen {
            Some(frozen) if spec.kind() == FlagKind::Static => {
                frozen.speaking_for(flag, &base.origin)
            }
            _ => wanted,
        };
        let (text, origin, value) = match holds {
            Some((parsed, origin)) => (Some(&parsed.text), origin, Some(&parsed.value)),
            None => (base.text.as_ref(), base.origin.clone(), None),
        };
        Some(State {
            text: text.cloned(),
            origin,
            wanted: wanted_text,
            value: value.cloned(),
        })
    }
}

/// A rule's own words may quote any flag. Where they quote a secret's value, none is shown:
/// to mask a short value in a text would tell where it stood, and so what it is.
/// A default is in the program's text, and no secret.
pub(crate) fn withhold(schema: &Schema, states: &Chunks<State>, words: String) -> String {
    let mut flags = schema.flags.iter().zip(states.iter());
    let quotes_secret = flags.any(|(spec, state)| {
        let text = state.text.as_deref().unwrap_or_default();
        let secret = spec.traits.secret && state.origin != Origin::Default;
        secret && !text.is_empty() && words.contains(text)
    });
    if quotes_secret {
        return "a rule objects, in words that quote a secret and so are not shown".to_owned();
    }
    words
}
