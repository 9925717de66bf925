//! Values: the base of a struct that no command line gave.

use clap::Command;

use crate::fields::erased::ErasedArgs;
use crate::layers::parse::parse_alone;
use crate::layers::typed::{self, Typed};
use crate::origin::Origin;
use crate::publish::base::Base;
use crate::read::snapshot::{Args, FlagState};
use crate::schema::Schema;
use crate::schema::flag_def::FlagDef;

/// The states of the flags of a struct, whose values count as defaults.
pub(crate) fn base(schema: &Schema, args: &dyn ErasedArgs) -> Base {
    let values = args.base();
    let state = |flag: usize| FlagState {
        text: text(schema, args, flag, &values).map(Into::into),
        origin: Origin::Default,
        value: None,
        pending: None,
        layers: Vec::new(),
    };
    Base {
        states: (0..schema.flags.len()).map(state).collect(),
        supplied: Vec::new(),
    }
}

/// The text of a flag's value: that of the declared default, if they are equal; `None` if no text stands for
/// the value.
fn text(schema: &Schema, args: &dyn ErasedArgs, flag: usize, values: &Args) -> Option<String> {
    let (spec, arg) = (schema.flags.get(flag)?, schema.arg(flag)?);
    let value = args.value(flag, values)?;
    let is_equal = |default: &String| {
        let parsed = parse_alone(spec, arg, default);
        parsed.is_some_and(|parsed| typed::equal(spec, value, &*parsed))
    };
    let default = spec.default_text(arg).filter(is_equal);
    default.or_else(|| match typed::typed(spec, arg, value) {
        Typed::Text(text) => Some(text),
        Typed::Unset | Typed::NoText => None,
    })
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
