//! The states of the flags as the command line, the environment and the defaults leave them.
//!
//! clap looks an argument up by comparing its id with all others. With a thousand flags, a question or two about each
//! would take longer than all the rest of a start, so clap is asked as little as possible.

use std::any::Any;
use std::sync::Arc;

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches};

use crate::layers::canonical::display;
use crate::layers::content::value_text;
use crate::layers::parse::file_contents;
use crate::origin::Origin;
use crate::read::snapshot::FlagState;
use crate::schema::flag_def::{Form, Shape};
use crate::schema::levels::matches_by_depth;
use crate::schema::{FlagSpec, Schema};

/// The state of each flag. `value` is what a flag was parsed into, if that is known.
pub(crate) fn states<'a>(
    schema: &Schema,
    matches: &ArgMatches,
    value: &dyn Fn(usize) -> Option<&'a dyn Any>,
) -> Vec<Arc<FlagState>> {
    let levels = matches_by_depth(matches);
    let sources = sources(schema, &levels);
    let state = |(flag, (spec, arg)): (usize, (&FlagSpec, &Arg))| {
        let source = sources.get(flag).copied().flatten();
        let given = source.zip(levels.get(spec.def.depth));
        let given = given.and_then(|(source, matches)| match source {
            ValueSource::DefaultValue => default_text(spec, arg, matches, value(flag)),
            _ => value_text(spec, matches),
        });
        let origin = match source {
            Some(ValueSource::CommandLine) => Origin::CommandLine,
            Some(ValueSource::EnvVariable) => Origin::Environment,
            _ => Origin::Default,
        };
        let empty_list = || (spec.def.shape == Shape::Many).then(Arc::default);
        let text = given.or_else(empty_list);
        let contents = text.as_deref();
        let file_contents = contents.and_then(|text| file_contents(spec, arg, text));
        Arc::new(FlagState {
            text,
            file_contents,
            origin,
            adjusted: None,
            value: None,
            pending: None,
            layers: Vec::new(),
        })
    };
    schema.iter().enumerate().map(state).collect()
}

/// Where each flag's value came from; `None` of one without a value.
fn sources(schema: &Schema, levels: &[&ArgMatches]) -> Vec<Option<ValueSource>> {
    let mut sources = vec![None; schema.flags.len()];
    for (depth, matches) in levels.iter().enumerate() {
        // Those that were given come first in clap's order, and are few. Once a copy has none of them, all that is left
        // in it are defaults.
        let mut rest = matches.args_present().then(|| ArgMatches::clone(matches));
        for id in matches.ids() {
            let mut source = ValueSource::DefaultValue;
            // `value_source` panics for a global argument of another level.
            if let Some(left) = &mut rest
                && left.try_contains_id(id.as_str()).is_ok()
                && let Some(given) = left.value_source(id.as_str())
                && given != ValueSource::DefaultValue
            {
                source = given;
                left.try_clear_id(id.as_str()).ok();
                if !left.args_present() {
                    rest = None;
                }
            }
            let flag = schema.find_id(depth, id);
            if let Some(place) = flag.and_then(|flag| sources.get_mut(flag)) {
                *place = Some(source);
            }
        }
    }
    sources
}

/// The text of a default. It need not be that of the argument, which may have others under a condition.
fn default_text(
    spec: &FlagSpec,
    arg: &Arg,
    matches: &ArgMatches,
    value: Option<&dyn Any>,
) -> Option<Arc<str>> {
    let value = value.filter(|value| !(spec.def.is_unset)(*value));
    let written = value.and_then(|value| display(spec, value, Form::Displayed));
    match spec.default_text(arg) {
        Some(text) if Some(&text) == written.as_ref() => Some(text.into()),
        _ => value_text(spec, matches),
    }
}
