//! Values: the base of a struct that no command line gave.

use std::any::Any;
use std::sync::Arc;

use clap::{Arg, Command};

use crate::fields::erased::ErasedArgs;
use crate::layers::canonical::{equal_values, is_comparable, text_of_value};
use crate::layers::parse::parse_default;
use crate::origin::Origin;
use crate::publish::base::Base;
use crate::read::snapshot::FlagState;
use crate::schema::flag_def::{FlagDef, Split};
use crate::schema::{FlagSpec, Schema};
use crate::user_code::catch_panic;

/// The states of the flags of a struct, whose values count as defaults.
pub(crate) fn base(schema: &Schema, args: &dyn ErasedArgs) -> Base {
    let values = args.base();
    let state = |(flag, (spec, arg)): (usize, (&FlagSpec, &Arg))| {
        let value = args.value(flag, &values);
        Arc::new(FlagState {
            text: value
                .and_then(|value| text(spec, arg, value))
                .map(Into::into),
            file_contents: None,
            origin: Origin::Default,
            adjusted: None,
            value: None,
            pending: None,
            layers: Vec::new(),
        })
    };
    Base {
        states: schema.iter().enumerate().map(state).collect(),
        required: Vec::new(),
        parsed_with: None,
    }
}

/// The text of a flag's value: that of the declared default, if they are equal; `None` if it is a `None`, or no
/// text stands for it.
fn text(spec: &FlagSpec, arg: &Arg, value: &dyn Any) -> Option<String> {
    if (spec.def.is_unset)(value) {
        return None;
    }
    let is_empty = |split: Split| catch_panic(|| split(value).is_empty()).unwrap_or(false);
    if spec.def.split.is_some_and(is_empty) {
        return Some(String::new());
    }
    let is_equal = |default: &String| {
        let default = parse_default(spec, arg, default);
        default.is_some_and(|default| equal_values(spec, value, &*default))
    };
    spec.default_text(arg)
        .filter(|default| is_comparable(spec, value) && is_equal(default))
        .or_else(|| text_of_value(spec, arg, value).ok().map(|text| text.text))
}

/// The names of the subcommands that have the arguments of these flags, those of each depth: the ones that were
/// chosen, or others that a source cannot tell from them.
pub(crate) fn chosen_path<'a>(
    command: &'a Command,
    depth: usize,
    defs: &[&FlagDef],
) -> Option<Vec<&'a str>> {
    if defs.iter().all(|def| def.depth <= depth) {
        return Some(Vec::new());
    }
    let has = |subcommand: &Command, def: &FlagDef| {
        let mut args = subcommand.get_arguments();
        args.any(|arg| {
            *arg.get_id() == def.id && arg.get_value_parser().type_id() == def.value_type
        })
    };
    command.get_subcommands().find_map(|subcommand| {
        let mut own = defs.iter().filter(|def| def.depth == depth + 1);
        if !own.all(|def| has(subcommand, def)) {
            return None;
        }
        let mut path = chosen_path(subcommand, depth + 1, defs)?;
        path.insert(0, subcommand.get_name());
        Some(path)
    })
}
