//! Names: what a source may call a flag.
//!
//! Its long name, its aliases and its clap id, `-` and `_` being the same.

use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};

use clap::Arg;

use crate::order::order;

/// Every name of every flag, in alphabetical order, each once and with the index of the flag.
pub(crate) struct Names(Vec<(String, usize)>);

impl Names {
    pub(crate) fn of(flags: &[(usize, &Arg)]) -> Self {
        let mut names = Vec::with_capacity(2 * flags.len());
        for (flag, arg) in flags {
            names.push((normalize(arg.get_long().unwrap_or_default()), *flag));
        }
        // A long name is what people know; an alias or an id never takes one away.
        for (flag, arg) in flags {
            for alias in arg.get_all_aliases().unwrap_or_default() {
                names.push((normalize(alias).into_owned().into(), *flag));
            }
            names.push((normalize(arg.get_id().as_str()), *flag));
        }
        let texts: Vec<&str> = names.iter().map(|(name, _)| &**name).collect();
        let mut sorted: Vec<(String, usize)> = Vec::with_capacity(names.len());
        for (name, flag) in order(&texts)
            .into_iter()
            .filter_map(|place| names.get(place))
        {
            if sorted.last().is_none_or(|(last, _)| last != name) {
                sorted.push((name.clone().into_owned(), *flag));
            }
        }
        Self(sorted)
    }

    pub(crate) fn find(&self, key: &str) -> Option<usize> {
        let key = normalize(key);
        let place = self.0.binary_search_by(|(name, _)| (**name).cmp(&*key));
        Some(self.0.get(place.ok()?)?.1)
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
pub(crate) fn ambiguous<'a>(names: &[&'a str]) -> Option<(&'a str, &'a str)> {
    // clap sees to it that no two are equal, and nearly always all are written in one way.
    let written = |way| names.iter().any(|name| name.as_bytes().contains(&way));
    if !(written(b'-') && written(b'_')) {
        return None;
    }
    let normal: Vec<_> = names.iter().map(|name| normalize(name)).collect();
    let texts: Vec<&str> = normal.iter().map(AsRef::as_ref).collect();
    let order = order(&texts);
    order.windows(2).find_map(|pair| {
        let [one, other] = *pair else { return None };
        let same = texts.get(one) == texts.get(other);
        same.then_some((*names.get(one)?, *names.get(other)?))
    })
}

/// Whether a source may write one name for the other.
pub(crate) fn alike(one: &str, other: &str) -> bool {
    let plain = |byte| if byte == b'-' { b'_' } else { byte };
    let pairs = || one.bytes().zip(other.bytes());
    one == other
        || one.len() == other.len() && pairs().all(|(one, other)| plain(one) == plain(other))
}

/// The same name, for as long as the process runs: clap takes no other, but with a feature for which
/// each text in each argument is one to be freed, and that is in all of clap.
///
/// A program has so many flags and no more, and each name is kept once.
pub(crate) fn for_ever(name: &str) -> &'static str {
    static KEPT: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    match kept.binary_search(&name) {
        Ok(place) => kept.get(place).copied().unwrap_or_default(),
        Err(place) => {
            let name: &'static str = Box::leak(Box::from(name));
            kept.insert(place, name);
            name
        }
    }
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
    use super::for_ever;

    #[test]
    fn a_name_is_kept_once() {
        let names = ["b", "a", "c"].map(for_ever);
        assert_eq!(names, ["b", "a", "c"]);
        for name in names {
            let copy = name.to_owned();
            assert!(std::ptr::eq(for_ever(&copy), name));
        }
    }
}
