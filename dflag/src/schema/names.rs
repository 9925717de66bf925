//! Names: the keys under which a source can set a flag.
//!
//! They are its long name, its aliases and its clap id; `-` and `_` are the same.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use clap::Arg;

use crate::schema::flag_def::FlagKind;

/// Every name of every flag, with the index of the flag.
pub(crate) struct Names {
    /// Normalized names.
    normalized: HashMap<String, usize>,
    /// The declared names that differ from another flag's in `-` and `_` only. Both flags are static:
    /// if one were dynamic, the program would not start.
    exact: HashMap<String, usize>,
}

/// The similarity from which clap itself suggests a name.
const SIMILAR: f64 = 0.7;

impl Names {
    pub(crate) fn of(flags: &[(usize, &Arg)]) -> Self {
        let mut names = Self {
            normalized: HashMap::new(),
            exact: HashMap::new(),
        };
        // A long name takes precedence over another flag's alias, and both take precedence over an
        // id, which the command line does not know.
        for (flag, arg) in flags {
            names.add(arg.get_long(), *flag);
        }
        for (flag, arg) in flags {
            names.add(arg.get_all_aliases().unwrap_or_default(), *flag);
        }
        for (flag, arg) in flags {
            let id = normalize(arg.get_id().as_str()).into_owned();
            names.normalized.entry(id).or_insert(*flag);
        }
        names
    }

    fn add<'a>(&mut self, names: impl IntoIterator<Item = &'a str>, flag: usize) {
        for name in names {
            let first = *self
                .normalized
                .entry(normalize(name).into_owned())
                .or_insert(flag);
            if first != flag {
                self.exact.entry(name.to_owned()).or_insert(flag);
            }
        }
    }

    pub(crate) fn find(&self, key: &str) -> Option<usize> {
        let exact = self.exact.get(key);
        exact
            .or_else(|| self.normalized.get(&*normalize(key)))
            .copied()
    }

    /// The flag whose name is most similar to `key`, regardless of case, if one is similar.
    pub(crate) fn similar(&self, key: &str) -> Option<usize> {
        let key = normalize(key).to_lowercase();
        let names = self.normalized.iter();
        names
            .map(|(name, flag)| (strsim::jaro(&key, &name.to_lowercase()), name, flag))
            .filter(|(similarity, ..)| *similarity > SIMILAR)
            .max_by(|one, other| one.0.total_cmp(&other.0).then_with(|| one.1.cmp(other.1)))
            .map(|(_, _, flag)| *flag)
    }
}

/// Two names that clap distinguishes and a source can't, of different flags of which at least one is
/// dynamic.
pub(crate) fn ambiguous<'a>(
    flags: impl Iterator<Item = (&'a Arg, FlagKind)>,
) -> Option<(&'a str, &'a str)> {
    let names = flags.enumerate().flat_map(|(flag, (arg, kind))| {
        let aliases = arg.get_all_aliases().unwrap_or_default();
        let names = arg.get_long().into_iter().chain(aliases);
        names.map(move |name| (name, flag, kind))
    });
    let mut first_by_name = HashMap::new();
    for (name, flag, kind) in names {
        let (first, first_flag, first_kind) = *first_by_name
            .entry(normalize(name))
            .or_insert((name, flag, kind));
        let dynamic = [kind, first_kind].contains(&FlagKind::Dynamic);
        if first_flag != flag && dynamic {
            return Some((first, name));
        }
    }
    None
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
    static INTERNED: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());
    let mut interned = INTERNED.lock().unwrap_or_else(PoisonError::into_inner);
    let position = interned.partition_point(|other| *other < name);
    if let Some(found) = interned.get(position).filter(|other| **other == name) {
        return found;
    }
    let name: &'static str = Box::leak(Box::from(name));
    interned.insert(position, name);
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
    use super::{Names, ambiguous, intern};
    use crate::schema::flag_def::FlagKind;
    use clap::Arg;

    #[test]
    fn name_is_leaked_once() {
        let names = ["b", "a", "c"].map(intern);
        assert_eq!(names, ["b", "a", "c"]);
        for name in names {
            let copy = name.to_owned();
            assert!(std::ptr::eq(intern(&copy), name));
        }
    }

    fn arg(long: &'static str, alias: &'static str, id: &'static str) -> Arg {
        Arg::new(id).long(long).alias(alias)
    }

    #[test]
    fn names_that_differ_in_separators_only_are_ambiguous_with_a_dynamic_flag() {
        use FlagKind::{Dynamic, Static};

        let names = |args: &[(Arg, FlagKind)]| {
            let found = ambiguous(args.iter().map(|(arg, kind)| (arg, *kind)));
            found.map(|(one, other)| format!("{one} {other}"))
        };
        let [one, other] = [arg("a-b", "x", "1"), arg("a_b", "y", "2")];
        let alias = arg("c", "a_b", "3");
        assert_eq!(
            names(&[(one.clone(), Static), (other.clone(), Dynamic)]).as_deref(),
            Some("a-b a_b")
        );
        assert_eq!(
            names(&[(one.clone(), Dynamic), (alias.clone(), Static)]).as_deref(),
            Some("a-b a_b")
        );
        assert_eq!(
            names(&[(one.clone(), Static), (other.clone(), Static)]),
            None
        );
        assert_eq!(
            names(&[(one.clone(), Dynamic), (arg("ab", "a", "a_b"), Dynamic)]),
            None
        );

        let found = |args: [&Arg; 2], key| Names::of(&[(0, args[0]), (1, args[1])]).find(key);
        assert_eq!(
            (found([&one, &other], "a-b"), found([&one, &other], "a_b")),
            (Some(0), Some(1))
        );
    }

    #[test]
    fn alias_takes_precedence_over_an_id() {
        let args = [arg("bar", "z", "foo"), arg("b", "foo", "y")];
        assert_eq!(
            Names::of(&[(0, &args[0]), (1, &args[1])]).find("foo"),
            Some(1)
        );
    }
}
