//! Descriptions of flags for pages and scripts: names, texts and origins, with secrets masked.

use std::sync::Arc;

use clap::Arg;

use crate::listing::checksum::Checksum;
use crate::origin::Origin;
use crate::read::snapshot::{FlagState, Snapshot};
use crate::schema::flag_spec::possible_values;
use crate::schema::names::alike;
use crate::schema::{FlagKind, FlagSpec, Schema};

/// Replaces a secret's value wherever a value is shown.
pub const MASK: &str = "********";

/// A static flag that would change with a restart: a source wants a value other than the current one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PendingRestart {
    /// The flag's name.
    pub flag: String,
    /// The value that the flag would have, as text; `None` if an optional flag would not be set.
    /// A secret's is [masked](MASK).
    pub value: Option<String>,
}

/// A description of a flag, as in [`Flags::list`](crate::Flags::list). A secret's values are
/// [masked](MASK).
///
/// ```
/// # use clap::Parser;
/// # use dflag::{DynamicFlags, FlagKind, Origin};
/// #[derive(Clone, Parser, DynamicFlags)]
/// struct Args {
///     /// Maximum number of requests in flight.
///     #[arg(long, default_value_t = 3, env = "SERVER_LIMIT")]
///     #[flag(dynamic)]
///     limit: u8,
/// }
///
/// let args = Args::try_parse_dynamic_from(["server", "--limit=5"])?;
/// let limit = args.flag("limit").expect("it is declared above");
/// assert_eq!(limit.kind, FlagKind::Dynamic);
/// assert_eq!(limit.help, "Maximum number of requests in flight");
/// assert_eq!(limit.value.as_deref(), Some("5"));
/// assert_eq!(limit.default.as_deref(), Some("3"));
/// assert_eq!(limit.origin, Origin::CommandLine);
/// assert_eq!(limit.env.as_deref(), Some("SERVER_LIMIT"));
/// # Ok::<(), clap::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct FlagInfo {
    /// The long name, without the leading dashes.
    pub name: String,
    /// The other names by which it can be set: the aliases that the clap argument declares, and its
    /// id if that differs from the name in more than `-` and `_`.
    pub aliases: Vec<String>,
    /// The short help text; empty if there is none.
    pub help: String,
    /// Static or dynamic.
    pub kind: FlagKind,
    /// The current value as text; `None` for an optional flag that is not set.
    /// The values of a list are joined by its delimiter, or by line breaks if it has none.
    pub value: Option<String>,
    /// The default as text; `None` if there is none.
    pub default: Option<String>,
    /// Where the value came from.
    pub origin: Origin,
    /// Whether the value differs from the default.
    pub changed: bool,
    /// For a static flag that would change with a restart: the value it would have.
    pub pending_restart: Option<PendingRestart>,
    /// The valid values if clap knows them all, else empty. Hidden values are left out.
    pub possible_values: Vec<String>,
    /// Whether the flag is secret: its values are masked.
    pub secret: bool,
    /// Whether the value is a JSON text (see `dflag::value::json`).
    pub json: bool,
    /// Whether it takes any number of values.
    pub many: bool,
    /// The environment variable that can set the flag at start-up.
    pub env: Option<String>,
}

/// A consistent snapshot of all flags.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listing {
    /// The generation: the number of the snapshot.
    pub generation: u64,
    /// The digest of the static flags.
    pub checksum_static: Checksum,
    /// The digest of the dynamic flags.
    pub checksum_dynamic: Checksum,
    /// Every flag, in the order of declaration.
    pub flags: Vec<FlagInfo>,
}

/// A flag whose value changed. A secret's values are [masked](MASK).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// The flag's name.
    pub flag: String,
    /// The old value as text; `None` if the flag was not set.
    pub old: Option<Arc<str>>,
    /// The new value as text; `None` if the flag is not set.
    pub new: Option<Arc<str>>,
}

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

/// The flag called `name`.
pub(crate) fn flag(schema: &Schema, snapshot: &Snapshot, name: &str) -> Option<FlagInfo> {
    let (flag, spec) = schema.find(name)?;
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
    let counted = flags.filter(|(spec, _)| spec.kind() == kind && !spec.def.secret);
    Checksum::of(counted.map(|(spec, state)| (spec.name.as_str(), state.text.as_deref())))
}

/// The changes of `flags` between two snapshots.
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
            Some(if spec.def.secret { MASK.into() } else { text })
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

fn info(schema: &Schema, flag: usize, spec: &FlagSpec, state: &FlagState) -> FlagInfo {
    let arg = schema.arg(flag);
    let text = state.text.as_deref().map(str::to_owned);
    let default = arg.and_then(|arg| default_text(spec, arg));
    let secret = spec.def.secret;
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
        many: spec.def.many,
        env: arg.and_then(env),
    }
}

fn pending_restart(spec: &FlagSpec, state: &FlagState) -> Option<PendingRestart> {
    (state.wanted != state.text).then(|| PendingRestart {
        flag: spec.name.clone(),
        value: shown(spec, state.wanted.as_deref().map(str::to_owned)),
    })
}

/// The text of a value, masked if the flag is secret.
fn shown(spec: &FlagSpec, text: Option<String>) -> Option<String> {
    if spec.def.secret {
        text.map(|_| MASK.to_owned())
    } else {
        text
    }
}

fn default_text(spec: &FlagSpec, arg: &Arg) -> Option<String> {
    let defaults = arg.get_default_values();
    if defaults.is_empty() && !spec.def.many {
        return None;
    }
    Some(spec.join(defaults.iter().map(AsRef::as_ref)))
}

fn aliases(arg: &Arg) -> Vec<String> {
    let id = arg.get_id().as_str();
    let same = |name: &str| alike(name, id);
    let mut aliases: Vec<_> = arg.get_all_aliases().into_iter().flatten().collect();
    if !arg.get_long().is_some_and(same) && !aliases.iter().any(|alias| same(alias)) {
        aliases.push(id);
    }
    aliases.into_iter().map(str::to_owned).collect()
}

fn env(arg: &Arg) -> Option<String> {
    Some(arg.get_env()?.to_string_lossy().into_owned())
}
