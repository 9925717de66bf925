//! Fields: the keys and values of a map, as Kubernetes reads it.

use std::collections::HashMap;

use super::position::Position;
use super::scalar::Scalar;
use super::tree::{NodeId, Tree, Value};
use crate::commands::unusable::Unusable;

/// The most fields that the maps merged into one map have together. A few aliases can stand for millions.
const MAX_MERGED: usize = 100_000;

/// The deepest nesting of maps that are merged.
const MAX_DEPTH: usize = 64;

/// The fields of a map, in the order of their keys' first occurrence.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    list: Vec<Field>,
    by_key: HashMap<String, usize>,
    /// Keys that the map has twice. The later value counts.
    pub(crate) duplicates: Vec<Duplicate>,
    merged: usize,
}

/// A key and its value.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    /// The key as Kubernetes reads it.
    pub(crate) key: String,
    /// If the key is not what the manifest has, because it is unquoted: what it has.
    pub(crate) written: Option<String>,
    /// Where the key is written.
    pub(crate) at: Position,
    pub(crate) value: NodeId,
}

/// A key that a map has twice.
#[derive(Debug)]
pub(crate) struct Duplicate {
    pub(crate) key: String,
    first: Position,
    pub(crate) at: Position,
}

impl Duplicate {
    pub(crate) fn message(&self) -> String {
        format!(
            "the key is in line {} already, whose value this one replaces; remove one of them",
            self.first.line
        )
    }
}

impl Fields {
    /// The fields of a map; none of anything else.
    pub(crate) fn of(tree: &Tree, map: NodeId) -> Result<Self, Unusable> {
        let mut fields = Self::default();
        fields.add(tree, map, 0)?;
        Ok(fields)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Field> {
        self.list.iter()
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Field> {
        self.list.get(*self.by_key.get(key)?)
    }

    /// The text of a field, if it has one.
    pub(crate) fn text<'a>(&self, tree: &'a Tree, key: &str) -> Option<&'a str> {
        tree.text(self.get(key)?.value)
    }

    /// Adds the fields of a map, and of those that it merges, each in its place, as go-yaml does.
    fn add(&mut self, tree: &Tree, map: NodeId, depth: usize) -> Result<(), Unusable> {
        let mut own: HashMap<String, Position> = HashMap::new();
        for pair in tree.map(map).unwrap_or_default().chunks_exact(2) {
            let [key, value] = *pair else { continue };
            if tree.is_merge_key(key) {
                self.merge(tree, value, depth + 1)?;
                continue;
            }
            let field = field(tree, key, value)?;
            if let Some(first) = own.insert(field.key.clone(), field.at) {
                self.duplicates.push(Duplicate {
                    key: field.key.clone(),
                    first,
                    at: field.at,
                });
            }
            if depth > 0 {
                self.merged += 1;
            }
            self.set(field);
        }
        Ok(())
    }

    /// Merges a map or a list of maps, of which the first takes precedence.
    fn merge(&mut self, tree: &Tree, value: NodeId, depth: usize) -> Result<(), Unusable> {
        let at = tree.position(value);
        if depth > MAX_DEPTH || self.merged > MAX_MERGED {
            return Err(Unusable::at(
                at,
                "too many merged maps; write their keys instead",
            ));
        }
        match tree.value(value) {
            Some(Value::Map(_)) => self.add(tree, value, depth),
            Some(Value::List(maps)) => {
                for map in maps.iter().rev() {
                    if tree.map(*map).is_none() {
                        return Err(not_a_map(tree.position(*map)));
                    }
                    self.merged += 1;
                    self.merge(tree, *map, depth)?;
                }
                Ok(())
            }
            _ => Err(not_a_map(at)),
        }
    }

    fn set(&mut self, field: Field) {
        if let Some(index) = self.by_key.get(&field.key) {
            if let Some(place) = self.list.get_mut(*index) {
                *place = field;
            }
        } else {
            self.by_key.insert(field.key.clone(), self.list.len());
            self.list.push(field);
        }
    }
}

fn field(tree: &Tree, key: NodeId, value: NodeId) -> Result<Field, Unusable> {
    let at = tree.position(key);
    let Some(Value::Scalar { text, .. }) = tree.value(key) else {
        return Err(Unusable::at(
            at,
            "a key that is a list or a map, and not a text",
        ));
    };
    let scalar = tree
        .value(key)
        .and_then(Value::scalar)
        .unwrap_or(Scalar::Text);
    let Some(read) = scalar.as_key(text) else {
        let what = scalar.described();
        return Err(Unusable::at(
            at,
            format!("a key that is {what}, and not a text: quote it"),
        ));
    };
    Ok(Field {
        written: (read != *text).then(|| text.clone()),
        key: read,
        at,
        value,
    })
}

fn not_a_map(at: Position) -> Unusable {
    Unusable::at(at, "`<<` merges maps, and this is none")
}
