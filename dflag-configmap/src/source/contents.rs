//! Contents from anywhere.

use std::sync::Arc;

use crate::volume::{self, Content};

/// What the keys of one generation of a ConfigMap hold.
///
/// A clone is cheap. [`Debug`](std::fmt::Debug) shows lengths only, since a value may be secret.
///
/// ```
/// use dflag_configmap::source::Contents;
///
/// let contents = Contents::from_iter([("limit", "5"), ("rollout", "0.5")]);
/// assert!(contents.contains(&Contents::from_iter([("limit", "5")])));
/// assert!(!contents.contains(&Contents::from_iter([("limit", "6")])));
/// assert!(contents.has_keys_of(&Contents::from_iter([("limit", "6")])));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents(pub(super) Arc<volume::Contents>);

impl Contents {
    /// The number of keys.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether each key of `part` is one of these, with the same content.
    pub fn contains(&self, part: &Self) -> bool {
        let mut part = part.0.iter();
        part.all(|(key, content)| self.0.get(key) == Some(content))
    }

    /// Whether each key of `other` is one of these, whatever it holds.
    pub fn has_keys_of(&self, other: &Self) -> bool {
        let mut keys = other.0.keys();
        keys.all(|key| self.0.get(key).is_some())
    }
}

/// Keys and what they hold. A name that begins with a dot is no key, as in a directory.
impl<K: AsRef<str>, V: AsRef<[u8]>> FromIterator<(K, V)> for Contents {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let keys = entries.into_iter().filter_map(|(key, value)| {
            let key = volume::key(key.as_ref().as_ref())?;
            Some((Arc::from(key), Content::Bytes(Arc::from(value.as_ref()))))
        });
        Self(Arc::new(keys.collect()))
    }
}
