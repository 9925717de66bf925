//! Objects: which ConfigMaps a manifest has, and the one that is chosen.

use super::fields::{Field, Fields};
use super::position::Position;
use super::scalar::Scalar;
use super::tree::{NodeId, Tree, Value};
use crate::commands::object_name::ObjectName;
use crate::commands::unusable::Unusable;
use crate::escape::Escaped;

/// A ConfigMap whose data is not read yet.
#[derive(Debug)]
pub(crate) struct Object<'a> {
    pub(crate) tree: &'a Tree,
    pub(crate) fields: Fields,
    pub(crate) name: ObjectName,
    /// Where it begins.
    pub(crate) start: Position,
}

/// The objects of a manifest.
#[derive(Debug, Default)]
pub(crate) struct Objects<'a> {
    config_maps: Vec<Object<'a>>,
    /// The kinds of the others, each once.
    others: Vec<String>,
    /// The first object whose kind or version is no text.
    untyped: Option<Unusable>,
}

impl<'a> Objects<'a> {
    pub(crate) fn of(documents: &'a [Tree]) -> Result<Self, Unusable> {
        let mut objects = Self::default();
        for tree in documents {
            if let Some(root) = tree.root() {
                objects.add(tree, root, None)?;
            }
        }
        Ok(objects)
    }

    /// The ConfigMap that is wanted, or the only one.
    pub(crate) fn choose(self, wanted: Option<&ObjectName>) -> Result<Object<'a>, Unusable> {
        let names: Vec<String> = self
            .config_maps
            .iter()
            .map(|object| match object.name.to_string() {
                name if name.is_empty() => "one without a name".to_owned(),
                name => format!("`{}`", Escaped(name)),
            })
            .collect();
        let names = names.join(", ");
        let is_wanted =
            |object: &Object<'_>| wanted.is_none_or(|wanted| wanted.selects(&object.name));
        let mut chosen: Vec<Object<'a>> = self.config_maps.into_iter().filter(is_wanted).collect();
        if chosen.len() > 1
            && let Some(wanted) = wanted
            && chosen.iter().any(|object| object.name == *wanted)
        {
            chosen.retain(|object| object.name == *wanted);
        }
        if names.is_empty()
            && let Some(untyped) = self.untyped
        {
            return Err(untyped);
        }
        let several = chosen.len() > 1;
        match (chosen.pop(), wanted) {
            (Some(object), _) if !several => Ok(object),
            (Some(_), None) => Err(Unusable::new(format!(
                "the manifest has several ConfigMaps: choose one with --config-name, of {names}"
            ))),
            (Some(_), Some(wanted)) => Err(Unusable::new(format!(
                "the manifest has several ConfigMaps of the name `{wanted}`: of {names}, \
                 name one by NAMESPACE/NAME, or remove the others"
            ))),
            (None, Some(wanted)) if !names.is_empty() => Err(Unusable::new(format!(
                "the manifest has no ConfigMap `{wanted}`, but {names}"
            ))),
            (None, _) if self.others.is_empty() => {
                Err(Unusable::new("the manifest has no ConfigMap"))
            }
            (None, _) => Err(Unusable::new(format!(
                "the manifest has no ConfigMap, but {}{}",
                self.others.join(", "),
                remedy(&self.others)
            ))),
        }
    }

    /// Adds an object, or the members of a list. Those of a `ConfigMapList` need no kind.
    fn add(
        &mut self,
        tree: &'a Tree,
        object: NodeId,
        kind_in_list: Option<&str>,
    ) -> Result<(), Unusable> {
        if tree.map(object).is_none() {
            return Ok(());
        }
        if tree.is_template(object) {
            return Err(template(tree, object));
        }
        let fields = Fields::of(tree, object)?;
        for name in ["kind", "apiVersion"] {
            let field = fields
                .get(name)
                .filter(|field| tree.text(field.value).is_none());
            if let Some(field) = field {
                self.untyped.get_or_insert_with(|| not_a_text(tree, field));
            }
        }
        let kind = fields
            .text(tree, "kind")
            .or(kind_in_list)
            .unwrap_or_default();
        let version = fields.text(tree, "apiVersion");
        let is_core = version == Some("v1") || (version.is_none() && kind_in_list.is_some());
        match kind {
            "ConfigMap" if is_core => {
                let name = name(tree, &fields)?;
                self.config_maps.push(Object {
                    tree,
                    fields,
                    name,
                    start: tree.position(object),
                });
            }
            "List" | "ConfigMapList" if is_core && kind_in_list.is_none() => {
                let of_list = if kind == "List" { "" } else { "ConfigMap" };
                let items = fields.get("items").and_then(|items| tree.list(items.value));
                for item in items.unwrap_or_default() {
                    self.add(tree, *item, Some(of_list))?;
                }
            }
            kind => {
                let kind = match kind {
                    "" => "an object without a kind".to_owned(),
                    kind => format!("`{}`", Escaped(kind)),
                };
                if !self.others.contains(&kind) {
                    self.others.push(kind);
                }
            }
        }
        Ok(())
    }
}

fn name(tree: &Tree, fields: &Fields) -> Result<ObjectName, Unusable> {
    let Some(metadata) = fields.get("metadata") else {
        return Ok(ObjectName::new(None, String::new()));
    };
    let metadata = Fields::of(tree, metadata.value)?;
    for field in metadata.iter() {
        if tree.is_template(field.value) {
            return Err(template(tree, field.value));
        }
    }
    // A name that YAML reads as another type, for lack of quotes, is a problem and still names the object.
    let text = |key: &str| match tree.value(metadata.get(key)?.value)? {
        value @ Value::Scalar { text, .. } if value.scalar() != Some(Scalar::Null) => {
            Some(text.clone())
        }
        _ => None,
    };
    let name = text("name").or_else(|| text("generateName"));
    Ok(ObjectName::new(text("namespace"), name.unwrap_or_default()))
}

/// The error for a kind or version that is no text.
fn not_a_text(tree: &Tree, field: &Field) -> Unusable {
    let scalar = tree.value(field.value).and_then(Value::scalar);
    let what = scalar.map_or("no text", Scalar::described);
    let name = &field.key;
    Unusable::at(
        field.at,
        format!(
            "`{name}` is {what}, which the API server rejects; a ConfigMap has `apiVersion: v1` and `kind: ConfigMap`"
        ),
    )
}

/// What makes ConfigMaps of such objects.
fn remedy(kinds: &[String]) -> &'static str {
    let has = |wanted: &str| kinds.iter().any(|kind| kind == wanted);
    if has("`ConfigMap`") {
        " of another version: write `apiVersion: v1`"
    } else if has("`Kustomization`") {
        ": check what `kubectl kustomize` prints"
    } else {
        ""
    }
}

/// The error for a template that was not rendered.
pub(crate) fn template(tree: &Tree, at: NodeId) -> Unusable {
    Unusable::at(tree.position(at), TEMPLATE)
}

/// The error for a template.
pub(crate) const TEMPLATE: &str =
    "`{{ … }}` is a template: render it first, and check what `helm template` prints";

/// What to do about a template.
pub(crate) const RENDER: &str = "render it first, and check what `helm template` prints";
