//! Known keys: which of the names that can be keys are a flag's.
//!
//! Only their files are read, and only they count towards the limits of size. The others are listed, so
//! that they can be reported.

use std::fmt;
use std::sync::{Arc, Mutex};

use fnv::FnvHashSet;

use crate::lock::lock;

/// Tells the keys that name a flag from those that don't.
pub(crate) struct KnownKeys {
    is_flag: Box<dyn Fn(&str) -> bool + Send + Sync>,
    /// The known keys so far. The flags never change, and describing one costs more than a look-up.
    known: Mutex<FnvHashSet<Arc<str>>>,
}

impl KnownKeys {
    /// The keys of which `is_flag` says that they name a flag, always in the same way.
    pub(crate) fn new(is_flag: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self {
            is_flag: Box::new(is_flag),
            known: Mutex::default(),
        }
    }

    /// The key `name`, shared by all scans; `None` if it names no flag.
    pub(crate) fn get(&self, name: &str) -> Option<Arc<str>> {
        let known = lock(&self.known).get(name).cloned();
        known.or_else(|| {
            (self.is_flag)(name).then(|| {
                let key: Arc<str> = Arc::from(name);
                lock(&self.known).insert(Arc::clone(&key));
                key
            })
        })
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
