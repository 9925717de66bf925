//! Known keys: which of the names that can be keys are a flag's.
//!
//! Only their files are read, and only they count towards the limits of size. The others are listed, so
//! that they can be reported.

use std::fmt;
use std::sync::Mutex;

use crate::lock::lock;

/// Tells the keys that name a flag from those that don't.
pub(crate) struct KnownKeys {
    is_flag: Box<dyn Fn(&str) -> bool + Send + Sync>,
    /// The known keys so far, sorted. The flags never change, and describing one costs more than a look-up.
    known: Mutex<Vec<Box<str>>>,
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
        let find = |known: &[Box<str>]| known.binary_search_by(|other| (**other).cmp(key));
        if find(&lock(&self.known)).is_ok() {
            return true;
        }
        let is_known = (self.is_flag)(key);
        if is_known {
            let mut known = lock(&self.known);
            if let Err(at) = find(&known) {
                known.insert(at, key.into());
            }
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
