//! Values by key.

use std::ops::Deref;
use std::sync::Arc;

/// A value for each of some keys, sorted by key. It suits lists that are built in this order and rarely changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ByKey<T>(Vec<(Arc<str>, T)>);

impl<T> ByKey<T> {
    pub(crate) fn get(&self, key: &str) -> Option<&T> {
        let at = self.binary_search_by(|(other, _)| (**other).cmp(key));
        self.0.get(at.ok()?).map(|(_, value)| value)
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &Arc<str>> {
        self.iter().map(|(key, _)| key)
    }

    /// Sets the value of `key`, or removes it.
    pub(crate) fn set(&mut self, key: Arc<str>, value: Option<T>) {
        // Most lists are built in this order.
        let is_last = self.last().is_none_or(|(last, _)| *last < key);
        let at = if is_last {
            self.len()
        } else {
            self.partition_point(|(other, _)| *other < key)
        };
        if self.0.get(at).is_some_and(|(other, _)| *other == key) {
            self.0.remove(at);
        }
        if let Some(value) = value {
            self.0.insert(at, (key, value));
        }
    }
}

impl<T> Default for ByKey<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Deref for ByKey<T> {
    type Target = [(Arc<str>, T)];

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<T> FromIterator<(Arc<str>, T)> for ByKey<T> {
    fn from_iter<I: IntoIterator<Item = (Arc<str>, T)>>(entries: I) -> Self {
        let mut list = Self::default();
        for (key, value) in entries {
            list.set(key, Some(value));
        }
        list
    }
}

impl<T> IntoIterator for ByKey<T> {
    type Item = (Arc<str>, T);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
