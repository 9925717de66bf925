//! Registrations: which ConfigMap each set of flags already has an updater for.

use std::sync::{Arc, Mutex, PoisonError};

use dflag::FlagSet;

/// All registrations of the process.
static REGISTERED: Mutex<Vec<Key>> = Mutex::new(Vec::new());

/// The process, the address of the set of flags, and the ConfigMap.
type Key = (u32, usize, String);

/// Registers an updater until this is dropped. The owner also owns the set of flags, so its address
/// stays its own.
#[derive(Debug)]
pub(crate) struct Registration(Key);

impl Registration {
    /// Registers an updater of `flags` for the ConfigMap, unless there is one.
    pub(crate) fn new(flags: &Arc<dyn FlagSet>, location: &str) -> Option<Self> {
        let address = Arc::as_ptr(flags).addr();
        let key = (std::process::id(), address, location.to_owned());
        let mut registered = REGISTERED.lock().unwrap_or_else(PoisonError::into_inner);
        if registered.contains(&key) {
            return None;
        }
        registered.push(key.clone());
        Some(Self(key))
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        let mut registered = REGISTERED.lock().unwrap_or_else(PoisonError::into_inner);
        registered.retain(|key| *key != self.0);
    }
}
