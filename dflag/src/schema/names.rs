//! Names: the keys under which a source can set a flag.
//!
//! They are its long name, its aliases and its clap id; `-` and `_` are the same.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use clap::Arg;

/// Every name of every flag, normalized, with the index of the flag.
pub(crate) struct Names(BTreeMap<String, usize>);

/// The similarity from which clap itself suggests a name.
const SIMILAR: f64 = 0.7;

impl Names {
    pub(crate) fn of(flags: &[(usize, &Arg)]) -> Self {
        let mut names = BTreeMap::new();
        for (flag, arg) in flags {
            if let Some(long) = arg.get_long() {
                names.insert(normalize(long).into_owned(), *flag);
            }
        }
        // After all long names, so that a long name takes precedence over an alias or an id.
        for (flag, arg) in flags {
            let aliases = arg.get_all_aliases().unwrap_or_default();
            for name in aliases.into_iter().chain([arg.get_id().as_str()]) {
                names.entry(normalize(name).into_owned()).or_insert(*flag);
            }
        }
        Self(names)
    }

    pub(crate) fn find(&self, key: &str) -> Option<usize> {
        self.0.get(&*normalize(key)).copied()
    }

    /// The flag whose name is most similar to `key`, if one is similar.
    pub(crate) fn similar(&self, key: &str) -> Option<usize> {
        let key = normalize(key);
        let names = self.0.iter();
        names
            .map(|(name, flag)| (strsim::jaro(&key, name), flag))
            .filter(|(similarity, _)| *similarity > SIMILAR)
            .max_by(|(one, _), (other, _)| one.total_cmp(other))
            .map(|(_, flag)| *flag)
    }
}

/// Two of `names` that a source can't distinguish.
pub(crate) fn ambiguous<'a>(
    mut names: impl Iterator<Item = &'a str>,
) -> Option<(&'a str, &'a str)> {
    let mut seen = HashMap::new();
    names.find_map(|name| Some((seen.insert(normalize(name), name)?, name)))
}

/// Whether a source can use one name for the other.
pub(crate) fn alike(one: &str, other: &str) -> bool {
    normalize(one) == normalize(other)
}

/// The same name with the lifetime `'static`, which clap requires. clap's feature `string` would
/// allow owned names, but adds about 100 KiB to every program.
///
/// A program has a fixed number of flags, and each name is leaked once.
pub(crate) fn intern(name: &str) -> &'static str {
    static INTERNED: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut interned = INTERNED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(name) = interned.get(name) {
        return name;
    }
    let name: &'static str = Box::leak(Box::from(name));
    interned.insert(name);
    name
}

fn normalize(name: &str) -> Cow<'_, str> {
    if name.contains('-') {
        name.replace('-', "_").into()
    } else {
        name.into()
    }
}

#[cfg(test)]
mod tests {
    use super::{ambiguous, intern};

    #[test]
    fn a_name_is_leaked_once() {
        let names = ["b", "a", "c"].map(intern);
        assert_eq!(names, ["b", "a", "c"]);
        for name in names {
            let copy = name.to_owned();
            assert!(std::ptr::eq(intern(&copy), name));
        }
    }

    #[test]
    fn names_that_differ_in_separators_only_are_ambiguous() {
        assert_eq!(
            ambiguous(["a-b", "c", "a_b"].into_iter()),
            Some(("a-b", "a_b"))
        );
        assert_eq!(ambiguous(["a-b", "ab", "a"].into_iter()), None);
    }
}
