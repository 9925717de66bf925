//! Sets of flags: which keys of the directory this one can set, and which are another one's.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

#[cfg(feature = "commands")]
use dflag::FlagInfo;
use dflag::{FlagSet, Key};

/// Whether the name of a key sets a flag of `flags`, which follow `directory`.
pub(crate) fn sets_flag(
    flags: &dyn FlagSet,
    name: &str,
    directory: &Path,
    env_names: bool,
) -> bool {
    match flags.lookup(name) {
        Key::Flag { .. } => true,
        Key::Uncovered { location, .. } => {
            location.is_some_and(|location| location == directory.to_string_lossy())
        }
        Key::Variable { flags: names } => {
            let mut names = names.iter().filter(|_| env_names);
            names.any(|name| sets_flag(flags, name, directory, false))
        }
        _ => false,
    }
}

/// The other sets of flags that the directory sets.
///
/// They are held strongly. That makes no cycle: a set knows its updaters only weakly.
#[derive(Clone, Default)]
pub(crate) struct OtherSets(Vec<Arc<dyn FlagSet>>);

impl OtherSets {
    pub(crate) fn push(&mut self, set: Arc<dyn FlagSet>) {
        self.0.push(set);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The flags of all of them.
    #[cfg(feature = "commands")]
    pub(crate) fn infos(&self) -> Vec<FlagInfo> {
        self.0.iter().flat_map(|set| set.list()).collect()
    }

    /// Whether another set alone knows the name of a key. `flags` are the set itself, and follow `directory`.
    pub(crate) fn claim(
        &self,
        flags: &dyn FlagSet,
        name: &str,
        directory: &Path,
        env_names: bool,
    ) -> bool {
        let is_uncovered = match flags.lookup(name) {
            Key::Unknown => false,
            Key::Variable { .. } if !env_names => false,
            Key::Uncovered { .. } if !sets_flag(flags, name, directory, env_names) => true,
            _ => return false,
        };
        self.0.iter().any(|other| match other.lookup(name) {
            Key::Unknown => false,
            Key::Variable { .. } => env_names,
            // Where neither covers it, both report it.
            Key::Uncovered { .. } => !is_uncovered,
            _ => true,
        })
    }
}

impl fmt::Debug for OtherSets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OtherSets").field(&self.0.len()).finish()
    }
}
