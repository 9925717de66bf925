//! Names: what a source may call a flag.
//!
//! Its long name, its aliases and its clap id, `-` and `_` being the same.

use std::borrow::Cow;
use std::collections::BTreeMap;

use clap::Arg;

/// Every name of every flag, by the index of the flag.
pub(crate) struct Names(BTreeMap<String, usize>);

impl Names {
    pub(crate) fn of<'a>(flags: impl Iterator<Item = (usize, &'a Arg)> + Clone) -> Self {
        let mut names = BTreeMap::new();
        for (flag, arg) in flags.clone() {
            names
                .entry(normalize(arg.get_long().unwrap_or_default()).into_owned())
                .or_insert(flag);
        }
        // A long name is what people know; an alias or an id never takes one away.
        for (flag, arg) in flags {
            for alias in arg.get_all_aliases().unwrap_or_default() {
                names.entry(normalize(alias).into_owned()).or_insert(flag);
            }
            names
                .entry(normalize(arg.get_id().as_str()).into_owned())
                .or_insert(flag);
        }
        Self(names)
    }

    pub(crate) fn find(&self, key: &str) -> Option<usize> {
        self.0.get(&*normalize(key)).copied()
    }

    /// The flag with the name that is nearest to `key`, if one is near.
    pub(crate) fn nearest(&self, key: &str) -> Option<usize> {
        let key = normalize(key);
        let names = self
            .0
            .iter()
            .map(|(name, flag)| (strsim::jaro(&key, name), flag));
        // What clap itself takes for near enough to suggest.
        let near = names.filter(|(nearness, _)| *nearness > 0.7);
        let (_, flag) = near.max_by(|(one, _), (other, _)| one.total_cmp(other))?;
        Some(*flag)
    }
}

/// Two of `names` that a source could not tell apart.
pub(crate) fn ambiguous<'a>(
    names: impl Iterator<Item = &'a str> + Clone,
) -> Option<(&'a str, &'a str)> {
    // clap sees to it that no two are equal, and nearly always all are written in one way.
    let mut ways = ['-', '_'].into_iter();
    if !ways.all(|way| names.clone().any(|name| name.contains(way))) {
        return None;
    }
    let mut seen = BTreeMap::new();
    names
        .into_iter()
        .find_map(|name| Some((seen.insert(normalize(name), name)?, name)))
}

/// Whether a source may write one name for the other.
pub(crate) fn alike(one: &str, other: &str) -> bool {
    let plain = |byte| if byte == b'-' { b'_' } else { byte };
    let pairs = || one.bytes().zip(other.bytes());
    one == other
        || one.len() == other.len() && pairs().all(|(one, other)| plain(one) == plain(other))
}

fn normalize(name: &str) -> Cow<'_, str> {
    if name.contains('-') {
        name.replace('-', "_").into()
    } else {
        name.into()
    }
}
