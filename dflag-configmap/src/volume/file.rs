//! One file of the directory, read without blocking.
//!
//! Opening a FIFO without a writer blocks, and opening a device can have effects. So a path is opened
//! only if the directory's listing or its metadata says that it is a file. Since it may be replaced
//! before it is opened, the open does not block, and the metadata of the open file is checked as well.

use std::fs::{FileType, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use super::content::Content;
use super::stamp::Stamp;
use crate::error::FileError;

/// The size limit of a file, in bytes: eight times the limit of a whole ConfigMap.
pub(crate) const MAX_SIZE: u64 = 8 << 20;

/// A file as a scan read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct File {
    /// `None` for a path without metadata, such as a dangling link.
    pub(crate) stamp: Option<Stamp>,
    pub(crate) content: Content,
}

/// What the directory's listing says of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listed {
    File,
    /// A link, or anything else that needs a closer look.
    Other,
}

impl File {
    /// Reads the file at `path`, using `buffer` for intermediate storage. `None` if `path` no longer exists.
    pub(crate) fn read(path: &Path, listed: Listed, buffer: &mut Vec<u8>) -> Option<Self> {
        // A listed file needs no metadata before it is opened, which is nearly every file of a volume.
        if listed == Listed::File
            && let Ok(file) = open(path, NO_FOLLOW)
            && let Ok(metadata) = file.metadata()
        {
            return Some(Self::new(&metadata, read_open(&file, &metadata, buffer)));
        }
        let metadata = match std::fs::metadata(path) {
            Ok(metadata) => metadata,
            Err(error) => {
                let error = match (error.kind(), std::fs::symlink_metadata(path)) {
                    (io::ErrorKind::NotFound, Ok(_)) => FileError::Dangling,
                    (io::ErrorKind::NotFound, Err(_)) => return None,
                    _ => FileError::Io(Arc::new(error)),
                };
                return Some(Self {
                    stamp: None,
                    content: Content::Unreadable(error),
                });
            }
        };
        match read_checked(path, &metadata, buffer) {
            Err(FileError::Io(error)) if error.kind() == io::ErrorKind::NotFound => None,
            read => Some(Self::new(&metadata, read)),
        }
    }

    /// The file of a key that names no flag. It is not opened. `None` if `path` no longer exists.
    pub(crate) fn unknown(path: &Path, listed: Listed) -> Option<Self> {
        let is_absent =
            || std::fs::metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
        let content = if listed == Listed::Other && is_absent() {
            // A dangling link can show that the volume is being torn down.
            std::fs::symlink_metadata(path).ok()?;
            Content::Unreadable(FileError::Dangling)
        } else {
            Content::Unknown
        };
        Some(Self {
            stamp: None,
            content,
        })
    }

    /// `metadata` is from before the read, so that a write during the read shows as a later change.
    fn new(metadata: &Metadata, read: Result<Arc<[u8]>, FileError>) -> Self {
        Self {
            stamp: Some(Stamp::from(metadata)),
            content: read.map_or_else(Content::Unreadable, Content::Bytes),
        }
    }

    /// Whether it is a link to nothing.
    pub(crate) fn is_dangling(&self) -> bool {
        self.content == Content::Unreadable(FileError::Dangling)
    }

    /// Whether no directory lists it any more: only a bind mount keeps it reachable.
    pub(crate) fn is_unlinked(&self) -> bool {
        self.stamp.as_ref().is_some_and(Stamp::is_unlinked)
    }
}

/// Opens `path` if `metadata` says that it is a file, and checks the open file again.
fn read_checked(
    path: &Path,
    metadata: &Metadata,
    buffer: &mut Vec<u8>,
) -> Result<Arc<[u8]>, FileError> {
    check(metadata)?;
    let io = |error| FileError::Io(Arc::new(error));
    let file = open(path, 0).map_err(io)?;
    let metadata = file.metadata().map_err(io)?;
    read_open(&file, &metadata, buffer)
}

fn read_open(
    mut file: &std::fs::File,
    metadata: &Metadata,
    buffer: &mut Vec<u8>,
) -> Result<Arc<[u8]>, FileError> {
    check(metadata)?;
    let io = |error| FileError::Io(Arc::new(error));
    // With room for one byte more than expected, a single short read has reached the end.
    let size = usize::try_from(metadata.len()).unwrap_or_default();
    buffer.clear();
    buffer.resize(size + 1, 0);
    let read = loop {
        match file.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => break read.map_err(io)?,
        }
    };
    buffer.truncate(read);
    if read != size {
        // It grew or shrank, or its file system generates contents and reports no size.
        let rest = (MAX_SIZE + 1).saturating_sub(read as u64);
        file.take(rest).read_to_end(buffer).map_err(io)?;
    }
    if buffer.len() as u64 > MAX_SIZE {
        return Err(FileError::TooLong { limit: MAX_SIZE });
    }
    Ok(Arc::from(buffer.as_slice()))
}

fn check(metadata: &Metadata) -> Result<(), FileError> {
    let kind = metadata.file_type();
    if kind.is_dir() {
        Err(FileError::Directory)
    } else if !kind.is_file() {
        Err(FileError::Special {
            kind: special_kind(kind),
        })
    } else if metadata.len() > MAX_SIZE {
        Err(FileError::TooLong { limit: MAX_SIZE })
    } else {
        Ok(())
    }
}

#[cfg(unix)]
fn special_kind(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    if kind.is_fifo() {
        "a FIFO"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(not(unix))]
fn special_kind(_: FileType) -> &'static str {
    "something special"
}

#[cfg(unix)]
const NO_FOLLOW: i32 = libc::O_NOFOLLOW;
#[cfg(not(unix))]
const NO_FOLLOW: i32 = 0;

/// Opens `path` without waiting for a FIFO's writer.
#[cfg(unix)]
fn open(path: &Path, flags: i32) -> io::Result<std::fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    let flags = flags | libc::O_NONBLOCK | libc::O_NOCTTY;
    OpenOptions::new().read(true).custom_flags(flags).open(path)
}

/// Without such flags, only the metadata of the open file protects from what replaced a listed file.
#[cfg(not(unix))]
fn open(path: &Path, _: i32) -> io::Result<std::fs::File> {
    OpenOptions::new().read(true).open(path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;
    use std::path::Path;
    use std::sync::Arc;

    use super::{File, Listed, MAX_SIZE, NO_FOLLOW, open};
    use crate::error::FileError;
    use crate::volume::Content;

    fn read(path: &Path, listed: Listed) -> Option<Content> {
        File::read(path, listed, &mut Vec::new()).map(|file| file.content)
    }

    #[test]
    fn files_are_read_and_anything_else_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        std::fs::write(path("file"), b"v\xff").unwrap();
        std::fs::create_dir(path("directory")).unwrap();
        symlink("nothing", path("dangling")).unwrap();
        symlink("loop", path("loop")).unwrap();
        symlink("file", path("link")).unwrap();
        let _socket = UnixListener::bind(path("socket")).unwrap();
        symlink("/dev/zero", path("device")).unwrap();
        let made = std::process::Command::new("mkfifo")
            .arg(path("fifo"))
            .status()
            .unwrap();
        assert!(made.success());
        std::fs::File::create(path("long"))
            .unwrap()
            .set_len(MAX_SIZE + 1)
            .unwrap();

        // Something else may have replaced a file after it was listed.
        for listed in [Listed::File, Listed::Other] {
            let bytes = Some(Content::Bytes(Arc::from(b"v\xff".as_slice())));
            assert_eq!(read(&path("file"), listed), bytes);
            assert_eq!(read(&path("link"), listed), bytes);
            assert_eq!(read(&path("absent"), listed), None);
            for (name, expected) in [
                ("directory", FileError::Directory),
                ("dangling", FileError::Dangling),
                ("socket", FileError::Special { kind: "a socket" }),
                ("device", FileError::Special { kind: "a device" }),
                ("fifo", FileError::Special { kind: "a FIFO" }),
                ("long", FileError::TooLong { limit: MAX_SIZE }),
            ] {
                let expected = Some(Content::Unreadable(expected));
                assert_eq!(read(&path(name), listed), expected, "{name}");
            }
            assert!(matches!(
                read(&path("loop"), listed),
                Some(Content::Unreadable(FileError::Io(_)))
            ));
        }
    }

    #[test]
    fn a_link_is_not_opened_as_a_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        std::fs::write(path("file"), "1").unwrap();
        symlink("file", path("link")).unwrap();
        assert!(open(&path("file"), NO_FOLLOW).is_ok());
        assert!(open(&path("link"), NO_FOLLOW).is_err());
        assert!(open(&path("link"), 0).is_ok());
    }

    #[test]
    fn a_file_with_contents_and_a_reported_size_of_zero_is_read_to_its_end() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("generated");
        symlink("/proc/self/limits", &path).unwrap();
        let expected = std::fs::read(&path).unwrap();
        assert!(expected.len() > 1);
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 0);
        assert_eq!(
            read(&path, Listed::Other),
            Some(Content::Bytes(expected.into()))
        );
    }
}
