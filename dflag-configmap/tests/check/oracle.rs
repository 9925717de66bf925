//! The oracle of the mutations and of the fuzz target: a check panics for no manifest, and every position that it reports
//! is that of the key.

use std::fs;
use std::path::Path;

use clap::Parser;
use dflag::DynamicFlags;
use dflag_configmap::{ConfigMapArgs, ParseError};

/// All keys but one are unknown to this program, and so have a finding.
#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Few {
    #[command(flatten)]
    #[flag(flatten)]
    config: ConfigMapArgs,

    #[arg(long, default_value_t = 0)]
    #[flag(dynamic)]
    rollout: u8,
}

/// What a check found.
pub struct Checked {
    pub is_usable: bool,
    /// The number of keys whose positions were compared.
    pub keys: u64,
}

/// Writes a manifest to a file and checks it.
pub fn check(path: &Path, manifest: &str) -> Checked {
    fs::write(path, manifest).unwrap();
    let line = [
        "server".as_ref(),
        "--config-format=json".as_ref(),
        "--config-check".as_ref(),
        path.as_os_str(),
    ];
    let parsed =
        ConfigMapArgs::try_parse_from_with::<Few, _, _>(line, |builder| builder.deny_unknown(true));
    let Err(ParseError::Command(output)) = parsed else {
        panic!("the line asks for a command");
    };
    let report: serde_json::Value = serde_json::from_str(&output.text()).unwrap();
    let findings = ["problems", "warnings"].map(|list| report[list].as_array().unwrap().clone());
    let mut keys = 0;
    for finding in findings.into_iter().flatten() {
        let (line, column) = (finding["line"].as_u64(), finding["column"].as_u64());
        let (Some(line), Some(column)) = (line, column) else {
            continue;
        };
        let text = text_at(manifest, line, column);
        let text = text.unwrap_or_else(|| panic!("no such position: {finding:#}\n{manifest}"));
        if let Some(key) = finding["key"].as_str() {
            assert!(
                begins_with_key(text, key),
                "not the key: {finding:#}\n{manifest}"
            );
            keys += 1;
        }
    }
    Checked {
        is_usable: output.exit_code() != 2,
        keys,
    }
}

/// The text at a position. A line ends as YAML says: by a line feed, a carriage return, or both.
fn text_at(manifest: &str, line: u64, column: u64) -> Option<&str> {
    let manifest = manifest.strip_prefix('\u{feff}').unwrap_or(manifest);
    let mut rest = manifest;
    for _ in 1..line {
        let end = rest.find(['\n', '\r'])?;
        let is_pair = rest[end..].starts_with("\r\n");
        rest = &rest[end + 1 + usize::from(is_pair)..];
    }
    let column = usize::try_from(column).unwrap();
    let mut indices = rest
        .char_indices()
        .map(|(index, _)| index)
        .chain([rest.len()]);
    let start = indices.nth(column - 1)?;
    let text = &rest[start..];
    let is_of_line = !rest[..start].contains(['\n', '\r']);
    is_of_line.then_some(text)
}

/// Whether a text begins with a key, be it quoted or not, or with what stands for one.
fn begins_with_key(text: &str, key: &str) -> bool {
    match text.chars().next() {
        // An alias, an anchor, a tag, or a block.
        Some('*' | '&' | '!' | '|' | '>') => true,
        Some('"') if key.starts_with('"') || text.contains('\\') => true,
        Some('"') => unfolded(&text[1..]).starts_with(&unfolded(key)),
        Some('\'') => unfolded(&text[1..].replace("''", "'")).starts_with(&unfolded(key)),
        // Kubernetes reads it as something else.
        _ if ["true", "false"].contains(&key) => true,
        _ if key.starts_with(|first: char| "+-.0123456789".contains(first)) => true,
        _ => unfolded(text).starts_with(&unfolded(key)),
    }
}

/// The text without its white space, which folding changes.
fn unfolded(text: &str) -> String {
    text.chars()
        .filter(|character| !character.is_whitespace())
        .collect()
}
