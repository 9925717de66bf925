//! Keys: which file names are proposed to the flags.
//!
//! Names that begin with a dot are kubelet's (`..data`) or an editor's (`.a.swp`), never a flag's. Any
//! other name is proposed, even one that Kubernetes does not permit as a key (`a~`, `rollout `), so that
//! a misspelt file is reported as an unknown key. A name that is not UTF-8 can't be a ConfigMap's key or
//! a flag's, and is ignored.

use std::ffi::OsStr;

/// Returns `name` as a key, unless it is ignored.
pub(crate) fn key(name: &OsStr) -> Option<&str> {
    let name = name.to_str()?;
    (!name.is_empty() && !name.starts_with('.')).then_some(name)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::key;

    #[test]
    fn a_key_is_any_text_that_does_not_begin_with_a_dot() {
        for name in [
            "a",
            "A-b_c.9",
            "4913",
            "example_my_dynamic_int",
            "a.bak",
            "-",
            "a~",
            "#a#",
            "rollout ",
            "größe",
            "a\n",
        ] {
            assert_eq!(key(OsStr::new(name)), Some(name));
        }
        for name in ["", ".", "..", "..data", "..2026_01_01", ".a", ".a.swp"] {
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
