//! kubelet's `..data` link, which decides where the files of a directory are.
//!
//! kubelet publishes an update by renaming a new link to `..data`. The link is resolved once for a
//! scan, and everything is read inside its target, so that a scan never mixes two generations.

use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::path::Location;
use super::stamp::{Identity, Stamp};
use crate::error::DirectoryError;

/// The name of the link.
pub(crate) const DATA_LINK: &str = "..data";

/// One of kubelet's generations.
///
/// It includes the text of the link, since file systems reuse inodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Generation {
    /// The directory that contains the link.
    pub(crate) root: Identity,
    link: PathBuf,
    target: Identity,
}

/// Where the files of a directory are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Data {
    /// In the target of `..data`, at this path without links.
    Published(PathBuf, Generation),
    /// In this directory.
    Plain(PathBuf),
}

/// What [`locate`] finds.
pub(crate) type Located = Result<Data, DirectoryError>;

/// Resolves `..data` in the directory at `location`.
pub(crate) fn locate(location: &Location) -> Located {
    let link = location.path.join(DATA_LINK);
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => DirectoryError::Dangling { path: link.clone() },
        _ => DirectoryError::Io {
            path: link.clone(),
            error: Arc::new(error),
        },
    };
    let target = match std::fs::read_link(&link) {
        Ok(target) => target,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(Data::Plain(location.path.clone()));
        }
        Err(error) => match std::fs::symlink_metadata(&link) {
            // kubelet created it after the first attempt.
            Ok(metadata) if metadata.is_symlink() => std::fs::read_link(&link).map_err(failed)?,
            // A copy made by `cp -rL`: it is a directory and not published by a rename.
            Ok(metadata) if metadata.is_dir() => return Ok(Data::Plain(link)),
            Ok(_) => return Ok(Data::Plain(location.path.clone())),
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => {
                return Ok(Data::Plain(location.path.clone()));
            }
            Err(_) => return Err(failed(error)),
        },
    };
    let (path, identity) = resolve(location.path.join(&target), &target).map_err(failed)?;
    let generation = Generation {
        root: location.identity.clone(),
        link: target,
        target: identity,
    };
    Ok(Data::Published(path, generation))
}

/// The path without links and the identity of `path`, which is the link's `target`.
fn resolve(path: PathBuf, target: &Path) -> io::Result<(PathBuf, Identity)> {
    // kubelet's target is a directory beside the link, so its path usually needs no resolution.
    let mut components = target.components();
    if let (Some(Component::Normal(_)), None) = (components.next(), components.next()) {
        let metadata = std::fs::symlink_metadata(&path)?;
        if metadata.is_dir() {
            return Ok((path, Stamp::from(&metadata).identity));
        }
    }
    let path = path.canonicalize()?;
    let identity = Identity::of(&path)?;
    Ok((path, identity))
}

#[cfg(test)]
pub(crate) mod fake {
    use std::os::unix::fs::symlink;
    use std::path::Path;

    use super::Generation;
    use crate::volume::fake_stamp::identity;

    /// Writes a generation into the directory `root` and publishes it, as kubelet does.
    pub(crate) fn publish(root: &Path, name: &str, files: &[(&str, &str)]) {
        std::fs::create_dir(root.join(name)).unwrap();
        for (key, value) in files {
            std::fs::write(root.join(name).join(key), value).unwrap();
        }
        symlink(name, root.join("..data_tmp")).unwrap();
        std::fs::rename(root.join("..data_tmp"), root.join("..data")).unwrap();
    }

    /// A generation for tables: number `number`, in the directory `root`.
    pub(crate) fn generation(root: u64, number: u64) -> Generation {
        Generation {
            root: identity(root),
            link: format!("..{number}").into(),
            target: identity(number),
        }
    }
}
