//! `--config-template`: a ConfigMap that says what the command line, the environment and the defaults say.

mod entry;
mod yaml;

#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use clap::ValueEnum;
use clap::builder::PossibleValue;
use dflag::{FlagKind, FlagSchema, ValueType};

use crate::options::Options;

use super::object_name::ObjectName;
use super::owners::Owners;
use entry::{Entry, Value};
use yaml::{comment, quoted};

/// The flags that `--config-template` writes.
///
/// ```
/// # use clap::Parser;
/// # use dflag::DynamicFlags;
/// # use dflag_configmap::{ConfigMapArgs, ParseError};
/// #[derive(Clone, Debug, Parser, DynamicFlags)]
/// struct Args {
///     #[command(flatten)]
///     #[flag(flatten)]
///     config: ConfigMapArgs,
///
///     #[arg(long, default_value_t = 8080)]
///     port: u16,
///
///     /// Requests in flight
///     #[arg(long, default_value_t = 3)]
///     #[flag(dynamic)]
///     limit: u8,
/// }
///
/// let print = |line: [&str; 3]| {
///     let parsed = ConfigMapArgs::try_parse_from_with::<Args, _, _>(line, |builder| builder);
///     match parsed {
///         Err(ParseError::Command(output)) => output.text(),
///         other => panic!("the line asks for a command: {other:?}"),
///     }
/// };
/// let dynamic = print(["server", "--config-template", "--limit=5"]);
/// assert!(dynamic.contains("  # Requests in flight\n  # Type: u8; min: 0; max: 255; default: 3\n  limit: \"5\"\n"));
/// assert!(!dynamic.contains("port"));
/// let all = print(["server", "--config-template=all", "--limit=5"]);
/// assert!(all.contains("port: \"8080\""));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Selection {
    /// Dynamic flags.
    Dynamic,
    /// Also static flags.
    All,
}

// As for `Format`, the derive would make the program's help long.
impl ValueEnum for Selection {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Dynamic, Self::All]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self {
            Self::Dynamic => "dynamic",
            Self::All => "all",
        }))
    }
}

/// The name in a template if none is asked for.
const PLACEHOLDER: &str = "flags";

/// A manifest with the current value of each flag. Comments say what a flag is for, and which values are valid.
///
/// A flag that has no value, or none that a ConfigMap can give, is a comment, and so is a secret. So a program that reads
/// the manifest has the flags that it had without.
pub(crate) fn template(
    flags: &[FlagSchema],
    options: &Options,
    object: Option<&ObjectName>,
    selection: Selection,
) -> String {
    let owners = Owners::of(flags);
    let is_selected =
        |flag: &&FlagSchema| selection == Selection::All || flag.info.kind == FlagKind::Dynamic;
    let entry = |flag| Entry::new(flag, options, owners.is_shared(&flag.info.name));
    let entries = flags.iter().filter(is_selected).map(entry);
    let (binary, text): (Vec<Entry<'_>>, Vec<Entry<'_>>) =
        entries.partition(|entry| entry.flag.value_type == ValueType::Bytes);

    let mut manifest = String::new();
    let which = match selection {
        Selection::Dynamic => "The dynamic flags",
        Selection::All => "All flags",
    };
    let about = format!("{which}, as command line, environment and defaults set them.");
    comment(&mut manifest, 0, &about);
    manifest.push_str("apiVersion: v1\nkind: ConfigMap\nmetadata:\n");
    let name = object.map_or(PLACEHOLDER, ObjectName::name);
    let _ = writeln!(manifest, "  name: {}", quoted(name));
    if let Some(namespace) = object.and_then(ObjectName::namespace) {
        let _ = writeln!(manifest, "  namespace: {}", quoted(namespace));
    }
    section(&mut manifest, "data", &text);
    section(&mut manifest, "binaryData", &binary);
    manifest
}

/// Appends flags under the key of a manifest that holds them.
fn section(manifest: &mut String, name: &str, entries: &[Entry<'_>]) {
    if entries.is_empty() {
        return;
    }
    let has_value = |entry: &Entry<'_>| matches!(entry.value, Value::Given(_));
    // A key without a value would be null, which the API server rejects.
    let prefix = if entries.iter().any(has_value) {
        ""
    } else {
        "# "
    };
    let _ = writeln!(manifest, "{prefix}{name}:");
    let mut groups: Vec<Option<&str>> = vec![None];
    for entry in entries {
        let group = entry.flag.info.group.as_deref();
        if !groups.contains(&group) {
            groups.push(group);
        }
    }
    let mut is_first = true;
    for group in groups {
        let mut entries = entries
            .iter()
            .filter(|entry| entry.flag.info.group.as_deref() == group)
            .peekable();
        if let (Some(group), Some(_)) = (group, entries.peek()) {
            separate(manifest, &mut is_first);
            comment(manifest, 2, &format!("--- {group} ---"));
        }
        for entry in entries {
            separate(manifest, &mut is_first);
            entry.write(manifest);
        }
    }
}

fn separate(manifest: &mut String, is_first: &mut bool) {
    if !std::mem::take(is_first) {
        manifest.push('\n');
    }
}
