//! Manifests: reading a ConfigMap from YAML or JSON, as Kubernetes reads it, with the position of each key.

mod config_map;
mod fields;
mod metadata;
mod objects;
mod position;
mod scalar;
mod source;
mod tree;

use config_map::ConfigMap;
use objects::{Objects, TEMPLATE};
pub(crate) use position::Position;
use source::Source;
use tree::Tree;

use super::object_name::ObjectName;
use super::unusable::Unusable;

pub(crate) use config_map::{Entry, Remark};
pub(crate) use objects::RENDER;

/// The ConfigMap of a manifest, which `wanted` chooses if there are several.
pub(crate) fn read(bytes: &[u8], wanted: Option<&ObjectName>) -> Result<ConfigMap, Unusable> {
    let source = Source::new(bytes)?;
    let documents = Tree::read_all(&source).map_err(|mut unusable| {
        if source.text().contains("{{") {
            unusable.message = format!("{}; {TEMPLATE}", unusable.message);
        }
        unusable
    })?;
    ConfigMap::read(Objects::of(&documents)?.choose(wanted)?)
}
