//! The walk: from the path that the program was given to the directory that it means now.
//!
//! Every link on the way is a place where the directory can be exchanged, so the walk notes where
//! each one lies. It takes one step at a time, as the kernel does, and opens nothing.

use std::ffi::OsString;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::DirectoryError;
use crate::stamp::Stamp;

/// As many links as Linux follows.
const MOST_LINKS: usize = 40;

/// What a walk met.
#[derive(Clone, Debug)]
pub(crate) struct Walk {
    /// The links on the way: the directory in which each lies, without links in its path, and its name.
    pub(crate) links: Vec<(PathBuf, OsString)>,
    pub(crate) end: End,
}

/// Where a walk ended.
#[derive(Clone, Debug)]
pub(crate) enum End {
    /// At the directory, by the path without links.
    Directory { path: PathBuf, stamp: Stamp },
    /// In `parent`, at the name `name`, where it can't go on.
    Stuck {
        parent: PathBuf,
        name: OsString,
        error: DirectoryError,
    },
}

impl Walk {
    /// The directory and its stamp, or why there is none.
    pub(crate) fn directory(&self) -> Result<(&Path, &Stamp), DirectoryError> {
        match &self.end {
            End::Directory { path, stamp } => Ok((path, stamp)),
            End::Stuck { error, .. } => Err(error.clone()),
        }
    }
}

/// Walks to `asked`, an absolute path.
pub(crate) fn walk(asked: &Path) -> Walk {
    let mut links = Vec::new();
    let mut here = PathBuf::new();
    // The next step is the last.
    let mut ahead: Vec<Step> = asked.components().rev().map(Step::from).collect();

    while let Some(step) = ahead.pop() {
        let name = match step {
            Step::Root(root) => {
                here.push(root);
                continue;
            }
            Step::Up => {
                here.pop();
                continue;
            }
            Step::Stay => continue,
            Step::Name(name) => name,
        };
        let path = here.join(&name);
        let stuck = |links, error| Walk {
            links,
            end: End::Stuck {
                parent: here.clone(),
                name: name.clone(),
                error,
            },
        };
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => DirectoryError::NotFound {
                path: asked.to_owned(),
            },
            io::ErrorKind::NotADirectory => DirectoryError::NotADirectory { path: path.clone() },
            _ => DirectoryError::Io {
                path: path.clone(),
                source: Arc::new(error),
            },
        };
        let metadata = match std::fs::symlink_metadata(&path) {
            Ok(metadata) => metadata,
            Err(error) => return stuck(links, failed(error)),
        };
        let kind = metadata.file_type();
        if kind.is_dir() {
            here = path;
            if ahead.is_empty() {
                let stamp = Stamp::from(&metadata);
                return Walk {
                    links,
                    end: End::Directory { path: here, stamp },
                };
            }
        } else if kind.is_symlink() {
            links.push((here.clone(), name.clone()));
            if links.len() > MOST_LINKS {
                let source = Arc::new(io::Error::other("too many links on the way"));
                return stuck(
                    links,
                    DirectoryError::Io {
                        path: asked.to_owned(),
                        source,
                    },
                );
            }
            match std::fs::read_link(&path) {
                Ok(target) => ahead.extend(target.components().rev().map(Step::from)),
                Err(error) => return stuck(links, failed(error)),
            }
        } else {
            return stuck(links, DirectoryError::NotADirectory { path: path.clone() });
        }
    }

    // The last step was not by name.
    match Stamp::of(&here) {
        Ok(stamp) => Walk {
            links,
            end: End::Directory { path: here, stamp },
        },
        Err(error) => {
            let name = here.file_name().map(OsString::from).unwrap_or_default();
            let error = match error.kind() {
                io::ErrorKind::NotFound => DirectoryError::NotFound {
                    path: asked.to_owned(),
                },
                _ => DirectoryError::Io {
                    path: here.clone(),
                    source: Arc::new(error),
                },
            };
            here.pop();
            Walk {
                links,
                end: End::Stuck {
                    parent: here,
                    name,
                    error,
                },
            }
        }
    }
}

/// A component that owns its name.
enum Step {
    Root(OsString),
    Up,
    Stay,
    Name(OsString),
}

impl From<Component<'_>> for Step {
    fn from(component: Component<'_>) -> Self {
        match component {
            Component::Prefix(_) | Component::RootDir => {
                Self::Root(component.as_os_str().to_owned())
            }
            Component::CurDir => Self::Stay,
            Component::ParentDir => Self::Up,
            Component::Normal(name) => Self::Name(name.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::path::PathBuf;

    use super::{End, walk};
    use crate::DirectoryError;

    /// `root/real/d`, and `root` without links in its path.
    fn tree() -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("real/d")).unwrap();
        (dir, root)
    }

    #[test]
    fn every_link_on_the_way_is_noted_where_it_lies() {
        let (_dir, root) = tree();
        symlink("real", root.join("middle")).unwrap();
        symlink(root.join("middle/d"), root.join("end")).unwrap();
        let walk = walk(&root.join("real/../end/."));
        assert_eq!(
            walk.links,
            [
                (root.clone(), "end".into()),
                (root.clone(), "middle".into())
            ]
        );
        assert_eq!(walk.directory().unwrap().0, root.join("real/d"));
    }

    #[test]
    fn it_ends_at_the_first_name_that_is_missing() {
        let (_dir, root) = tree();
        let End::Stuck {
            parent,
            name,
            error,
        } = walk(&root.join("real/x/y")).end
        else {
            panic!()
        };
        assert_eq!((parent, name), (root.join("real"), "x".into()));
        assert!(
            matches!(error, DirectoryError::NotFound { path } if path == root.join("real/x/y"))
        );
    }

    #[test]
    fn a_file_on_the_way_and_a_loop_are_told_apart_from_absence() {
        let (_dir, root) = tree();
        std::fs::write(root.join("file"), "").unwrap();
        symlink("loop", root.join("loop")).unwrap();
        for path in ["file", "file/d"] {
            let error = walk(&root.join(path)).directory().unwrap_err();
            assert!(
                matches!(error, DirectoryError::NotADirectory { .. }),
                "{error}"
            );
        }
        let error = walk(&root.join("loop")).directory().unwrap_err();
        assert!(matches!(error, DirectoryError::Io { .. }), "{error}");
    }
}
