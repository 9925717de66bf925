//! The files of one directory, read together.

use std::fs::{DirEntry, FileType};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::by_key::ByKey;
use super::content::{Content, Contents};
use super::file::{File, Listed};
use super::file_name::key;
use super::known::KnownKeys;
use super::stamp::Stamp;
use crate::error::{DirectoryError, FileError};

/// The limit of all files of flags together, in bytes. No directory of flags comes near it.
const MAX_TOTAL_SIZE: u64 = 64 << 20;

/// The files of a directory that can be flags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Files {
    /// The directory, by a path without links.
    pub(crate) directory: PathBuf,
    /// The state of the directory, from before its names were listed.
    pub(crate) stamp: Stamp,
    pub(crate) by_key: ByKey<File>,
    /// Whether no file vanished between being listed and being read.
    pub(crate) is_complete: bool,
}

impl Files {
    /// Reads the files of `directory`, a path without links, whose keys are `known`, and lists the others.
    pub(crate) fn read(directory: &Path, known: &KnownKeys) -> Result<Self, DirectoryError> {
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::NotADirectory => DirectoryError::NotADirectory {
                path: directory.to_owned(),
            },
            _ => DirectoryError::Io {
                path: directory.to_owned(),
                error: Arc::new(error),
            },
        };
        let stamp = Stamp::of(directory).map_err(failed)?;
        let mut by_key = ByKey::default();
        let mut buffer = Vec::new();
        let mut size = 0;
        let mut is_complete = true;
        let mut path = directory.to_owned();
        for name in list(directory, known).map_err(failed)? {
            path.push(&*name.key);
            let file = if name.is_known {
                File::read(&path, name.listed, &mut buffer)
            } else {
                File::unknown(&path, name.listed)
            };
            path.pop();
            let Some(file) = file else {
                is_complete = false;
                continue;
            };
            size += file.content.len() as u64;
            if size > MAX_TOTAL_SIZE {
                return Err(DirectoryError::TooLarge {
                    path: directory.to_owned(),
                    limit: MAX_TOTAL_SIZE,
                });
            }
            by_key.set(name.key, Some(file));
        }
        Ok(Self {
            directory: directory.to_owned(),
            stamp,
            by_key,
            is_complete,
        })
    }

    /// Whether the directory lists the same names.
    pub(crate) fn lists_the_same(&self) -> bool {
        Stamp::of(&self.directory).is_ok_and(|stamp| stamp == self.stamp)
    }

    /// Whether all metadata is as it was and all files were read, so that nothing needs to be opened.
    pub(crate) fn has_same_metadata(&self) -> bool {
        !self.has_system_errors()
            && self.lists_the_same()
            && self
                .by_key
                .iter()
                .filter(|(_, file)| file.content != Content::Unknown)
                .all(|(key, file)| Stamp::of(&self.path(key)).ok() == file.stamp)
    }

    /// Whether the system failed to read a file, perhaps for a moment only (`EMFILE`, `EIO`, a lease).
    /// Success later does not show in the metadata.
    pub(crate) fn has_system_errors(&self) -> bool {
        let mut files = self.by_key.iter();
        files.any(|(_, file)| matches!(file.content, Content::Unreadable(FileError::Io(_))))
    }

    /// Where the file of `key` is, by a path without links.
    pub(crate) fn path(&self, key: &str) -> PathBuf {
        self.directory.join(key)
    }

    /// What the files contain.
    pub(crate) fn contents(&self) -> Contents {
        let files = self.by_key.iter();
        files
            .map(|(key, file)| (Arc::clone(key), file.content.clone()))
            .collect()
    }
}

/// A name in a directory that can be a key.
struct Name {
    key: Arc<str>,
    listed: Listed,
    is_known: bool,
}

/// The names in `directory` that can be keys, sorted.
fn list(directory: &Path, known: &KnownKeys) -> io::Result<Vec<Name>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        if let Some(name) = key(&entry.file_name()) {
            let known = known.get(name);
            names.push(Name {
                is_known: known.is_some(),
                key: known.unwrap_or_else(|| Arc::from(name)),
                listed: listed(&entry),
            });
        }
    }
    names.sort_unstable_by(|one, other| one.key.cmp(&other.key));
    Ok(names)
}

fn listed(entry: &DirEntry) -> Listed {
    // A file system that does not list kinds needs a request, which fails if the file has vanished.
    if entry.file_type().as_ref().is_ok_and(FileType::is_file) {
        Listed::File
    } else {
        Listed::Other
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::{Files, list};
    use crate::volume::all_keys;
    use crate::volume::file::Listed;

    #[test]
    fn names_that_begin_with_a_dot_are_skipped() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["a", "a~", ".a.swp", ".hidden", "..x"] {
            std::fs::write(dir.path().join(name), "1").unwrap();
        }
        let files = Files::read(dir.path(), &all_keys()).unwrap();
        assert_eq!(
            files.by_key.keys().map(|key| &**key).collect::<Vec<_>>(),
            ["a", "a~"]
        );
    }

    #[test]
    fn a_link_is_not_listed_as_a_file() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("file"), "1").unwrap();
        symlink("file", dir.path().join("link")).unwrap();
        let names = list(dir.path(), &all_keys()).unwrap();
        let listed: Vec<_> = names.iter().map(|name| (&*name.key, name.listed)).collect();
        assert_eq!(listed, [("file", Listed::File), ("link", Listed::Other)]);
    }

    #[test]
    fn changes_show_in_the_metadata() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        std::fs::write(path("a"), "1").unwrap();
        let files = Files::read(dir.path(), &all_keys()).unwrap();
        assert!(files.has_same_metadata());
        std::fs::write(path("a"), "12").unwrap();
        assert!(!files.has_same_metadata());
        let files = Files::read(dir.path(), &all_keys()).unwrap();
        std::fs::write(path("b"), "").unwrap();
        assert!(!files.has_same_metadata());
    }
}
