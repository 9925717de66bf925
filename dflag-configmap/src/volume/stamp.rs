//! Stamps: the state of a file or directory, as far as its metadata shows it.
//!
//! Opening a file causes events; reading its metadata does not. Different stamps prove that something
//! changed. Equal stamps prove nothing while the file system's clock may not have ticked between
//! two writes, which the schedule takes into account.

use std::fs::Metadata;
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// The identity of a file or directory, independent of its path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Identity {
    device: u64,
    inode: u64,
    /// When it was created. File systems reuse the number of a deleted inode.
    created: Option<SystemTime>,
}

/// The identity and the state of a file or directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) identity: Identity,
    size: u64,
    /// When the content last changed, in seconds and nanoseconds since the epoch.
    modified: (i64, i64),
    /// When content or metadata last changed. Unlike `modified`, no program can set it.
    changed: (i64, i64),
    links: u64,
}

impl Identity {
    /// The identity of what `path` leads to, through links.
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        Ok(Stamp::of(path)?.identity)
    }
}

impl Stamp {
    /// The stamp of what `path` leads to, through links.
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        Ok(Self::from(&std::fs::metadata(path)?))
    }

    /// Whether no directory lists it any more, so that only a mount keeps it reachable.
    pub(crate) fn is_unlinked(&self) -> bool {
        self.links == 0
    }

    /// How long before `now` it last changed; `None` if that is in the future.
    pub(crate) fn age(&self, now: SystemTime) -> Option<Duration> {
        let (seconds, nanoseconds) = self.changed.max(self.modified);
        let since_epoch = Duration::new(
            u64::try_from(seconds).ok()?,
            u32::try_from(nanoseconds).ok()?,
        );
        now.duration_since(SystemTime::UNIX_EPOCH.checked_add(since_epoch)?)
            .ok()
    }
}

#[cfg(unix)]
impl From<&Metadata> for Stamp {
    fn from(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self {
            identity: Identity {
                device: metadata.dev(),
                inode: metadata.ino(),
                created: metadata.created().ok(),
            },
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
            links: metadata.nlink(),
        }
    }
}

/// On other systems the time of creation serves as the identity, and there is no `changed`.
#[cfg(not(unix))]
impl From<&Metadata> for Stamp {
    fn from(metadata: &Metadata) -> Self {
        let modified = metadata
            .modified()
            .ok()
            .and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok())
            .map_or((0, 0), |since| {
                (
                    i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
                    i64::from(since.subsec_nanos()),
                )
            });
        Self {
            identity: Identity {
                device: 0,
                inode: 0,
                created: metadata.created().ok(),
            },
            size: metadata.len(),
            modified,
            changed: modified,
            links: 1,
        }
    }
}

#[cfg(test)]
pub(crate) mod fake {
    use super::{Identity, Stamp};

    /// An identity for tables.
    pub(crate) fn identity(inode: u64) -> Identity {
        Identity {
            device: 1,
            inode,
            created: None,
        }
    }

    /// A stamp for tables: the file `inode`, last changed at second `changed`.
    pub(crate) fn stamp(inode: u64, changed: i64) -> Stamp {
        Stamp {
            identity: identity(inode),
            size: 1,
            modified: (changed, 0),
            changed: (changed, 0),
            links: 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::{Stamp, fake};

    #[test]
    fn age_is_unknown_if_the_last_change_is_in_the_future() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        assert_eq!(fake::stamp(1, 10).age(at(13)), Some(Duration::from_secs(3)));
        assert_eq!(fake::stamp(1, 10).age(at(9)), None);
    }

    #[test]
    fn a_file_that_replaces_another_has_another_identity() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        std::fs::write(&path, "1").unwrap();
        let before = Stamp::of(&path).unwrap();
        assert_eq!(before, Stamp::of(&path).unwrap());
        std::fs::write(dir.path().join("b"), "2").unwrap();
        std::fs::rename(dir.path().join("b"), &path).unwrap();
        assert_ne!(before.identity, Stamp::of(&path).unwrap().identity);
    }
}
