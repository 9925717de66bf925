//! Required arguments that the command line lacks and a layer supplies.

use std::ffi::OsString;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, Id};

use crate::error::Problem;
use crate::layers::accept::Accept;
use crate::layers::layer::{Layer, OnInvalid};
use crate::layers::parse::Parser;
use crate::layers::precedence::LayerStack;
use crate::origin::Origin;
use crate::schema::{FlagSpec, Schema};
use crate::text::escape::escaped;
use crate::text::list::Reading;

/// A required argument whose value comes from a layer.
pub(crate) struct Supplied {
    pub(crate) id: Id,
    pub(crate) origin: Origin,
    /// The command line that gives it this value.
    typed: Vec<OsString>,
}

/// The arguments that `error` names as missing and `layer` has.
///
/// # Errors
/// A value that is invalid; or `error` itself, with a hint, if the layer has none of them.
pub(crate) fn supply(
    mut error: clap::Error,
    schema: &Schema,
    layer: &Layer,
) -> Result<Vec<Supplied>, clap::Error> {
    let Some(ContextValue::Strings(missing)) = error.get(ContextKind::InvalidArg) else {
        return Err(error);
    };
    let missing: Vec<usize> = schema
        .iter()
        .enumerate()
        .filter(|(_, (_, arg))| missing.contains(&arg.to_string()))
        .map(|(flag, _)| flag)
        .collect();
    // Problems of other keys are reported when the layer is proposed.
    let lenient = layer
        .clone()
        .on_invalid(OnInvalid::KeepValid)
        .deny_unknown(false);
    let accept = Accept {
        schema,
        parser: &mut Parser::default(),
    };
    let Ok(accepted) = accept.layer(&LayerStack::empty(schema.flags.len()), &lenient) else {
        return Err(error);
    };
    let source = accepted.stack.source(&layer.id);
    let supplied: Vec<Supplied> = missing
        .iter()
        .filter_map(|flag| {
            let (spec, value) = (schema.flags.get(*flag)?, source?.value(*flag)?);
            Some(Supplied {
                id: spec.def.id.clone(),
                origin: layer.id.origin(&value.location),
                typed: typed(spec, value.parsed.text.as_deref()?),
            })
        })
        .collect();
    if !supplied.is_empty() {
        return Ok(supplied);
    }
    let names = missing
        .iter()
        .filter_map(|flag| Some(&*schema.flags.get(*flag)?.name));
    let names: Vec<&str> = names.collect();
    let invalid = |problem: &&Problem| problem.flag().is_some_and(|flag| names.contains(&flag));
    let invalid: Vec<String> = accepted
        .rejected
        .iter()
        .filter(invalid)
        .map(ToString::to_string)
        .collect();
    if !invalid.is_empty() {
        let lines = invalid.join("\n  ");
        return Err(clap::Error::raw(ErrorKind::ValueValidation, lines + "\n"));
    }
    let hints = names.iter().map(|name| {
        let text = format!("{} has no key `{}` either", layer.id, escaped(name));
        StyledStr::from(text)
    });
    error.insert(
        ContextKind::Suggested,
        ContextValue::StyledStrs(hints.collect()),
    );
    Err(error)
}

/// The command line that gives a flag this text.
fn typed(spec: &FlagSpec, text: &str) -> Vec<OsString> {
    let with = |value: &str| format!("--{}={value}", spec.name).into();
    let Some(list) = &spec.list else {
        return vec![with(text)];
    };
    let (Reading::Members(members)
    | Reading::Literals { plain: members, .. }
    | Reading::Dashes { members, .. }) = list.format.read(text);
    match list.format.delimiter {
        Some(delimiter) => vec![with(&members.join(&delimiter.to_string()))],
        None if list.takes_several() => {
            let flag = format!("--{}", spec.name).into();
            [flag]
                .into_iter()
                .chain(members.into_iter().map(Into::into))
                .collect()
        }
        None => members.iter().map(|member| with(member)).collect(),
    }
}

/// The command line with the supplied arguments after the program's name, so that the given arguments
/// come later.
pub(crate) fn with_supplied(
    command: &Command,
    line: &[OsString],
    supplied: &[Supplied],
) -> Vec<OsString> {
    let name = usize::from(!command.is_no_binary_name_set()).min(line.len());
    let (name, typed) = line.split_at(name);
    let supplied = supplied.iter().flat_map(|supplied| &supplied.typed);
    name.iter().chain(supplied).chain(typed).cloned().collect()
}
