//! Describing the flags of a command line without the struct, which may lack required values.

use std::any::TypeId;
use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{Arg, ArgMatches, Command};

use crate::fields::declaration::Fields;
use crate::layers::canonical::equal_values;
use crate::layers::clap_bounds;
use crate::layers::parse::{booleans, parse_alone};
use crate::listing::flag_schema::{FlagSchema, ListForm, ValueType};
use crate::listing::info::{FlagInfo, LayerInfo};
use crate::origin::Origin;
use crate::publish::base::check_given;
use crate::publish::catalog::{flag_info, shown};
use crate::publish::required::chosen;
use crate::publish::states::states;
use crate::publish::uncovered::add_uncovered;
use crate::schema::levels::{Levels, matches_by_depth, path};
use crate::schema::value_kind::ValueKind;
use crate::schema::{FlagSpec, Schema};
use crate::text::list::trimmed;
use crate::user_code::catch_panic;

/// Parses a line whose required arguments may be missing.
///
/// # Errors
/// Anything else that is wrong with it.
pub(crate) fn parse(command: &mut Command, line: &[OsString]) -> Result<ArgMatches, clap::Error> {
    match command.try_get_matches_from_mut(line) {
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::MissingRequiredArgument
                    | ErrorKind::MissingSubcommand
                    | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
            ) =>
        {
            *command = command.clone().ignore_errors(true);
            command.try_get_matches_from_mut(line)
        }
        parsed => parsed,
    }
}

/// Runs the checks of the values that a line gives.
///
/// # Errors
/// Every violation.
pub(crate) fn check<A: 'static>(
    command: Command,
    matches: &ArgMatches,
    fields: Fields<A>,
) -> Result<(), clap::Error> {
    let schema = schema_of(command, matches, fields);
    check_given(&schema, matches, &states(&schema, matches, &|_| None))
}

/// The flags of a command that parsed a line, and of the subcommands that it chose.
pub(crate) fn describe<A: 'static>(
    command: Command,
    matches: &ArgMatches,
    fields: Fields<A>,
) -> Vec<FlagSchema> {
    let schema = schema_of(command, matches, fields);
    let states = states(&schema, matches, &|_| None);
    let by_depth = matches_by_depth(matches);
    let flags = schema.iter().zip(states);
    flags
        .map(|((spec, arg), state)| {
            let base = LayerInfo {
                origin: state.origin.clone(),
                value: shown(spec, state.text.as_deref()),
            };
            let is_changed = state.origin != Origin::Default;
            let reads_back = by_depth.get(spec.def.depth).is_some_and(|matches| {
                let text = state.text.as_deref().filter(|_| !spec.def.secret);
                text.is_some_and(|text| reads_back(spec, arg, text, matches))
            });
            let mut info = flag_info(spec, arg, &state, vec![base], is_changed);
            // A listing of the program leaves them out for a secret. Only its values are secret, and these few numbers are
            // needed to judge a text.
            let bounds = clap_bounds::bounds(spec, arg).clone();
            (info.min, info.max) = (bounds.min, bounds.max);
            (info.min_len, info.max_len) = (bounds.min_len, bounds.max_len);
            flag_schema(spec, arg, info, reads_back)
        })
        .collect()
}

/// The flags without the struct.
fn schema_of<A: 'static>(command: Command, matches: &ArgMatches, mut fields: Fields<A>) -> Schema {
    let levels = Levels::new(command, path(matches));
    add_uncovered(&mut fields, &levels);
    let (uncovered, declared): (Vec<_>, Vec<_>) =
        fields.defs.into_iter().partition(|def| !def.covered);
    let mut defs = chosen(declared.into_iter(), &levels);
    defs.extend(uncovered);
    Schema::new(levels, defs)
}

/// Whether a source that gives this text gives the value of the command line.
fn reads_back(spec: &FlagSpec, arg: &Arg, text: &str, matches: &ArgMatches) -> bool {
    let text = if spec.def.trim { trimmed(text) } else { text };
    let current = catch_panic(|| spec.def.take(matches)).ok().flatten();
    current
        .zip(parse_alone(spec, arg, text))
        .is_some_and(|(current, read)| equal_values(spec, &*current, &*read))
}

fn flag_schema(spec: &FlagSpec, arg: &Arg, info: FlagInfo, reads_back: bool) -> FlagSchema {
    let patterns = if spec.def.secret {
        Vec::new()
    } else {
        clap_bounds::bounds(spec, arg).patterns.clone()
    };
    FlagSchema {
        value_type: value_type(spec, arg),
        list: list_form(spec),
        optional: spec.may_be_blank,
        required: arg.is_required_set(),
        trim: spec.def.trim,
        reads_back,
        patterns,
        info,
    }
}

fn list_form(spec: &FlagSpec) -> Option<ListForm> {
    match &spec.list {
        Some(list) => Some(ListForm {
            delimiter: list.format.delimiter,
            min: list.min_members(),
            max: list.max_members(),
            skips_empty: list.format.drop_empty,
            distinct: false,
        }),
        None if spec.value_kind == ValueKind::StringSet => Some(ListForm {
            delimiter: Some(','),
            min: 0,
            max: None,
            skips_empty: true,
            distinct: true,
        }),
        None => None,
    }
}

fn value_type(spec: &FlagSpec, arg: &Arg) -> ValueType {
    match spec.value_kind {
        ValueKind::Json => return ValueType::Json,
        ValueKind::Bytes => return ValueType::Bytes,
        ValueKind::StringSet => return ValueType::Text,
        ValueKind::Boolean | ValueKind::Plain => {}
    }
    if spec.def.own_parser || !spec.def.covered {
        return ValueType::Other;
    }
    if spec.value_kind == ValueKind::Boolean {
        return ValueType::Boolean {
            words: booleans(spec, arg),
        };
    }
    if let Some(values) = arg.get_value_parser().possible_values() {
        let values = values.map(|value| {
            let names = value.get_name_and_aliases();
            names.map(str::to_owned).collect::<Vec<_>>()
        });
        return ValueType::Choice {
            values: values.flatten().collect(),
            ignore_case: arg.is_ignore_case_set(),
        };
    }
    plain_type(spec, arg)
}

/// The type of the values of one of clap's own parsers that has no possible values.
fn plain_type(spec: &FlagSpec, arg: &Arg) -> ValueType {
    let parser = arg.get_value_parser().type_id();
    macro_rules! integer {
        ($($type:ty),*) => {
            $(if parser == TypeId::of::<$type>() {
                let (min, max) = (i128::try_from(<$type>::MIN), i128::try_from(<$type>::MAX));
                return bounded(spec, arg, min.unwrap_or(i128::MIN), max.unwrap_or(i128::MAX));
            })*
        };
    }
    integer!(i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, usize);
    let single = parser == TypeId::of::<f32>();
    if single || parser == TypeId::of::<f64>() {
        ValueType::Float { single }
    } else if parser == TypeId::of::<String>() {
        ValueType::Text
    } else {
        ValueType::Other
    }
}

fn bounded(spec: &FlagSpec, arg: &Arg, min: i128, max: i128) -> ValueType {
    let bounds = clap_bounds::bounds(spec, arg);
    let number = |bound: &Option<String>| bound.as_deref().and_then(|text| text.parse().ok());
    ValueType::Integer {
        min: number(&bounds.min).map_or(min, |bound: i128| bound.max(min)),
        max: number(&bounds.max).map_or(max, |bound: i128| bound.min(max)),
    }
}
