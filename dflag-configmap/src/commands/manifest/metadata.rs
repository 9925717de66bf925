//! Metadata: what the API server rejects in it, and what it reads otherwise than a person meant.

use super::config_map::Remark;
use super::fields::{Field, Fields};
use super::objects::{TEMPLATE, template};
use super::position::Position;
use super::scalar::Scalar;
use super::tree::{Tree, Value};
use crate::commands::syntax::{
    LABEL_VALUE, NAME, NAMESPACE, QUALIFIED_NAME, is_beginning_of_name, is_label_value, is_name,
    is_namespace, is_qualified_name,
};
use crate::commands::unusable::Unusable;
use crate::escape::Escaped;

/// The fields that are texts.
const TEXTS: [&str; 8] = [
    "name",
    "generateName",
    "namespace",
    "selfLink",
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "deletionTimestamp",
];

/// The fields that are integers.
const INTEGERS: [&str; 2] = ["generation", "deletionGracePeriodSeconds"];

/// The fields that are lists, whose members the API server alone judges.
const LISTS: [&str; 3] = ["ownerReferences", "finalizers", "managedFields"];

/// The fields that are maps.
const MAPS: [&str; 2] = ["labels", "annotations"];

/// The most bytes that the keys and values of annotations have together.
const MAX_ANNOTATIONS: usize = 256 << 10;

/// The metadata of a ConfigMap.
#[derive(Debug)]
pub(super) struct Metadata<'a> {
    tree: &'a Tree,
    pub(super) problems: Vec<Remark>,
    pub(super) warnings: Vec<Remark>,
}

impl<'a> Metadata<'a> {
    /// Judges the metadata of an object with these fields, which begins at `start`.
    pub(super) fn of(tree: &'a Tree, object: &Fields, start: Position) -> Result<Self, Unusable> {
        let mut metadata = Self {
            tree,
            problems: Vec::new(),
            warnings: Vec::new(),
        };
        let at = object.get("metadata").map_or(start, |field| field.at);
        let fields = metadata.map(object, "metadata", "metadata")?;
        metadata.check_name(&fields, at);
        for field in fields.iter() {
            metadata.check_type(field);
        }
        metadata.check_namespace(&fields);
        metadata.check_labels(&fields)?;
        metadata.check_annotations(&fields)?;
        Ok(metadata)
    }

    fn check_type(&mut self, field: &Field) {
        let name = &*field.key;
        let value = self.tree.value(field.value);
        let scalar = value.and_then(Value::scalar);
        let is_null = scalar == Some(Scalar::Null);
        let path = format!("metadata.{}", Escaped(name));
        if TEXTS.contains(&name) {
            self.text(field, &path, &path);
        } else if INTEGERS.contains(&name) {
            if !is_null && !matches!(scalar, Some(Scalar::Integer(_))) {
                self.problem(
                    field.at,
                    format!("`{path}` is not an integer, and the API server rejects it"),
                );
            }
        } else if LISTS.contains(&name) {
            if !is_null && !matches!(value, Some(Value::List(_))) {
                self.problem(
                    field.at,
                    format!("`{path}` is not a list, and the API server rejects it"),
                );
            }
        } else if !MAPS.contains(&name) {
            self.warnings.push(Remark {
                at: field.at,
                key: None,
                message: format!(
                    "`metadata` has no field `{}`, which has no effect here; kubectl rejects it",
                    Escaped(name)
                ),
            });
        }
    }

    fn check_name(&mut self, fields: &Fields, at: Position) {
        let is_given = |field: &str| fields.get(field).filter(|field| !self.is_absent(field));
        if let Some(field) = is_given("name") {
            if let Some(name) = self.tree.text(field.value).filter(|name| !is_name(name)) {
                self.invalid(field.at, "metadata.name", name, "name of a ConfigMap", NAME);
            }
        } else if let Some(field) = is_given("generateName") {
            let name = self.tree.text(field.value);
            if let Some(name) = name.filter(|name| !is_beginning_of_name(name)) {
                self.invalid(
                    field.at,
                    "metadata.generateName",
                    name,
                    "beginning of a ConfigMap's name",
                    NAME,
                );
            }
        } else {
            self.problem(
                at,
                "the ConfigMap has no name, and the API server rejects it: write it to `metadata.name`".to_owned(),
            );
        }
    }

    fn check_namespace(&mut self, fields: &Fields) {
        let Some(field) = fields.get("namespace") else {
            return;
        };
        let namespace = self.tree.text(field.value).unwrap_or_default();
        if !namespace.is_empty() && !is_namespace(namespace) {
            self.invalid(
                field.at,
                "metadata.namespace",
                namespace,
                "namespace of Kubernetes",
                NAMESPACE,
            );
        }
    }

    fn check_labels(&mut self, fields: &Fields) -> Result<(), Unusable> {
        for field in self.map(fields, "labels", "metadata.labels")?.iter() {
            self.check_key(field, "metadata.labels", is_qualified_name(&field.key));
            let path = format!("metadata.labels.{}", field.key);
            if let Some(value) = self.text(field, &path, "metadata.labels")
                && !is_label_value(value)
            {
                self.invalid(field.at, &path, value, "value of a label", LABEL_VALUE);
            }
        }
        Ok(())
    }

    fn check_annotations(&mut self, fields: &Fields) -> Result<(), Unusable> {
        let annotations = self.map(fields, "annotations", "metadata.annotations")?;
        let mut size = 0;
        for field in annotations.iter() {
            // Their case does not matter to the API server.
            let is_valid = is_qualified_name(&field.key.to_lowercase());
            self.check_key(field, "metadata.annotations", is_valid);
            let path = format!("metadata.annotations.{}", field.key);
            let value = self.text(field, &path, "metadata.annotations");
            size += field.key.len() + value.map_or(0, str::len);
        }
        if let Some(field) = fields.get("annotations").filter(|_| size > MAX_ANNOTATIONS) {
            self.problem(
                field.at,
                format!("the annotations have {size} bytes together, and may have {MAX_ANNOTATIONS} (256 KiB)"),
            );
        }
        Ok(())
    }

    /// The fields of a map, none of `null`.
    fn map(&mut self, fields: &Fields, name: &str, path: &str) -> Result<Fields, Unusable> {
        let Some(field) = fields.get(name) else {
            return Ok(Fields::default());
        };
        if self.tree.is_template(field.value) {
            return Err(template(self.tree, field.value));
        }
        match self.tree.value(field.value) {
            Some(Value::Map(_)) => {}
            Some(value) if value.scalar() == Some(Scalar::Null) => return Ok(Fields::default()),
            _ => {
                self.problem(
                    field.at,
                    format!("`{path}` is not a map, and the API server rejects it"),
                );
                return Ok(Fields::default());
            }
        }
        let members = Fields::of(self.tree, field.value)?;
        for duplicate in &members.duplicates {
            let path = format!("{path}.{}", duplicate.key);
            self.problem(
                duplicate.at,
                format!("`{}`: {}", Escaped(path), duplicate.message()),
            );
        }
        if let Some(member) = members
            .iter()
            .find(|member| self.tree.is_template(member.value))
        {
            return Err(template(self.tree, member.value));
        }
        Ok(members)
    }

    /// The text of a field. Anything else is a problem, but for `null`, which counts as an absent text.
    fn text(&mut self, field: &Field, path: &str, path_of_type: &str) -> Option<&'a str> {
        let text = self.tree.text(field.value);
        if text.is_some() {
            return text;
        }
        let scalar = self.tree.value(field.value).map(Value::scalar);
        let path = Escaped(path);
        match scalar {
            Some(Some(Scalar::Null)) => {}
            Some(Some(scalar)) => {
                let (what, json_type) = (scalar.described(), scalar.json_type());
                self.problem(
                    field.at,
                    format!(
                        "`{path}` is {what}, which the API server rejects (\"cannot unmarshal {json_type} into Go \
                         struct field ObjectMeta.{path_of_type} of type string\"); quote it"
                    ),
                );
            }
            _ => self.problem(
                field.at,
                format!("`{path}` is not a text, and the API server rejects it"),
            ),
        }
        None
    }

    /// A key of a label or an annotation.
    fn check_key(&mut self, field: &Field, path: &str, is_valid: bool) {
        if let Some(written) = &field.written {
            let message = format!(
                "Kubernetes reads the unquoted key `{}` of `{path}` as `{}`; quote it",
                Escaped(written),
                Escaped(&field.key)
            );
            self.problem(field.at, message);
        }
        if !is_valid {
            self.invalid(field.at, path, &field.key, "key there", QUALIFIED_NAME);
        }
    }

    fn is_absent(&self, field: &Field) -> bool {
        let scalar = self.tree.value(field.value).and_then(Value::scalar);
        scalar == Some(Scalar::Null) || self.tree.text(field.value) == Some("")
    }

    /// A problem with a text, which is no secret.
    fn invalid(&mut self, at: Position, path: &str, text: &str, what: &str, valid: &str) {
        let (path, shown) = (Escaped(path), Escaped(text));
        self.problem(
            at,
            if text.contains("{{") {
                format!("`{path}`: `{shown}` is no {what}: {TEMPLATE}")
            } else {
                format!("`{path}`: `{shown}` is no {what}: write {valid}")
            },
        );
    }

    fn problem(&mut self, at: Position, message: String) {
        self.problems.push(Remark {
            at,
            key: None,
            message,
        });
    }
}
