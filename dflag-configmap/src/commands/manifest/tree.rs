//! Trees: a document of YAML or JSON with the position of each node.

use std::collections::HashMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Tag};

use super::position::Position;
use super::scalar::Scalar;
use super::source::Source;
use crate::commands::unusable::Unusable;

/// A document. Nodes are in the order of the text, and an alias is the number of the node that it stands for.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
}

/// The number of a node in its tree. The root is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NodeId(usize);

/// A node.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) at: Position,
    pub(crate) value: Value,
}

/// The value of a node.
#[derive(Debug)]
pub(crate) enum Value {
    Scalar {
        text: String,
        /// Whether it is written without quotes, and so may be something other than a text.
        plain: bool,
        /// The name of the core type that a tag such as `!!str` names, or an empty one for any other tag.
        tag: Option<String>,
    },
    List(Vec<NodeId>),
    /// Keys and values in turn.
    Map(Vec<NodeId>),
    Alias(NodeId),
}

impl Tree {
    /// The documents of a text.
    pub(crate) fn read_all(source: &Source<'_>) -> Result<Vec<Self>, Unusable> {
        let position = |marker: &Marker| source.position(marker.line(), marker.col());
        let mut documents = Vec::new();
        let mut builder = Builder::default();
        for event in Parser::new_from_str(source.text()) {
            let (event, span) = event.map_err(|error| {
                let message = format!("invalid YAML: {}", error.info());
                Unusable::at(position(error.marker()), message)
            })?;
            match event {
                Event::DocumentStart(_) => builder = Builder::default(),
                Event::DocumentEnd => {
                    let document = std::mem::take(&mut builder).tree;
                    if !document.nodes.is_empty() {
                        documents.push(document);
                    }
                }
                event => builder.add(event, position(&span.start))?,
            }
        }
        Ok(documents)
    }

    pub(crate) fn root(&self) -> Option<NodeId> {
        (!self.nodes.is_empty()).then_some(NodeId(0))
    }

    /// The node, or the one that an alias stands for.
    pub(crate) fn value(&self, id: NodeId) -> Option<&Value> {
        match self.node(id).map(|node| &node.value) {
            Some(Value::Alias(other)) => self.node(*other).map(|node| &node.value),
            value => value,
        }
    }

    /// Where the node is written. Of an alias, it is where the alias is.
    pub(crate) fn position(&self, id: NodeId) -> Position {
        self.node(id).map(|node| node.at).unwrap_or_default()
    }

    /// The text of a scalar that is one.
    pub(crate) fn text(&self, id: NodeId) -> Option<&str> {
        match self.value(id)? {
            value @ Value::Scalar { text, .. } if value.scalar() == Some(Scalar::Text) => {
                Some(text)
            }
            _ => None,
        }
    }

    /// The keys and values of a map.
    pub(crate) fn map(&self, id: NodeId) -> Option<&[NodeId]> {
        match self.value(id)? {
            Value::Map(children) => Some(children),
            _ => None,
        }
    }

    /// The members of a list.
    pub(crate) fn list(&self, id: NodeId) -> Option<&[NodeId]> {
        match self.value(id)? {
            Value::List(members) => Some(members),
            _ => None,
        }
    }

    /// Whether it is the unquoted key `<<`, whose value is merged into the map.
    pub(crate) fn is_merge_key(&self, id: NodeId) -> bool {
        let value = self.node(id).map(|node| &node.value);
        matches!(value, Some(Value::Scalar { text, plain, tag }) if text == "<<"
            && (tag.as_deref() == Some("merge") || (*plain && tag.is_none())))
    }

    /// Whether it is `{{ … }}`, which is a map whose key is a map.
    pub(crate) fn is_template(&self, id: NodeId) -> bool {
        let (Some([key, ..]), Some(outer)) = (self.map(id), self.node(id)) else {
            return false;
        };
        let inner = self.position(*key);
        self.map(*key).is_some()
            && inner.line == outer.at.line
            && inner.column == outer.at.column + 1
    }

    fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id.0)
    }
}

impl Value {
    /// What Kubernetes reads a scalar as; `None` for a list or a map.
    pub(crate) fn scalar(&self) -> Option<Scalar> {
        let Self::Scalar { text, plain, tag } = self else {
            return None;
        };
        Some(match tag.as_deref() {
            None if *plain => Scalar::of(text),
            Some("bool" | "int" | "float" | "null") => Scalar::of(text),
            _ => Scalar::Text,
        })
    }
}

/// Builds a tree from the parser's events.
#[derive(Default)]
struct Builder {
    tree: Tree,
    /// The lists and maps that have not ended.
    open: Vec<NodeId>,
    anchors: HashMap<usize, NodeId>,
}

impl Builder {
    fn add(&mut self, event: Event<'_>, at: Position) -> Result<(), Unusable> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let value = Value::Scalar {
                    text: text.into_owned(),
                    plain: style == ScalarStyle::Plain,
                    tag: tag.and_then(|tag| core_type(&tag)),
                };
                self.push(at, value, anchor);
            }
            Event::SequenceStart(anchor, _) => {
                let id = self.push(at, Value::List(Vec::new()), anchor);
                self.open.push(id);
            }
            Event::MappingStart(anchor, _) => {
                let id = self.push(at, Value::Map(Vec::new()), anchor);
                self.open.push(id);
            }
            Event::SequenceEnd | Event::MappingEnd => _ = self.open.pop(),
            Event::Alias(anchor) => {
                let target = self.anchors.get(&anchor).copied();
                let target = target.ok_or_else(|| {
                    Unusable::at(at, "an alias of an anchor that this document does not have")
                })?;
                if self.open.contains(&target) {
                    return Err(Unusable::at(at, "an alias inside of what it stands for"));
                }
                self.push(at, Value::Alias(target), 0);
            }
            _ => {}
        }
        Ok(())
    }

    fn push(&mut self, at: Position, value: Value, anchor: usize) -> NodeId {
        let id = NodeId(self.tree.nodes.len());
        let parent = self.open.last();
        if let Some(parent) = parent.and_then(|parent| self.tree.nodes.get_mut(parent.0))
            && let Value::List(children) | Value::Map(children) = &mut parent.value
        {
            children.push(id);
        }
        self.tree.nodes.push(Node { at, value });
        if anchor != 0 {
            self.anchors.insert(anchor, id);
        }
        id
    }
}

/// The name of a core type, such as `str`. go-yaml ignores the tag `!`.
fn core_type(tag: &Tag) -> Option<String> {
    if tag.is_yaml_core_schema() {
        Some(tag.suffix.clone())
    } else {
        (!tag.handle.is_empty()).then(String::new)
    }
}
