//! Accepting: parses the texts of a proposal into a copy of the stack, or returns everything that is
//! wrong with them. The stack itself is not changed.

use std::sync::Arc;

use crate::error::Problem;
use crate::layers::edit::Edit;
use crate::layers::layer::{Content, Layer, LayerEntry, OnInvalid};
use crate::layers::parse::Parser;
use crate::layers::resolve::{Named, Resolved, duplicate, resolve};
use crate::layers::stack::{LayerStack, LayerValue, SourceLayer};
use crate::origin::Origin;
use crate::schema::{FlagKind, Schema};

pub(crate) struct Accept<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) parser: &'a mut Parser,
}

/// A layer that can be published if every rule across flags passes.
pub(crate) struct Accepted {
    /// All layers, with this one replaced or added.
    pub(crate) stack: LayerStack,
    /// Keys that name no flag.
    pub(crate) unknown: Vec<Problem>,
    /// Invalid keys of a layer that keeps its valid ones.
    pub(crate) rejected: Vec<Problem>,
}

/// Everything that is wrong with a proposal.
pub(crate) struct Rejection {
    pub(crate) problems: Vec<Problem>,
    /// Keys that name no flag, even if they are no reason to reject.
    pub(crate) unknown: Vec<Problem>,
}

impl From<Vec<Problem>> for Rejection {
    fn from(problems: Vec<Problem>) -> Self {
        Self {
            problems,
            unknown: Vec::new(),
        }
    }
}

impl Accept<'_> {
    pub(crate) fn layer(
        mut self,
        stack: &LayerStack,
        layer: &Layer,
    ) -> Result<Accepted, Rejection> {
        let last = stack.source(&layer.id);
        let Resolved { entries, unknown } = resolve(self.schema, layer);
        let mut values = Vec::with_capacity(entries.len());
        let mut problems = Vec::new();
        for (flag, entry) in entries.into_iter().enumerate() {
            let last = last.and_then(|last| last.value(flag));
            let value = match entry {
                Named::Never => Ok(None),
                Named::Once(entry) => self.value(flag, layer, entry, last).map(Some),
                Named::Twice(first, second) => {
                    let spec = self.schema.flags.get(flag);
                    let duplicate = spec.map(|spec| duplicate(spec, layer, first, second));
                    Err(duplicate.into_iter().collect())
                }
            };
            values.push(value.unwrap_or_else(|invalid| {
                problems.extend(invalid);
                last.cloned()
            }));
        }
        if layer.deny_unknown {
            problems.extend_from_slice(&unknown);
        }
        if layer.on_invalid == OnInvalid::RejectAll && !problems.is_empty() {
            return Err(Rejection { problems, unknown });
        }
        let mut stack = stack.clone();
        stack.replace(SourceLayer {
            id: layer.id.clone(),
            precedence: layer.precedence,
            values,
        });
        Ok(Accepted {
            stack,
            unknown,
            rejected: problems,
        })
    }

    pub(crate) fn edits(
        mut self,
        stack: &LayerStack,
        edits: &[Edit<'_>],
    ) -> Result<LayerStack, Vec<Problem>> {
        let mut stack = stack.clone();
        let mut problems = Vec::new();
        for edit in edits {
            if let Err(invalid) = self.edit(&mut stack, *edit) {
                problems.extend(invalid);
            }
        }
        if problems.is_empty() {
            Ok(stack)
        } else {
            Err(problems)
        }
    }

    fn edit(&mut self, stack: &mut LayerStack, edit: Edit<'_>) -> Result<(), Vec<Problem>> {
        let (Edit::Set { name, .. } | Edit::Clear { name }) = edit;
        let Some((flag, spec)) = self.schema.find(name) else {
            return Err(vec![Problem::Unknown {
                key: name.to_owned(),
                origin: Origin::Override,
                similar: self.schema.similar(name),
            }]);
        };
        if spec.kind() == FlagKind::Static {
            return Err(vec![Problem::Static {
                flag: spec.name.clone(),
                origin: Origin::Override,
            }]);
        }
        let value = match edit {
            Edit::Clear { .. } => None,
            Edit::Set { value, .. } => {
                let content = Content::Text(value.to_owned());
                let last = stack.override_of(flag).map(|last| &last.parsed);
                let origin = || Origin::Override;
                let parsed = self
                    .parser
                    .parse(self.schema, flag, &content, &origin, last)?;
                Some(Arc::new(LayerValue {
                    parsed,
                    location: Arc::default(),
                }))
            }
        };
        stack.set_override(flag, value);
        Ok(())
    }

    fn value(
        &mut self,
        flag: usize,
        layer: &Layer,
        entry: &LayerEntry,
        last: Option<&Arc<LayerValue>>,
    ) -> Result<Arc<LayerValue>, Vec<Problem>> {
        let origin = || layer.id.origin(&entry.location);
        let last = last.map(|last| &last.parsed);
        let parsed = self
            .parser
            .parse(self.schema, flag, &entry.content, &origin, last)?;
        Ok(Arc::new(LayerValue {
            parsed,
            location: Arc::clone(&entry.location),
        }))
    }
}
