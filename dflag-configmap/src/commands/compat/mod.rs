//! `--config-compat`: how the flags of this version differ from those of another one.

mod difference;
mod report;
mod types;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use dflag::FlagSchema;
use serde::Deserialize;

use crate::options::Options;

use super::schema::{FORMAT, Record, Root};
use difference::{Names, flags, options as options_differ};
pub(crate) use report::{Report, unusable_json};

/// Compares with the schema that another version printed.
///
/// # Errors
/// It is not such a schema. The message says why, and what to do.
pub(crate) fn compare(
    old: &str,
    flags_now: &[FlagSchema],
    now: &Options,
) -> Result<Report, String> {
    let (old_root, old) = read(old)?;
    let new: Vec<Record> = flags_now.iter().map(Record::of).collect();
    let new_root = Root::new(now);
    let mut findings = Vec::new();
    options_differ(&old_root, &new_root, &mut findings);
    let is_ignored = |record: &Record| now.keys.name(&now.keys.key(&record.name)).is_none();
    let new: Vec<Record> = new
        .into_iter()
        .filter(|record| !is_ignored(record))
        .collect();
    flags(
        &Names::new(&old, old_root.env_names),
        &Names::new(&new, new_root.env_names),
        &mut findings,
    );
    Ok(Report::new(findings))
}

/// What is read of a schema.
#[derive(Deserialize)]
struct Document {
    #[serde(rename = "x-dflag")]
    root: Option<serde_json::Value>,
    #[serde(default)]
    properties: BTreeMap<String, Property>,
}

#[derive(Deserialize)]
struct Property {
    #[serde(rename = "x-dflag")]
    record: Option<Record>,
}

fn read(json: &str) -> Result<(Root, Vec<Record>), String> {
    const REMEDY: &str = "pass what `--config-schema` of the other version prints";
    let unreadable =
        |error: serde_json::Error| format!("this is no schema of flags: {error}; {REMEDY}");
    let value: serde_json::Value =
        serde_json::from_str(json.trim_start_matches('\u{feff}')).map_err(unreadable)?;
    let document: Document = serde_json::from_value(value).map_err(unreadable)?;
    let Some(root) = document.root else {
        return Err(format!(
            "this schema says nothing of flags, since it has no `x-dflag`; {REMEDY}"
        ));
    };
    let format = root.get("format").and_then(serde_json::Value::as_u64);
    if let Some(format) = format.filter(|format| *format != u64::from(FORMAT)) {
        return Err(format!(
            "the schema has format {format}, and this version reads {FORMAT}: \
             compare with the newer of the two versions"
        ));
    }
    let root = serde_json::from_value(root).map_err(unreadable)?;
    let records = document.properties.into_values();
    Ok((
        root,
        records.filter_map(|property| property.record).collect(),
    ))
}
