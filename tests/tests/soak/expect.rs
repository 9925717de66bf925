//! The expected flags, read from the directory by code that is independent of the tested crates.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use dflag::{Flags, Origin};
use dflag_configmap::{ScanError, Updater};

use crate::Args;

/// The expected state of flags and updater while the directory does not change.
#[derive(Debug)]
pub(crate) enum Expected {
    /// These flags, and no error.
    Flags(BTreeMap<String, String>),
    /// The directory has no flags: the defaults apply, or, if the volume was torn down, the last flags.
    Nothing,
    /// The volume is not filled yet, and whatever else is there is ignored: what was read before still counts, be it
    /// applied or rejected.
    Unfilled,
    /// An error that names all of these flags.
    Failure { flags: Vec<String> },
}

impl Expected {
    pub(crate) fn of(config: &Path) -> Self {
        let data = config.join("..data");
        let published = fs::symlink_metadata(&data).is_ok();
        let Ok(entries) = fs::read_dir(if published { &data } else { config }) else {
            return Self::Failure { flags: Vec::new() };
        };
        let is_link_to_data =
            |path: &Path| fs::read_link(path).is_ok_and(|target| target.starts_with("..data"));
        let mut is_unfilled = false;
        let mut flags = BTreeMap::new();
        let mut invalid = Vec::new();
        for entry in entries {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let is_invalid = |c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c);
            if name.starts_with('.') || name.contains(is_invalid) {
                continue;
            }
            is_unfilled |= !published && is_link_to_data(&path);
            let text = fs::metadata(&path).ok().filter(fs::Metadata::is_file);
            let text = text.and_then(|_| fs::read_to_string(&path).ok());
            let text = text.map(|text| text.trim().to_owned());
            let is_valid = match (name.as_str(), &text) {
                (_, None) => false,
                ("left" | "right" | "a" | "overridden", Some(text)) => text.parse::<u32>().is_ok(),
                _ => true,
            };
            if is_valid {
                flags.insert(name, text.unwrap_or_default());
            } else if ["left", "right", "a", "overridden", "text"].contains(&name.as_str()) {
                invalid.push(format!("`{name}`"));
            }
        }
        if is_unfilled {
            return Self::Unfilled;
        }
        if !invalid.is_empty() {
            return Self::Failure { flags: invalid };
        }
        if flags.is_empty() && !published {
            return Self::Nothing;
        }
        Self::Flags(flags)
    }

    pub(crate) fn holds(&self, args: &Flags<Args>, updater: &Updater) -> bool {
        let status = updater.status();
        let is_rejected = matches!(status.last_error.as_deref(), Some(ScanError::Rejected(_)));
        let error = status.last_error.map(|error| with_causes(&*error));
        match self {
            Self::Flags(flags) => error.is_none() && have_values(args, flags),
            Self::Nothing => match error {
                None => have_values(args, &BTreeMap::new()),
                Some(error) => error.contains("torn down"),
            },
            Self::Unfilled => match error {
                Some(error) if !is_rejected => error.contains("torn down"),
                _ => status.is_unfilled,
            },
            Self::Failure { flags } => {
                error.is_some_and(|error| flags.iter().all(|name| error.contains(name)))
            }
        }
    }
}

fn have_values(args: &Flags<Args>, flags: &BTreeMap<String, String>) -> bool {
    let number = |name: &str| flags.get(name).map_or(0, |text| text.parse().unwrap());
    let list = args.list();
    let is_override = list
        .iter()
        .any(|flag| flag.name == "overridden" && flag.origin == Origin::Override);
    *args.load_full()
        == Args {
            left: number("left"),
            right: number("right"),
            a: number("a"),
            text: flags.get("text").map_or("none", String::as_str).to_owned(),
            overridden: if is_override { 7 } else { number("overridden") },
        }
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect()
}
