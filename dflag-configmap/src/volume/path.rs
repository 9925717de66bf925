//! The path that the program gave, and the directory that it leads to at the moment.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::stamp::{Identity, Stamp};
use crate::error::DirectoryError;

/// Where the directory is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Location {
    /// Its path, absolute and without links.
    pub(crate) path: PathBuf,
    pub(crate) identity: Identity,
}

impl Location {
    /// Whether `given` and the path without links both still lead to this directory.
    pub(crate) fn is_current(&self, given: &Path) -> bool {
        let leads_here = |path| Identity::of(path).is_ok_and(|identity| identity == self.identity);
        leads_here(given) && (given == self.path || leads_here(&self.path))
    }
}

/// Resolves `given`, an absolute path.
pub(crate) fn resolve(given: &Path) -> Result<Location, DirectoryError> {
    let resolved = given.canonicalize().and_then(|path| {
        let metadata = std::fs::metadata(&path)?;
        Ok((path, metadata))
    });
    match resolved {
        Ok((path, metadata)) if metadata.is_dir() => Ok(Location {
            path,
            identity: Stamp::from(&metadata).identity,
        }),
        Ok(_) => Err(DirectoryError::NotADirectory {
            path: given.to_owned(),
        }),
        Err(error) => Err(match error.kind() {
            io::ErrorKind::NotFound => DirectoryError::NotFound {
                path: given.to_owned(),
            },
            io::ErrorKind::NotADirectory => DirectoryError::NotADirectory {
                path: first_existing(given).to_owned(),
            },
            _ => DirectoryError::Io {
                path: given.to_owned(),
                error: Arc::new(error),
            },
        }),
    }
}

/// The nearest directory above `given` that exists, by a path without links, and the name in it
/// that leads towards `given`.
pub(crate) fn nearest_ancestor(given: &Path) -> Option<(PathBuf, OsString)> {
    given.ancestors().find_map(|path| {
        let (parent, name) = (path.parent()?, path.file_name()?);
        let parent = parent.canonicalize().ok()?;
        parent.is_dir().then(|| (parent, name.to_owned()))
    })
}

fn first_existing(path: &Path) -> &Path {
    let mut ancestors = path.ancestors();
    ancestors.find(|path| path.exists()).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::path::PathBuf;

    use super::{nearest_ancestor, resolve};
    use crate::error::DirectoryError;

    /// `root/real/d`, and `root` without links in its path.
    fn tree() -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("real/d")).unwrap();
        (dir, root)
    }

    #[test]
    fn links_and_dots_are_resolved() {
        let (_dir, root) = tree();
        symlink("real", root.join("middle")).unwrap();
        symlink(root.join("middle/d"), root.join("end")).unwrap();
        let given = root.join("real/../end/.");
        let location = resolve(&given).unwrap();
        assert_eq!(location.path, root.join("real/d"));
        assert!(location.is_current(&given));
        std::fs::remove_file(root.join("middle")).unwrap();
        assert!(!location.is_current(&given));
    }

    #[test]
    fn an_absent_directory_has_a_nearest_ancestor_that_exists() {
        let (_dir, root) = tree();
        let given = root.join("real/x/y");
        let error = resolve(&given).unwrap_err();
        assert!(matches!(error, DirectoryError::NotFound { path } if path == given));
        assert_eq!(
            nearest_ancestor(&given),
            Some((root.join("real"), "x".into()))
        );
        symlink("nowhere", root.join("dangling")).unwrap();
        assert_eq!(
            nearest_ancestor(&root.join("dangling/d")),
            Some((root, "dangling".into()))
        );
    }

    #[test]
    fn a_file_and_a_loop_are_distinguished_from_absence() {
        let (_dir, root) = tree();
        std::fs::write(root.join("file"), "").unwrap();
        symlink("loop", root.join("loop")).unwrap();
        for path in ["file", "file/d"] {
            let error = resolve(&root.join(path)).unwrap_err();
            assert!(
                matches!(&error, DirectoryError::NotADirectory { path } if *path == root.join("file")),
                "{error}"
            );
        }
        let error = resolve(&root.join("loop")).unwrap_err();
        assert!(matches!(error, DirectoryError::Io { .. }), "{error}");
    }
}
