//! Known keys: which of the names that can be keys are a flag's.
//!
//! Only their files are read, and only they count towards the limits of size. The others are listed, so
//! that they can be reported.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Mutex;

use crate::context::lock;

/// Tells the keys that name a flag from those that don't.
pub(crate) struct KnownKeys {
    is_flag: Box<dyn Fn(&str) -> bool + Send + Sync>,
    /// The known keys so far. The flags never change, and describing one costs more than a look-up.
    known: Mutex<BTreeSet<Box<str>>>,
}

impl KnownKeys {
    /// The keys of which `is_flag` says that they name a flag, always in the same way.
    pub(crate) fn new(is_flag: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self {
            is_flag: Box::new(is_flag),
            known: Mutex::default(),
        }
    }

    pub(crate) fn contains(&self, key: &str) -> bool {
        if lock(&self.known).contains(key) {
            return true;
        }
        let is_known = (self.is_flag)(key);
        if is_known {
            lock(&self.known).insert(key.into());
        }
        is_known
    }
}

impl fmt::Debug for KnownKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KnownKeys")
            .field(&*lock(&self.known))
            .finish()
    }
}

#[cfg(test)]
pub(crate) mod fake {
    use super::KnownKeys;

    /// Every key is a flag's.
    pub(crate) fn all_keys() -> KnownKeys {
        KnownKeys::new(|_| true)
    }
}
