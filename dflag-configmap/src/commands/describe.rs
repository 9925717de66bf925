//! `--config-template`, `--config-schema`, `--config-compat` and `--config-policy`: they describe the flags and read no
//! ConfigMap.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use clap::builder::Styles;
use clap::{Command, CommandFactory};
use dflag::{DynamicFlags, FlagSchema, Flags};

use super::args::ConfigMapArgs;
use super::compat::{compare, unusable_json};
use super::format::Format;
use super::object_name::ObjectName;
use super::policy::policy;
use super::report::Report;
use super::schema::schema;
use super::subject::{STDIN, read_all, unreadable};
use super::template::{Selection, template};
use super::unusable::Unusable;
use crate::arguments::{all_flags, names};
use crate::error::ParseError;
use crate::options::Options;
use crate::output::{Output, Stream};

/// What is asked for.
pub(crate) enum Description {
    /// A manifest.
    Template(Selection),
    /// A JSON Schema.
    Schema,
    /// The differences from the schema in a file.
    Compat(PathBuf),
    /// An admission policy for the ConfigMap of this name.
    Policy(ObjectName),
}

/// Describes the flags of a command line, which may lack required arguments.
pub(crate) fn describe<A>(
    line: &[OsString],
    description: &Description,
    args: &ConfigMapArgs,
    options: &Options,
) -> Result<Output, ParseError>
where
    A: DynamicFlags + CommandFactory,
{
    let flags = Flags::<A>::describe(line).map_err(ParseError::CommandLine)?;
    Ok(output(&flags, &A::command(), description, args, options))
}

fn output(
    flags: &[FlagSchema],
    command: &Command,
    description: &Description,
    args: &ConfigMapArgs,
    options: &Options,
) -> Output {
    let text = match description {
        Description::Template(selection) => {
            template(flags, options, args.name.as_ref(), *selection)
        }
        Description::Schema => schema(
            flags,
            options,
            &names_in_subcommands(command, options.env_names),
        ),
        Description::Compat(old) => return compat(flags, command, old, args, options),
        Description::Policy(name) => {
            let object = (name.namespace().unwrap_or_default(), name.name());
            match policy(flags, command, options, object) {
                Ok(text) => text,
                Err(error) => {
                    let unusable = Unusable::new(error.to_string());
                    return Report::new(command, args.format)
                        .unusable(Path::new("--config-policy"), &unusable);
                }
            }
        }
    };
    Output::new(text, command.get_color(), Stream::Stdout, 0)
}

fn compat(
    flags: &[FlagSchema],
    command: &Command,
    old: &Path,
    args: &ConfigMapArgs,
    options: &Options,
) -> Output {
    let report = read(old).and_then(|json| {
        let json = std::str::from_utf8(&json).map_err(|_| Unusable::new("this is not UTF-8"))?;
        compare(json, flags, options).map_err(Unusable::new)
    });
    let styles: &Styles = command.get_styles();
    let (text, exit_code) = match (report, args.format) {
        (Ok(report), Format::Text) => (report.text(styles), i32::from(!report.is_compatible())),
        (Ok(report), Format::Json) => (report.json(), i32::from(!report.is_compatible())),
        (Err(unusable), Format::Json) => (unusable_json(&unusable.message), 2),
        (Err(unusable), Format::Text) => {
            return Report::new(command, args.format).unusable(old, &unusable);
        }
    };
    Output::new(text, command.get_color(), Stream::Stdout, exit_code)
}

/// Reads a file, or the standard input if its name is `-`.
fn read(file: &Path) -> Result<Vec<u8>, Unusable> {
    if file.as_os_str() == "-" {
        return read_all(io::stdin().lock()).map_err(|error| unreadable(STDIN, &error));
    }
    let bytes = File::open(file).and_then(read_all);
    bytes.map_err(|error| unreadable(&file.to_string_lossy(), &error))
}

/// The names of the flags of all subcommands. Keys for those that are not chosen are known and ignored.
fn names_in_subcommands(command: &Command, env_names: bool) -> Vec<String> {
    let flags = command.get_subcommands().flat_map(all_flags);
    let names = flags.flat_map(|arg| {
        let variable = arg.get_env().filter(|_| env_names);
        let variable = variable.map(|variable| variable.to_string_lossy().into_owned());
        names(arg).map(str::to_owned).chain(variable)
    });
    names.collect()
}
