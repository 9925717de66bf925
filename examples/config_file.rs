//! A configuration file: a TOML table whose keys are the names of flags.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::fs;
use std::path::Path;

/// The values of the file, as the command line would have them.
///
/// # Errors
/// The file can't be read or is no TOML. The error names it.
pub(crate) fn read(path: &Path) -> Result<BTreeMap<String, String>, String> {
    let describe = |error: &dyn Display| format!("{}: {error}", path.display());
    let text = fs::read_to_string(path).map_err(|error| describe(&error))?;
    let table: toml::Table = text.parse().map_err(|error| describe(&error))?;
    let texts = table.into_iter().map(|(key, value)| match value {
        toml::Value::String(text) => (key, text),
        other => (key, other.to_string()),
    });
    Ok(texts.collect())
}
