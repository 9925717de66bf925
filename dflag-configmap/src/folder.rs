//! The folder: a directory that is held open while its files are read.
//!
//! Its files are opened beside each other, not each from the root down, and a listing that says
//! what is a file saves asking before each is opened. Nothing here waits for anybody:
//! a FIFO without a writer blocks whoever opens it, but not with `O_NONBLOCK`.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::key::key;
use crate::stamp::Stamp;

/// A directory that is open.
pub(crate) struct Folder {
    path: PathBuf,
    /// Its state when it was opened.
    pub(crate) stamp: Stamp,
    open: Open,
}

/// A name in a folder that can be a flag's.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) key: Arc<str>,
    /// Whether the listing says that it is a file, and not a link to one.
    pub(crate) is_file: bool,
}

impl Folder {
    /// Opens the directory at `path`.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let (open, stamp) = Open::at(path)?;
        Ok(Self {
            path: path.to_owned(),
            stamp,
            open,
        })
    }

    /// What can be a flag, in the order of the names.
    pub(crate) fn list(&mut self) -> io::Result<Vec<Listed>> {
        let mut listed = self.open.list(&self.path)?;
        listed.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        // A directory that changes meanwhile may list a name twice.
        listed.dedup_by(|a, b| a.key == b.key);
        Ok(listed)
    }

    pub(crate) fn path(&self, key: &str) -> PathBuf {
        self.path.join(key)
    }

    /// Opens the file under `key`, which must not be a link.
    pub(crate) fn file(&self, key: &str) -> io::Result<File> {
        self.open.file(&self.path, key)
    }
}

#[cfg(unix)]
use unix::Open;
#[cfg(unix)]
pub(crate) use unix::open;

#[cfg(unix)]
mod unix {
    use std::fs::File;
    use std::io;
    use std::path::Path;
    use std::sync::Arc;

    use rustix::fs::{CWD, Dir, FileType, Mode, OFlags, openat};

    use super::{Listed, Stamp, key};

    /// For reading, whatever it is and whoever is not there to write it.
    const READ: OFlags = OFlags::RDONLY
        .union(OFlags::CLOEXEC)
        .union(OFlags::NONBLOCK)
        .union(OFlags::NOCTTY);

    /// Opens what `path` leads to.
    pub(crate) fn open(path: &Path) -> io::Result<File> {
        Ok(openat(CWD, path, READ, Mode::empty())?.into())
    }

    /// The open directory.
    pub(super) struct Open(Dir);

    impl Open {
        pub(super) fn at(path: &Path) -> io::Result<(Self, Stamp)> {
            let flags = READ.union(OFlags::DIRECTORY);
            let directory = File::from(openat(CWD, path, flags, Mode::empty())?);
            let stamp = Stamp::from(&directory.metadata()?);
            Ok((Self(Dir::new(directory)?), stamp))
        }

        pub(super) fn list(&mut self, _: &Path) -> io::Result<Vec<Listed>> {
            let mut listed = Vec::new();
            for entry in &mut self.0 {
                let entry = entry?;
                let name = entry.file_name().to_str().ok();
                let Some(key) = name.and_then(|name| key(name.as_ref())) else {
                    continue;
                };
                listed.push(Listed {
                    key: Arc::from(key),
                    is_file: entry.file_type() == FileType::RegularFile,
                });
            }
            Ok(listed)
        }

        pub(super) fn file(&self, _: &Path, key: &str) -> io::Result<File> {
            let flags = READ.union(OFlags::NOFOLLOW);
            Ok(openat(self.0.fd()?, key, flags, Mode::empty())?.into())
        }
    }
}

#[cfg(not(unix))]
use elsewhere::Open;
#[cfg(not(unix))]
pub(crate) use elsewhere::open;

/// Where a directory can't be held open, its path has to do.
#[cfg(not(unix))]
mod elsewhere {
    use std::fs::File;
    use std::io;
    use std::path::Path;
    use std::sync::Arc;

    use super::{Listed, Stamp, key};

    /// Opens what `path` leads to.
    pub(crate) fn open(path: &Path) -> io::Result<File> {
        File::open(path)
    }

    pub(super) struct Open;

    impl Open {
        pub(super) fn at(path: &Path) -> io::Result<(Self, Stamp)> {
            Ok((Self, Stamp::of(path)?))
        }

        #[expect(clippy::unused_self, reason = "on Unix it is the directory")]
        pub(super) fn list(&mut self, path: &Path) -> io::Result<Vec<Listed>> {
            let mut listed = Vec::new();
            for entry in std::fs::read_dir(path)? {
                let entry = entry?;
                let name = entry.file_name();
                let Some(key) = key(&name) else { continue };
                listed.push(Listed {
                    key: Arc::from(key),
                    is_file: entry.file_type()?.is_file(),
                });
            }
            Ok(listed)
        }

        #[expect(clippy::unused_self, reason = "on Unix it is the directory")]
        pub(super) fn file(&self, path: &Path, key: &str) -> io::Result<File> {
            File::open(path.join(key))
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::Folder;

    #[test]
    fn a_link_is_listed_as_none_of_the_files_and_not_opened_as_one() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("file"), "1").unwrap();
        symlink("file", dir.path().join("link")).unwrap();
        std::fs::write(dir.path().join(".hidden"), "1").unwrap();
        let mut folder = Folder::open(dir.path()).unwrap();
        let listed = folder.list().unwrap();
        let listed = listed.iter().map(|listed| (&*listed.key, listed.is_file));
        assert_eq!(
            listed.collect::<Vec<_>>(),
            [("file", true), ("link", false)]
        );
        assert!(folder.file("file").is_ok());
        assert!(folder.file("link").is_err());
    }
}
