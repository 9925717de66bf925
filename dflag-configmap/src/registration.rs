//! Registrations: which directory each set of flags already has an updater for.
//!
//! Two updaters of one directory would propose the same layer, each undoing what the other proposed.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use dflag::FlagSet;

use crate::lock::lock;

/// All registrations of the process.
static REGISTERED: Mutex<Vec<Key>> = Mutex::new(Vec::new());

/// The process, the address of the set of flags, and the directory by a path without links. A child process
/// that was forked has none of the updaters' threads.
type Key = (u32, usize, PathBuf);

/// Registers an updater until this is dropped. The owner also owns the set of flags, so its address
/// stays its own.
#[derive(Debug)]
pub(crate) struct Registration(Key);

impl Registration {
    /// Registers an updater of `flags` for `directory`, unless there is one.
    pub(crate) fn new(flags: &Arc<dyn FlagSet>, directory: &Path) -> Option<Self> {
        let address = Arc::as_ptr(flags).addr();
        let directory = std::fs::canonicalize(directory).unwrap_or_else(|_| directory.to_owned());
        let key = (std::process::id(), address, directory);
        let mut registered = lock(&REGISTERED);
        if registered.contains(&key) {
            return None;
        }
        registered.push(key.clone());
        Some(Self(key))
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        lock(&REGISTERED).retain(|key| *key != self.0);
    }
}
