//! Flags as a page or a script sees them: names, texts and origins, with secrets masked.

use std::iter::once;
use std::sync::Arc;

use clap::Arg;

use crate::fields::erased::ErasedArgs;
use crate::layers::canonical::{TypedValue, canonical, is_changed};
use crate::listing::checksum::Checksum;
use crate::origin::Origin;
use crate::read::snapshot::{FlagState, Snapshot};
use crate::schema::flag_spec::{ValueKind, possible_values};
use crate::schema::names::alike;
use crate::schema::{FlagKind, FlagSpec, Schema};

/// Stands in place of a secret's value.
pub const MASK: &str = "********";

/// A static flag that would change with a restart: a source wants another value than the one that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct PendingRestart {
    /// The flag's name.
    pub flag: String,
    /// The value that the flag would have, as text; `None` where an optional flag would not be set.
    /// A secret's is [masked](MASK).
    pub value: Option<String>,
}

/// A flag as [`Flags::list`](crate::Flags::list) shows it. A secret's values are [masked](MASK).
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct FlagInfo {
    /// The long name, without the dashes in front.
    pub name: String,
    /// The other names by which it can be set: the aliases that the clap argument declares, and its
    /// id, where that differs from the name in more than `-` and `_`.
    pub aliases: Vec<String>,
    /// The help text; empty where there is none.
    pub help: String,
    /// Static or dynamic.
    pub kind: FlagKind,
    /// The current value as text; `None` for an optional flag that is not set.
    /// The values of a list are joined by its delimiter, or by line breaks if it has none.
    pub value: Option<String>,
    /// The default as text; `None` where there is none.
    pub default: Option<String>,
    /// Where the value came from.
    pub origin: Origin,
    /// Whether the value differs from the default. Values are compared, not their texts, where the
    /// type has [`PartialEq`].
    pub changed: bool,
    /// What each layer that has a value for the flag says, from the bottom up: the base, then sources
    /// and the override. Layers above and beneath the one that decides are listed as well.
    pub layers: Vec<LayerInfo>,
    /// For a static flag that would change with a restart: the value it would have.
    pub pending_restart: Option<PendingRestart>,
    /// The valid values, where clap knows them all; empty where it does not.
    pub possible_values: Vec<String>,
    /// Whether the value is never shown.
    pub secret: bool,
    /// Whether the value is a JSON text (see `dflag::value::json`).
    pub json: bool,
    /// Whether it takes any number of values.
    pub many: bool,
    /// The environment variable that can set the flag at start-up.
    pub env: Option<String>,
}

/// What one layer says of a flag.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct LayerInfo {
    /// Where the value comes from.
    pub origin: Origin,
    /// The value as text; `None` if the layer leaves an optional flag unset. A secret's is
    /// [masked](MASK).
    pub value: Option<String>,
}

/// A consistent snapshot of all flags.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Listing {
    /// The number of the snapshot.
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
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Change {
    /// The flag's name.
    pub flag: String,
    /// The value before, as text; `None` if the flag was not set.
    pub old: Option<Arc<str>>,
    /// The value now, as text; `None` if the flag is not set.
    pub new: Option<Arc<str>>,
}

/// Everything that a listing is made from.
pub(crate) struct Catalog<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) args: &'a dyn ErasedArgs,
    /// What the command line, the environment and the defaults gave, by flag.
    pub(crate) base: &'a [FlagState],
    pub(crate) snapshot: &'a Snapshot,
}

impl Catalog<'_> {
    pub(crate) fn listing(&self) -> Listing {
        Listing {
            generation: self.snapshot.generation,
            checksum_static: self.checksum(FlagKind::Static),
            checksum_dynamic: self.checksum(FlagKind::Dynamic),
            flags: (0..self.schema.flags.len())
                .filter_map(|flag| self.info(flag))
                .collect(),
        }
    }

    /// The flag called `name`.
    pub(crate) fn flag(&self, name: &str) -> Option<FlagInfo> {
        let (flag, _) = self.schema.find(name)?;
        self.info(flag)
    }

    pub(crate) fn pending_restarts(&self) -> Vec<PendingRestart> {
        let flags = self.schema.flags.iter().zip(&self.snapshot.states);
        flags
            .filter_map(|(spec, state)| pending_restart(spec, state))
            .collect()
    }

    pub(crate) fn checksum(&self, kind: FlagKind) -> Checksum {
        let flags = self.schema.iter().enumerate();
        let counted = flags.filter(|(_, (spec, _))| spec.kind() == kind && !spec.def.secret);
        Checksum::of(counted.filter_map(|(flag, (spec, arg))| {
            let current = self.current(flag)?;
            let canonical = |text| canonical(spec, arg, text, current.value);
            Some((&*spec.name, current.text.map(canonical)))
        }))
    }

    fn current(&self, flag: usize) -> Option<TypedValue<'_>> {
        Some(TypedValue {
            text: self.snapshot.states.get(flag)?.text.as_deref(),
            value: self.args.value(flag, &self.snapshot.args)?,
        })
    }

    fn info(&self, flag: usize) -> Option<FlagInfo> {
        let (spec, arg) = (self.schema.flags.get(flag)?, self.schema.arg(flag)?);
        let (state, base) = (self.snapshot.states.get(flag)?, self.base.get(flag)?);
        let text = |text: &Option<Arc<str>>| shown(spec, text.as_deref());
        let layer = |origin: &Origin, value: &Option<Arc<str>>| LayerInfo {
            origin: origin.clone(),
            value: text(value),
        };
        let bottom = layer(&base.origin, &base.text);
        let layers = state.layers.iter();
        let layers = layers.map(|(origin, value)| layer(origin, value));
        Some(FlagInfo {
            name: spec.name.clone(),
            aliases: aliases(arg),
            help: arg.get_help().map(ToString::to_string).unwrap_or_default(),
            kind: spec.kind(),
            changed: is_changed(spec, arg, self.current(flag)?),
            value: text(&state.text),
            default: shown(spec, spec.default_text(arg).as_deref()),
            origin: state.origin.clone(),
            layers: once(bottom).chain(layers).collect(),
            pending_restart: pending_restart(spec, state),
            possible_values: possible_values(arg),
            secret: spec.def.secret,
            json: spec.value_kind == ValueKind::Json,
            many: spec.list.is_some(),
            env: env(arg),
        })
    }
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
    flags.iter().filter_map(|flag| change(*flag)).collect()
}

fn pending_restart(spec: &FlagSpec, state: &FlagState) -> Option<PendingRestart> {
    let pending = state.pending.as_ref()?;
    Some(PendingRestart {
        flag: spec.name.clone(),
        value: shown(spec, pending.text.as_deref()),
    })
}

/// A value as a listing shows it.
fn shown(spec: &FlagSpec, text: Option<&str>) -> Option<String> {
    let shown = |text| if spec.def.secret { MASK } else { text };
    text.map(|text| shown(text).to_owned())
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
