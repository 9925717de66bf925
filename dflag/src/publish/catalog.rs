//! The catalog: describes the flags of a snapshot.

use std::sync::Arc;
use std::time::Instant;

use clap::Arg;

use crate::fields::erased::ErasedArgs;
use crate::layers::canonical::{canonical, display, is_changed};
use crate::layers::clap_bounds;
use crate::layers::parse::TypedValue;
use crate::listing::checksum::Checksum;
use crate::listing::info::{Change, FlagInfo, LayerInfo, Listing, PendingRestart};
use crate::origin::Origin;
use crate::publish::base::Base;
use crate::read::snapshot::{FlagState, Snapshot};
use crate::schema::bounds::Bounds;
use crate::schema::flag_def::Form;
use crate::schema::flag_spec::possible_values;
use crate::schema::names::alike;
use crate::schema::value_kind::ValueKind;
use crate::schema::{FlagKind, FlagSpec, Schema, environment, help_marks, type_name};
use crate::text::mask::MASK;

/// The inputs of a listing.
pub(crate) struct Catalog<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) args: &'a dyn ErasedArgs,
    pub(crate) base: &'a Base,
    pub(crate) snapshot: &'a Snapshot,
}

impl Catalog<'_> {
    pub(crate) fn listing(&self) -> Listing {
        self.listing_of(&mut (0..self.schema.flags.len()))
    }

    /// A listing with these flags only.
    pub(crate) fn listing_of(&self, flags: &mut dyn Iterator<Item = usize>) -> Listing {
        Listing {
            generation: self.snapshot.generation,
            revision: self.snapshot.revision,
            checksum_static: self.checksum(FlagKind::Static),
            checksum_dynamic: self.checksum(FlagKind::Dynamic),
            flags: flags.filter_map(|flag| self.info(flag)).collect(),
            restart_problems: self.snapshot.restart_problems.clone(),
        }
    }

    /// The flag that `name` names.
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
            let state = self.snapshot.states.get(flag)?;
            let canonical = |text| match &state.adjusted {
                Some(adjusted) if state.file_contents.is_some() => {
                    adjusted.given.as_deref().unwrap_or(text).to_owned().into()
                }
                Some(adjusted) if !adjusted.is_readable => {
                    let given = adjusted.given.as_deref().unwrap_or(text);
                    display(spec, current.value, Form::Canonical)
                        .map_or_else(|| given.to_owned().into(), Into::into)
                }
                _ => canonical(spec, arg, text, current),
            };
            let text = current.text.map(canonical);
            Some((&*spec.name, text))
        }))
    }

    fn current(&self, flag: usize) -> Option<TypedValue<'_>> {
        let state = self.snapshot.states.get(flag)?;
        Some(TypedValue {
            text: state.text.as_deref(),
            file_contents: state.file_contents.as_deref(),
            value: self.args.value(flag, &self.snapshot.args)?,
        })
    }

    fn info(&self, flag: usize) -> Option<FlagInfo> {
        let (spec, arg) = (self.schema.flags.get(flag)?, self.schema.arg(flag)?);
        let (state, base) = (self.snapshot.states.get(flag)?, self.base.states.get(flag)?);
        let text = |text: &Option<Arc<str>>| shown(spec, text.as_deref());
        let bottom = if self.base.is_supplied(flag) {
            // A required one has none.
            let below = spec.default_text(arg).filter(|_| !spec.def.covered);
            shown(spec, below.as_deref()).map(|value| LayerInfo {
                origin: Origin::Default,
                value: Some(value),
            })
        } else {
            Some(LayerInfo {
                origin: base.origin.clone(),
                value: text(&base.text),
            })
        };
        let layers = state.layers.iter().rev().map(|layer| LayerInfo {
            origin: layer.origin.clone(),
            value: text(&layer.text),
        });
        let layers = bottom.into_iter().chain(layers).collect();
        let is_changed = is_changed(spec, arg, self.current(flag)?);
        Some(FlagInfo {
            revision: self.snapshot.revisions.get(flag),
            ..flag_info(spec, arg, state, layers, is_changed)
        })
    }
}

/// Describes a flag in this state.
pub(crate) fn flag_info(
    spec: &FlagSpec,
    arg: &Arg,
    state: &FlagState,
    layers: Vec<LayerInfo>,
    changed: bool,
) -> FlagInfo {
    let metadata = spec.def.metadata.as_ref();
    let bounds = if spec.def.secret {
        Bounds::default()
    } else {
        clap_bounds::bounds(spec, arg).clone()
    };
    FlagInfo {
        name: spec.name.clone(),
        aliases: aliases(arg),
        help: help_marks::help(&spec.def, arg),
        kind: spec.kind(),
        changed,
        revision: 1,
        value: shown(spec, state.text.as_deref()),
        default: shown(spec, spec.default_text(arg).as_deref()),
        origin: state.origin.clone(),
        adjusted: state.adjusted.is_some(),
        layers,
        expiry: state
            .deadline()
            .map(|deadline| deadline.expiry(Instant::now())),
        pending_restart: pending_restart(spec, state),
        possible_values: possible_values(arg),
        secret: spec.def.secret,
        covered: spec.def.covered,
        json: spec.value_kind == ValueKind::Json,
        many: spec.takes_many(),
        arrays: spec.reads_arrays(),
        bytes: spec.value_kind == ValueKind::Bytes,
        optional: spec.def.unset.is_some(),
        env: environment::name(arg),
        type_name: spec.def.type_name.map(type_name::short),
        group: arg.get_help_heading().map(str::to_owned),
        unit: metadata
            .and_then(|metadata| metadata.unit)
            .map(str::to_owned),
        min: bounds.min,
        max: bounds.max,
        min_len: bounds.min_len,
        max_len: bounds.max_len,
        deprecated: spec.def.deprecated().map(str::to_owned),
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

/// The text of a value, masked if the flag is secret.
pub(crate) fn shown(spec: &FlagSpec, text: Option<&str>) -> Option<String> {
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
