//! Accepting: the texts of a proposal become values in a layer, or everything that is wrong is told.
//!
//! Nothing is changed here: what is accepted is a copy of the layers with the proposal in it.

use std::sync::Arc;

use crate::chunks::Chunks;
use crate::layer::{Content, Entry, OnInvalid};
use crate::layers::{Given, Held, Layers};
use crate::model::Model;
use crate::parse::{Parsed, Parser};
use crate::resolve::{Named, Resolved, duplicate, resolve, unknown};
use crate::schema::Schema;
use crate::{Edit, FlagKind, Layer, Origin, Problem};

pub(crate) struct Accept<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) model: &'a dyn Model,
    pub(crate) parser: &'a mut Parser,
}

/// A layer that may be published, if the rules across flags let it.
pub(crate) struct Accepted {
    /// All layers with this one in its place.
    pub(crate) layers: Layers,
    /// Keys that name no flag.
    pub(crate) unknown: Vec<Problem>,
    /// Bad keys that the layer asks to forgive.
    pub(crate) rejected: Vec<Problem>,
}

/// Everything that is wrong with a proposal.
pub(crate) struct Rejection {
    pub(crate) problems: Vec<Problem>,
    /// Keys that name no flag, also where that is no reason to reject.
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
    pub(crate) fn layer(mut self, layers: &Layers, layer: &Layer) -> Result<Accepted, Rejection> {
        let before = layers.of(&layer.owner);
        let Resolved {
            entries,
            order,
            unknown,
        } = resolve(self.schema, layer, before.map_or(&[], |held| &held.order));
        let before = before.map_or_else(
            || Chunks::repeat(None, entries.len()),
            |held| held.values.clone(),
        );
        // What is the same as before stays where it is, and so does the last good value of a bad key.
        let mut values = before.clone();
        let mut problems = Vec::new();
        for (flag, (entry, before)) in entries.into_iter().zip(before.iter()).enumerate() {
            match (entry, before) {
                (Named::Never, None) => {}
                (Named::Never, Some(_)) => values.set(flag, None),
                (Named::Twice(first, second), _) => {
                    let spec = self.schema.flags.get(flag);
                    problems.extend(spec.map(|spec| duplicate(spec, layer, first, second)));
                }
                (Named::Once(entry), Some(before)) if self.says_the_same(flag, entry, before) => {}
                (Named::Once(entry), before) => {
                    match self.value(flag, layer, entry, before.as_ref()) {
                        Ok(value) => values.set(flag, Some(Arc::new(value))),
                        Err(bad) => problems.extend(bad),
                    }
                }
            }
        }
        if layer.deny_unknown {
            problems.extend_from_slice(&unknown);
        }
        if layer.on_invalid == OnInvalid::RejectAll && !problems.is_empty() {
            return Err(Rejection { problems, unknown });
        }
        let mut layers = layers.clone();
        layers.replace(Held {
            owner: layer.owner.clone(),
            precedence: layer.precedence,
            values,
            order,
        });
        Ok(Accepted {
            layers,
            unknown,
            rejected: problems,
        })
    }

    pub(crate) fn edits(
        mut self,
        layers: &Layers,
        edits: &[Edit<'_>],
    ) -> Result<Layers, Vec<Problem>> {
        let mut layers = layers.clone();
        let mut problems = Vec::new();
        for edit in edits {
            if let Err(bad) = self.edit(&mut layers, *edit) {
                problems.extend(bad);
            }
        }
        if problems.is_empty() {
            Ok(layers)
        } else {
            Err(problems)
        }
    }

    fn edit(&mut self, layers: &mut Layers, edit: Edit<'_>) -> Result<(), Vec<Problem>> {
        let (Edit::Set { name, .. } | Edit::Clear { name }) = edit;
        let origin = Origin::Override;
        let Some((flag, spec)) = self.schema.find_spec(name) else {
            return Err(vec![unknown(name, origin, self.schema.similar(name))]);
        };
        if spec.kind() == FlagKind::Static {
            let flag = spec.name.clone();
            return Err(vec![Problem::Static { flag, origin }]);
        }
        match edit {
            Edit::Clear { .. } => layers.set_override(flag, None),
            Edit::Set { value, .. } => {
                let content = Content::Text(value.to_owned());
                let given = Given {
                    parsed: self.parse(
                        flag,
                        &content,
                        &|| origin.clone(),
                        layers.override_of(flag),
                    )?,
                    location: Arc::default(),
                };
                layers.set_override(flag, Some(Arc::new(given)));
            }
        }
        Ok(())
    }

    fn says_the_same(&self, flag: usize, entry: &Entry, before: &Given) -> bool {
        let spec = self.schema.flags.get(flag);
        entry.location == before.location
            && spec.is_some_and(|spec| before.parsed.comes_of(spec, &entry.content))
    }

    fn value(
        &mut self,
        flag: usize,
        layer: &Layer,
        entry: &Entry,
        before: Option<&Arc<Given>>,
    ) -> Result<Given, Vec<Problem>> {
        let origin = || layer.owner.at(&entry.location);
        Ok(Given {
            parsed: self.parse(flag, &entry.content, &origin, before)?,
            location: Arc::clone(&entry.location),
        })
    }

    fn parse(
        &mut self,
        flag: usize,
        content: &Content,
        origin: &dyn Fn() -> Origin,
        before: Option<&Arc<Given>>,
    ) -> Result<Parsed, Vec<Problem>> {
        let before = before.map(|given| &given.parsed);
        self.parser
            .parse(self.schema, self.model, flag, content, origin, before)
    }
}
