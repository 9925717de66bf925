//! `subPath` mounts: files that are mounted into the directory one by one.
//!
//! Such a file never changes again, since kubelet updates the volume and not the mount. The system's
//! mount table reveals them before an update is lost.

use std::path::{Path, PathBuf};

/// The mount table of the process, on Linux.
const MOUNT_TABLE: &str = "/proc/self/mountinfo";

/// The files in `directory`, a path without links, that are mounts of their own. None on systems
/// without a mount table.
pub(crate) fn mounted_files(directory: &Path) -> Vec<PathBuf> {
    let table = std::fs::read(MOUNT_TABLE).unwrap_or_default();
    let mut mounts = mounts_in(&table, directory);
    mounts.retain(|path| path.is_file());
    mounts
}

/// The mount points directly in `directory`, in the order of the table.
fn mounts_in(table: &[u8], directory: &Path) -> Vec<PathBuf> {
    let mut mounts: Vec<PathBuf> = Vec::new();
    for line in table.split(|&byte| byte == b'\n') {
        let Some(point) = line.split(|&byte| byte == b' ').nth(4) else {
            continue;
        };
        let point = path(unescape(point));
        if point.parent() == Some(directory) && !mounts.contains(&point) {
            mounts.push(point);
        }
    }
    mounts
}

/// Decodes an entry of the table, in which space, tab, line feed and backslash are three octal digits
/// after a backslash.
fn unescape(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, after)) = rest.split_first() {
        let octal = after.get(..3).filter(|_| first == b'\\');
        let value = octal.and_then(|digits| {
            digits.iter().try_fold(0_u8, |value, digit| match digit {
                b'0'..=b'7' => value.checked_mul(8)?.checked_add(digit - b'0'),
                _ => None,
            })
        });
        bytes.push(value.unwrap_or(first));
        rest = if value.is_some() {
            after.get(3..).unwrap_or_default()
        } else {
            after
        };
    }
    bytes
}

#[cfg(unix)]
fn path(bytes: Vec<u8>) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    std::ffi::OsString::from_vec(bytes).into()
}

#[cfg(not(unix))]
fn path(bytes: Vec<u8>) -> PathBuf {
    String::from_utf8_lossy(&bytes).into_owned().into()
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{mounts_in, unescape};

    const TABLE: &[u8] = b"\
22 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n\
30 22 0:25 / /etc/dflag ro,relatime shared:1 - tmpfs tmpfs rw\n\
31 30 254:0 /pods/1/volume-subpaths/config/app/0 /etc/dflag/rollout ro - ext4 /dev/vda rw\n\
32 30 254:0 /x /etc/dflag/with\\040space ro - ext4 /dev/vda rw\n\
33 22 254:0 /x /etc/dflag-other ro - ext4 /dev/vda rw\n\
34 30 254:0 /x /etc/dflag/sub/deep ro - ext4 /dev/vda rw\n\
35 30 254:0 /x /etc/dflag/rollout ro - ext4 /dev/vda rw\n\
short line\n";

    #[test]
    fn mounts_directly_in_the_directory_are_listed_once() {
        let mounts = mounts_in(TABLE, Path::new("/etc/dflag"));
        assert_eq!(
            mounts,
            ["/etc/dflag/rollout", "/etc/dflag/with space"].map(PathBuf::from)
        );
        assert!(mounts_in(TABLE, Path::new("/etc/nothing")).is_empty());
        assert!(mounts_in(b"", Path::new("/")).is_empty());
    }

    #[test]
    fn text_that_is_not_an_escape_stays_as_it_is() {
        for (text, expected) in [
            (r"a\040b", "a b"),
            (r"\134", r"\"),
            (r"a\04", r"a\04"),
            (r"a\", r"a\"),
            (r"\999", r"\999"),
            (r"\777", r"\777"),
        ] {
            assert_eq!(unescape(text.as_bytes()), expected.as_bytes(), "{text}");
        }
    }
}
