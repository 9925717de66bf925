//! Keys: which file names can be a flag's.
//!
//! Kubernetes permits `[-._a-zA-Z0-9]+` as a key. Any other name in the directory (`a~`, `#a#`,
//! `a,v`, or one that is not UTF-8) can't be a key, so it is ignored.
//! Names that begin with a dot are kubelet's (`..data`) or an editor's (`.a.swp`), never a flag's.

use std::ffi::OsStr;

/// Returns `name` as a key, if it can be one.
pub(crate) fn key(name: &OsStr) -> Option<&str> {
    let name = name.to_str()?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    (!name.is_empty() && !name.starts_with('.') && name.chars().all(allowed)).then_some(name)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::key;

    #[test]
    fn a_key_is_what_kubernetes_permits_and_does_not_begin_with_a_dot() {
        for name in [
            "a",
            "A-b_c.9",
            "4913",
            "example_my_dynamic_int",
            "a.bak",
            "-",
        ] {
            assert_eq!(key(OsStr::new(name)), Some(name));
        }
        for name in [
            "",
            ".",
            "..",
            "..data",
            "..2026_01_01",
            ".a",
            ".a.swp",
            "a~",
            "#a#",
            "a b",
            "a,v",
            "ä",
            "a\n",
        ] {
            assert_eq!(key(OsStr::new(name)), None, "{name:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_not_utf8_is_not_a_key() {
        use std::os::unix::ffi::OsStrExt;
        assert_eq!(key(OsStr::from_bytes(b"a\xff")), None);
    }
}
