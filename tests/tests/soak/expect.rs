//! What the flags have to be, read from the directory anew, by other code than what is tested.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use dflag::{Flags, Origin};
use dflag_configmap::Updater;

use crate::Args;

/// What has to hold once all is quiet.
#[derive(Debug)]
pub(crate) enum Expected {
    /// These are the flags, and nothing is wrong.
    Flags(BTreeMap<String, String>),
    /// The directory is there and says nothing: defaults, or what was there before if its volume was torn down.
    Nothing,
    /// Something is wrong, and the error names all of these.
    Wrong { named: Vec<String> },
}

impl Expected {
    pub(crate) fn of(config: &Path) -> Self {
        let data = config.join("..data");
        let published = fs::symlink_metadata(&data).is_ok();
        let Ok(entries) = fs::read_dir(if published { &data } else { config }) else {
            return Self::Wrong { named: Vec::new() };
        };
        let mut flags = BTreeMap::new();
        let mut named = Vec::new();
        for entry in entries {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let odd = |c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c);
            if name.starts_with('.') || name.contains(odd) {
                continue;
            }
            let text = fs::metadata(&path).ok().filter(fs::Metadata::is_file);
            let text = text.and_then(|_| fs::read_to_string(&path).ok());
            let text = text.map(|text| text.trim().to_owned());
            let good = match (name.as_str(), &text) {
                (_, None) => false,
                ("left" | "right" | "a" | "overridden", Some(text)) => text.parse::<u32>().is_ok(),
                _ => true,
            };
            if good {
                flags.insert(name, text.unwrap_or_default());
            } else if ["left", "right", "a", "overridden", "text"].contains(&name.as_str()) {
                named.push(format!("`{name}`"));
            }
        }
        if !named.is_empty() {
            return Self::Wrong { named };
        }
        if flags.is_empty() && !published {
            return Self::Nothing;
        }
        Self::Flags(flags)
    }

    pub(crate) fn holds(&self, args: &Flags<Args>, updater: &Updater) -> bool {
        let error = updater.status().last_error.map(|error| full(&*error));
        match self {
            Self::Flags(flags) => error.is_none() && are(args, flags),
            Self::Nothing => match error {
                None => are(args, &BTreeMap::new()),
                Some(error) => error.contains("torn down"),
            },
            Self::Wrong { named } => {
                error.is_some_and(|error| named.iter().all(|name| error.contains(name)))
            }
        }
    }
}

fn are(args: &Flags<Args>, flags: &BTreeMap<String, String>) -> bool {
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

fn full(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect()
}
