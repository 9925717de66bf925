//! Listing: what one may see of every flag.

use crate::info::{Change, FlagInfo, Listing, MASK, PendingRestart};
use crate::names;
use crate::schema::{Schema, Spec, possible_values};
use crate::snapshot::{Snapshot, State};
use crate::{Checksum, FlagKind};

pub(crate) fn listing(schema: &Schema, snapshot: &Snapshot) -> Listing {
    let flags = schema.flags.iter().zip(snapshot.states.iter()).enumerate();
    Listing {
        generation: snapshot.generation,
        checksum_static: checksum(schema, snapshot, FlagKind::Static),
        checksum_dynamic: checksum(schema, snapshot, FlagKind::Dynamic),
        flags: flags
            .map(|(flag, (spec, state))| info(schema, flag, spec, state))
            .collect(),
    }
}

/// The flag that `name` means.
pub(crate) fn flag(schema: &Schema, snapshot: &Snapshot, name: &str) -> Option<FlagInfo> {
    let (flag, spec) = schema.find_spec(name)?;
    Some(info(schema, flag, spec, snapshot.states.get(flag)?))
}

pub(crate) fn pending_restarts(schema: &Schema, snapshot: &Snapshot) -> Vec<PendingRestart> {
    let flags = schema.flags.iter().zip(snapshot.states.iter());
    flags
        .filter_map(|(spec, state)| pending_restart(spec, state))
        .collect()
}

pub(crate) fn checksum(schema: &Schema, snapshot: &Snapshot, kind: FlagKind) -> Checksum {
    let flags = schema.flags.iter().zip(snapshot.states.iter());
    let counted = flags.filter(|(spec, _)| spec.kind() == kind && !spec.traits.secret);
    let pairs = counted.map(|(spec, state)| (spec.name.as_str(), state.text.as_deref()));
    Checksum::of(&pairs.collect::<Vec<_>>())
}

/// What became of the flags that differ between two snapshots.
pub(crate) fn changes(
    schema: &Schema,
    old: &Snapshot,
    new: &Snapshot,
    flags: &[usize],
) -> Vec<Change> {
    let change = |flag: usize| {
        let spec = schema.flags.get(flag)?;
        let text = |snapshot: &Snapshot| {
            let text = snapshot.states.get(flag)?.text.clone()?;
            Some(if spec.traits.secret {
                MASK.into()
            } else {
                text
            })
        };
        Some(Change {
            flag: spec.name.clone(),
            old: text(old),
            new: text(new),
        })
    };
    let mut changes = Vec::with_capacity(flags.len());
    changes.extend(flags.iter().filter_map(|flag| change(*flag)));
    changes
}

fn info(schema: &Schema, flag: usize, spec: &Spec, state: &State) -> FlagInfo {
    let arg = schema.arg(flag);
    let text = state.text.as_deref().map(str::to_owned);
    let default = arg.and_then(|arg| default_text(spec, arg));
    let secret = spec.traits.secret;
    let shown = |text: Option<String>| shown(spec, text);
    FlagInfo {
        name: spec.name.clone(),
        aliases: arg.map(aliases).unwrap_or_default(),
        help: arg
            .and_then(|arg| arg.get_help())
            .map(ToString::to_string)
            .unwrap_or_default(),
        kind: spec.kind(),
        changed: text != default,
        value: shown(text),
        default: shown(default),
        origin: state.origin.clone(),
        pending_restart: pending_restart(spec, state),
        possible_values: arg.map(possible_values).unwrap_or_default(),
        secret,
        json: spec.json,
        many: spec.traits.many,
        env: arg.and_then(env),
    }
}

fn pending_restart(spec: &Spec, state: &State) -> Option<PendingRestart> {
    (state.wanted != state.text).then(|| PendingRestart {
        flag: spec.name.clone(),
        value: shown(spec, state.wanted.as_deref().map(str::to_owned)),
    })
}

/// A text as a list shows it.
fn shown(spec: &Spec, text: Option<String>) -> Option<String> {
    if spec.traits.secret {
        text.map(|_| MASK.to_owned())
    } else {
        text
    }
}

fn default_text(spec: &Spec, arg: &clap::Arg) -> Option<String> {
    let defaults = arg.get_default_values();
    if defaults.is_empty() && !spec.traits.many {
        return None;
    }
    let text = spec.join(&mut defaults.iter().map(AsRef::as_ref));
    Some(text.into_owned())
}

fn aliases(arg: &clap::Arg) -> Vec<String> {
    let id = arg.get_id().as_str();
    let same = |name: &str| names::alike(name, id);
    let mut aliases: Vec<_> = arg.get_all_aliases().into_iter().flatten().collect();
    if !arg.get_long().is_some_and(same) && !aliases.iter().any(|alias| same(alias)) {
        aliases.push(id);
    }
    aliases.into_iter().map(str::to_owned).collect()
}

fn env(arg: &clap::Arg) -> Option<String> {
    Some(arg.get_env()?.to_string_lossy().into_owned())
}
