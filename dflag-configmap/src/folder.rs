//! The folder: the names in a directory, and opening what they name.
//!
//! A listing that says what is a file saves asking before each is opened. Nothing here waits for
//! anybody: a FIFO without a writer blocks whoever opens it, but not with `O_NONBLOCK`.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::key::key;

/// A name in a folder that can be a flag's.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) key: Arc<str>,
    /// Whether the listing says that it is a file, and not a link to one.
    pub(crate) is_file: bool,
}

/// What in `directory` can be a flag, in the order of the names.
pub(crate) fn list(directory: &Path) -> io::Result<Vec<Listed>> {
    let mut listed = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(key) = key(&name) else { continue };
        listed.push(Listed {
            key: Arc::from(key),
            // Where the listing does not say it, and the file has gone since, it is none.
            is_file: entry.file_type().is_ok_and(|kind| kind.is_file()),
        });
    }
    listed.sort_unstable_by(|a, b| a.key.cmp(&b.key));
    // A directory that changes meanwhile may list a name twice.
    listed.dedup_by(|a, b| a.key == b.key);
    Ok(listed)
}

/// Opens what `path` leads to, through links, whatever it is and whoever is not there to write it.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    reading(Links::Follow).open(path)
}

/// Opens `path`, which must not be a link.
pub(crate) fn open_file(path: &Path) -> io::Result<File> {
    reading(Links::Reject).open(path)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Links {
    Follow,
    Reject,
}

#[cfg(unix)]
fn reading(links: Links) -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let reject = if links == Links::Reject {
        libc::O_NOFOLLOW
    } else {
        0
    };
    let mut options = OpenOptions::new();
    options.read(true);
    options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY | reject);
    options
}

/// Where a file can't be opened as what it is listed as, it is opened all the same, and asked then.
#[cfg(not(unix))]
fn reading(_: Links) -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true);
    options
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::{list, open, open_file};

    #[test]
    fn a_link_is_listed_as_none_of_the_files_and_not_opened_as_one() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("file"), "1").unwrap();
        symlink("file", dir.path().join("link")).unwrap();
        std::fs::write(dir.path().join(".hidden"), "1").unwrap();
        let listed = list(dir.path()).unwrap();
        let listed = listed.iter().map(|listed| (&*listed.key, listed.is_file));
        assert_eq!(
            listed.collect::<Vec<_>>(),
            [("file", true), ("link", false)]
        );
        assert!(open_file(&dir.path().join("file")).is_ok());
        assert!(open_file(&dir.path().join("link")).is_err());
        assert!(open(&dir.path().join("link")).is_ok());
    }
}
