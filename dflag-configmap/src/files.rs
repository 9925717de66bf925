//! Files by key: a list in the order of the keys, each there once.
//!
//! A directory is listed in that order once, and then two lists are compared side by side.

use std::sync::Arc;

/// What there is under each key.
pub(crate) type Files<T> = Vec<(Arc<str>, T)>;

/// What is under `key`.
pub(crate) fn find<'a, T>(files: &'a [(Arc<str>, T)], key: &str) -> Option<&'a T> {
    let at = position(files, key).ok()?;
    files.get(at).map(|(_, file)| file)
}

/// Puts `file` under `key`, or takes away what is there.
pub(crate) fn set<T>(files: &mut Files<T>, key: Arc<str>, file: Option<T>) {
    match (position(files, &key), file) {
        (Ok(at), Some(file)) => {
            if let Some((_, place)) = files.get_mut(at) {
                *place = file;
            }
        }
        (Ok(at), None) => {
            files.remove(at);
        }
        (Err(at), Some(file)) => files.insert(at, (key, file)),
        (Err(_), None) => {}
    }
}

/// Each key of either list, in their order, with what is there under it.
pub(crate) fn both<'a, A, B>(
    a: &'a [(Arc<str>, A)],
    b: &'a [(Arc<str>, B)],
) -> impl Iterator<Item = (&'a Arc<str>, Option<&'a A>, Option<&'a B>)> {
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    std::iter::from_fn(move || {
        let key = match (a.peek(), b.peek()) {
            (Some((a, _)), Some((b, _))) => a.min(b),
            (Some((key, _)), None) | (None, Some((key, _))) => key,
            (None, None) => return None,
        };
        let a = a.next_if(|(of, _)| of == key).map(|(_, file)| file);
        let b = b.next_if(|(of, _)| of == key).map(|(_, file)| file);
        Some((key, a, b))
    })
}

fn position<T>(files: &[(Arc<str>, T)], key: &str) -> Result<usize, usize> {
    files.binary_search_by(|(of, _)| (**of).cmp(key))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Files, both, find, set};

    fn files(keys: &[(&str, u8)]) -> Files<u8> {
        keys.iter()
            .map(|&(key, file)| (Arc::from(key), file))
            .collect()
    }

    #[test]
    fn what_is_set_is_found_and_in_order() {
        let mut now = Files::new();
        for (key, file) in [("b", 1), ("c", 2), ("a", 3), ("b", 4)] {
            set(&mut now, key.into(), Some(file));
        }
        assert_eq!(now, files(&[("a", 3), ("b", 4), ("c", 2)]));
        assert_eq!((find(&now, "c"), find(&now, "d")), (Some(&2), None));
        set(&mut now, "b".into(), None);
        set(&mut now, "d".into(), None);
        assert_eq!(now, files(&[("a", 3), ("c", 2)]));
    }

    #[test]
    fn two_lists_are_met_side_by_side() {
        let (a, b) = (files(&[("a", 1), ("c", 2)]), files(&[("b", 3), ("c", 4)]));
        let met: Vec<_> = both(&a, &b)
            .map(|(key, a, b)| (&**key, a.copied(), b.copied()))
            .collect();
        assert_eq!(
            met,
            [
                ("a", Some(1), None),
                ("b", None, Some(3)),
                ("c", Some(2), Some(4))
            ]
        );
    }
}
