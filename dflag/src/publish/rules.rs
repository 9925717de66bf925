//! Rules across flags: the program's own, and clap's relations between arguments.

use std::sync::Arc;

use crate::derived::node::Failure;
use crate::error::Problem;
use crate::fields::erased::ErasedArgs;
use crate::layers::canonical::{display, parts};
use crate::layers::layer::LayerId;
use crate::layers::reason;
use crate::origin::Origin;
use crate::read::snapshot::{Args, FlagState, Snapshot};
use crate::schema::flag_def::Form;
use crate::schema::value_kind::ValueKind;
use crate::schema::{FlagSpec, Schema};
use crate::value::set_members;

/// The problems of the struct `rejected`, which the program's rules rejected for these reasons.
///
/// A reason may quote any flag. One that quotes a secret's value is withheld entirely: masking a short value
/// inside a text would show where it occurs, and so what it is. A secret's default is not protected: it is in
/// the program's own text.
pub(crate) fn rule_problems(
    schema: &Schema,
    args: &dyn ErasedArgs,
    rejected: &Args,
    states: &[Arc<FlagState>],
    reasons: Vec<String>,
) -> Vec<Problem> {
    if reasons.is_empty() {
        return Vec::new();
    }
    let secrets = secret_texts(schema, args, rejected, states);
    let displayed = |reason: String| {
        if reason::quotes(&reason, &secrets) {
            "a rule rejects them, in words that quote a secret and so are not shown".to_owned()
        } else {
            reason::of_rule(&reason)
        }
    };
    let reasons = reasons.into_iter().map(displayed);
    reasons.map(|reason| Problem::Rule { reason }).collect()
}

/// The problems of derived values that could not be built. A reason that quotes a secret of one of these snapshots
/// is withheld, as that of a rule: a build may quote its previous value.
pub(crate) fn derived_problems(
    schema: &Schema,
    args: &dyn ErasedArgs,
    snapshots: &[&Snapshot],
    failures: Vec<Failure>,
) -> Vec<Problem> {
    let mut secrets = Vec::new();
    for snapshot in snapshots {
        let texts = secret_texts(schema, args, &snapshot.args, &snapshot.states);
        secrets.extend(texts);
    }
    let displayed = |mut failure: Failure| {
        let reason = &mut failure.reason;
        if reason::quotes(reason, &secrets) {
            "it can't be built, in words that quote a secret and so are not shown"
                .clone_into(reason);
        } else {
            *reason = reason::of_rule(reason);
        }
        failure.into()
    };
    failures.into_iter().map(displayed).collect()
}

/// The texts of the secrets in a struct: as they were given, as their types write them, the members of
/// lists, and the keys and values of maps. The values that come from files count as secrets.
fn secret_texts(
    schema: &Schema,
    args: &dyn ErasedArgs,
    rejected: &Args,
    states: &[Arc<FlagState>],
) -> Vec<String> {
    let mut secrets = Vec::new();
    for (flag, ((spec, arg), state)) in schema.iter().zip(states).enumerate() {
        let is_default = state.origin == Origin::Default && state.adjusted.is_none();
        if let Some(contents) = &state.file_contents {
            secrets.extend(contents.iter().map(|file| file.text.clone()));
        } else if is_default || !spec.may_hold_secret(arg) {
            continue;
        }
        let given = state.adjusted.iter().flat_map(|adjusted| &adjusted.given);
        let texts = state.text.iter().chain(given).map(ToString::to_string);
        let value = args.value(flag, rejected);
        if let Some(value) = value {
            secrets.extend(parts(spec, value));
        }
        let written = [Form::Displayed, Form::Canonical]
            .into_iter()
            .filter_map(|form| display(spec, value?, form));
        for text in texts.chain(written) {
            secrets.extend(members(spec, &text));
            secrets.push(text);
        }
    }
    secrets
}

/// The members of the list that a text stands for.
fn members(spec: &FlagSpec, text: &str) -> Vec<String> {
    match (&spec.list, spec.value_kind) {
        (Some(list), _) => list.format.members(text),
        (None, ValueKind::StringSet) => set_members(text),
        (None, _) => Vec::new(),
    }
}

/// A flag whose value differs from its default, and so counts as given.
pub(crate) struct Given {
    pub(crate) origin: Origin,
    /// The source's layer that decides its value, if one does.
    pub(crate) layer: Option<LayerId>,
}

impl Given {
    /// Whether it was given after clap parsed the command line.
    fn is_late(&self) -> bool {
        matches!(self.origin, Origin::Source { .. } | Origin::Override)
    }

    /// Whether both come from the same source, or both are overrides.
    fn is_from_same(&self, other: &Self) -> bool {
        match (&self.layer, &other.layer) {
            (None, None) => self.is_late() && self.origin == other.origin,
            (one, other) => one == other,
        }
    }
}

/// The relations between arguments that a set of flags violates.
///
/// A combination that the command line alone gave is not checked: clap has accepted it. An exclusive
/// argument conflicts only with other flags of the same source.
pub(crate) fn broken_relations(
    schema: &Schema,
    given: impl Fn(usize) -> Option<Given>,
) -> Vec<Problem> {
    let problem = |flag: usize, one: &Given, other_flag: usize, other: &Given| {
        Some(Problem::Conflict {
            flag: schema.flags.get(flag)?.name.clone(),
            origin: one.origin.clone(),
            other: schema.flags.get(other_flag)?.name.clone(),
            other_origin: other.origin.clone(),
        })
    };
    let mut problems = Vec::new();
    for (flag, other_flag) in &schema.relations.conflicts {
        if let (Some(one), Some(other)) = (given(*flag), given(*other_flag))
            && (one.is_late() || other.is_late())
        {
            problems.extend(problem(*flag, &one, *other_flag, &other));
        }
    }
    for flag in &schema.relations.exclusive {
        let Some(exclusive) = given(*flag).filter(Given::is_late) else {
            continue;
        };
        let depth = |flag: usize| schema.flags.get(flag).map(|spec| spec.def.depth);
        let mut others =
            (0..schema.flags.len()).filter(|other| other != flag && depth(*other) == depth(*flag));
        let other = others.find_map(|other| {
            let given = given(other)?;
            exclusive.is_from_same(&given).then_some((other, given))
        });
        if let Some((other_flag, other)) = other {
            problems.extend(problem(*flag, &exclusive, other_flag, &other));
        }
    }
    problems
}
