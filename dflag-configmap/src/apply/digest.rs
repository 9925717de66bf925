//! Digests of contents.

use std::hash::Hasher as _;

use fnv::FnvHasher;

use crate::recovery::Digest;
use crate::volume::{Content, Contents};

/// The digest of the keys for which `includes` holds. Keys that name no flag are left out. Equal contents have equal
/// digests on every machine and in every version.
pub(super) fn digest(contents: &Contents, includes: &dyn Fn(&str) -> bool) -> Digest {
    let mut hasher = FnvHasher::default();
    // Lengths distinguish `a` = `bc` from `ab` = `c`.
    let mut write = |bytes: &[u8]| {
        hasher.write(&(bytes.len() as u64).to_le_bytes());
        hasher.write(bytes);
    };
    for (key, content) in contents.iter().filter(|(key, _)| includes(key)) {
        match content {
            Content::Bytes(bytes) => {
                write(key.as_bytes());
                write(bytes);
            }
            Content::Unreadable(_) => {
                write(key.as_bytes());
                write(b"\0unreadable");
            }
            Content::Unknown => {}
        }
    }
    Digest(hasher.finish())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::digest;
    use crate::volume::{Content, Contents};

    fn contents(keys: &[(&str, Content)]) -> Contents {
        let keys = keys.iter();
        keys.map(|(key, content)| (Arc::from(*key), content.clone()))
            .collect()
    }

    fn bytes(text: &str) -> Content {
        Content::Bytes(Arc::from(text.as_bytes()))
    }

    #[test]
    fn every_difference_in_a_flag_shows_and_others_do_not() {
        let all = |contents: &Contents| digest(contents, &|_| true);
        let one = all(&contents(&[("a", bytes("bc"))]));
        assert_ne!(one, all(&contents(&[("ab", bytes("c"))])));
        assert_ne!(one, all(&contents(&[("a", bytes("bd"))])));
        assert_ne!(one, all(&contents(&[])));
        let unknown = contents(&[("a", bytes("bc")), ("b", Content::Unknown)]);
        assert_eq!(one, all(&unknown));
        let secret = contents(&[("a", bytes("bc")), ("pin", bytes("1"))]);
        assert_eq!(one, digest(&secret, &|key| key != "pin"));
    }
}
