//! Candidates: a whole set of flags that nobody can see yet.
//!
//! A candidate is always made from the ground, from the base and every layer, never patched:
//! the same inputs give the same flags. It either passes all rules or is told to be refused.

use std::sync::Arc;

use crate::layers::Layers;
use crate::model::Model;
use crate::parse::guarded;
use crate::schema::Schema;
use crate::snapshot::{Args, State};
use crate::{Kind, Origin, Problem};

/// A whole set of flags that passed every rule.
pub(crate) struct Candidate {
    pub(crate) args: Args,
    pub(crate) states: Vec<State>,
}

/// What a candidate is made from.
pub(crate) struct Ground<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) model: &'a dyn Model,
    /// What the command line, the environment and the defaults gave, by flag.
    pub(crate) base: &'a [State],
    /// Every layer above them.
    pub(crate) layers: &'a Layers,
    /// The layers as they were when the static flags were fixed, if they are.
    pub(crate) frozen: Option<&'a Layers>,
}

impl Ground<'_> {
    pub(crate) fn candidate(&self) -> Result<Candidate, Vec<Problem>> {
        let mut values = Vec::new();
        let mut states = Vec::with_capacity(self.base.len());
        for (flag, (spec, base)) in self.schema.flags.iter().zip(self.base).enumerate() {
            let mut state = base.clone();
            let wanted = self.layers.speaking_for(flag, &base.origin);
            let holds = match self.frozen {
                Some(frozen) if spec.kind() == Kind::Static => {
                    frozen.speaking_for(flag, &base.origin)
                }
                _ => wanted.clone(),
            };
            if let Some((parsed, _)) = wanted {
                state.wanted = Some(Arc::clone(&parsed.text));
            }
            if let Some((parsed, origin)) = holds {
                values.push((flag, Arc::clone(&parsed.value)));
                state.text = Some(Arc::clone(&parsed.text));
                state.origin = origin;
            }
            states.push(state);
        }
        let made = guarded(|| {
            let args = self.model.assemble(&values);
            let reasons = self.model.rules(&args);
            (args, reasons)
        });
        let reasons = match made {
            Ok((args, reasons)) if reasons.is_empty() => return Ok(Candidate { args, states }),
            Ok((_, reasons)) => reasons,
            Err(panicked) => vec![panicked],
        };
        let problems = reasons.into_iter().map(|reason| Problem::Rule {
            reason: withhold(self.schema, &states, reason),
        });
        Err(problems.collect())
    }
}

/// A rule's own words may quote any flag. Where they quote a secret's value, none is shown:
/// to mask a short value in a text would tell where it stood, and so what it is.
/// A default is in the program's text, and no secret.
pub(crate) fn withhold(schema: &Schema, states: &[State], words: String) -> String {
    let mut flags = schema.flags.iter().zip(states);
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
