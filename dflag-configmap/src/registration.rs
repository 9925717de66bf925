//! Registrations: which ConfigMap each set of flags already has an updater for.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use dflag::FlagSet;

use crate::lock::lock;

/// All registrations of the process.
static REGISTERED: Mutex<Vec<Key>> = Mutex::new(Vec::new());

/// The process, the address of the set of flags, and the location. A child process that was forked has none of the
/// updaters' threads.
type Key = (u32, usize, PathBuf);

/// Marks a set of flags as having an updater for a ConfigMap. Dropping it removes the mark.
///
/// Two updaters of one ConfigMap would propose the same layer, each undoing what the other proposed.
///
/// ```
/// # use std::sync::Arc;
/// # use clap::Parser;
/// # use dflag::{DynamicFlags, FlagSet};
/// use dflag_configmap::source::Registration;
///
/// # #[derive(Clone, Parser, DynamicFlags)]
/// # struct Args {
/// #     #[arg(long, default_value_t = 3)]
/// #     #[flag(dynamic)]
/// #     limit: u8,
/// # }
/// # let args = Args::try_parse_dynamic_from(["server"])?;
/// let flags: Arc<dyn FlagSet> = (&args).into();
/// let first = Registration::new(&flags, "default/flags");
/// assert!(first.is_some());
/// assert!(Registration::new(&flags, "default/flags").is_none());
/// drop(first);
/// assert!(Registration::new(&flags, "default/flags").is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "it ends when it is dropped"]
pub struct Registration {
    key: Key,
    /// Keeps the set alive, so that no other set gets its address.
    _flags: Arc<dyn FlagSet>,
}

impl Registration {
    /// Registers an updater of `flags` for the ConfigMap at `location`: its namespace and name, or a directory by a path
    /// without links. `None` if this process has one.
    pub fn new(flags: &Arc<dyn FlagSet>, location: impl AsRef<Path>) -> Option<Self> {
        let address = Arc::as_ptr(flags).addr();
        let key = (std::process::id(), address, location.as_ref().to_owned());
        let mut registered = lock(&REGISTERED);
        if registered.contains(&key) {
            return None;
        }
        registered.push(key.clone());
        Some(Self {
            key,
            _flags: Arc::clone(flags),
        })
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        lock(&REGISTERED).retain(|key| *key != self.key);
    }
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (_, _, location) = &self.key;
        f.debug_struct("Registration")
            .field("location", location)
            .finish_non_exhaustive()
    }
}
