//! Listing: what one may see of every flag.

use std::sync::Arc;

use crate::info::{FlagInfo, MASK, PendingRestart};
use crate::schema::{Schema, Spec, possible_values};
use crate::snapshot::{Snapshot, State};

pub(crate) fn list(schema: &Schema, snapshot: &Snapshot) -> Vec<FlagInfo> {
    let flags = schema.flags.iter().zip(&snapshot.states).enumerate();
    flags
        .map(|(flag, (spec, state))| info(schema, flag, spec, state))
        .collect()
}

fn info(schema: &Schema, flag: usize, spec: &Spec, state: &State) -> FlagInfo {
    let arg = schema.arg(flag);
    let owned = |text: &Option<Arc<str>>| text.as_deref().map(str::to_owned);
    let text = owned(&state.text);
    let default = arg.and_then(|arg| default_text(spec, arg));
    let secret = spec.traits.secret;
    let shown = |text: Option<String>| {
        if secret {
            text.map(|_| MASK.to_owned())
        } else {
            text
        }
    };
    let pending = state.wanted != state.text;
    FlagInfo {
        name: spec.name.clone(),
        help: arg
            .and_then(|arg| arg.get_help())
            .map(ToString::to_string)
            .unwrap_or_default(),
        kind: spec.kind(),
        changed: text != default,
        value: shown(text),
        default: shown(default),
        origin: state.origin.clone(),
        pending_restart: pending.then(|| PendingRestart {
            value: shown(owned(&state.wanted)),
        }),
        possible_values: arg.map(possible_values).unwrap_or_default(),
        secret,
        json: spec.json,
        env: arg.and_then(env),
    }
}

fn default_text(spec: &Spec, arg: &clap::Arg) -> Option<String> {
    let defaults = arg.get_default_values();
    if defaults.is_empty() && !spec.traits.many {
        return None;
    }
    let text = spec.join(defaults.iter().map(AsRef::as_ref));
    Some(text.into_owned())
}

fn env(arg: &clap::Arg) -> Option<String> {
    Some(arg.get_env()?.to_string_lossy().into_owned())
}
