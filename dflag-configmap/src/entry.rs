//! Entries: one file of the directory, read without ever waiting for anybody.
//!
//! A FIFO without a writer blocks whoever opens it, and opening a device can do things. So nothing
//! is opened before the directory's listing or its metadata says that it is a file; should it be
//! replaced in between, the open does not wait ([`crate::folder`]), and it is asked again after it.

use std::fs::{File, FileType, Metadata};
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use crate::FileError;
use crate::folder::{self, Listed};
use crate::stamp::Stamp;

/// The longest file that is taken, in bytes: eight times what all keys of a ConfigMap may have.
pub(crate) const LONGEST: u64 = 8 << 20;

/// One file under a key: its state, and what stands in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// `None` for what has no metadata, such as a link to nothing.
    pub(crate) stamp: Option<Stamp>,
    pub(crate) content: Content,
}

/// What stands in a file.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Content {
    Bytes(Arc<[u8]>),
    Unreadable(FileError),
}

impl Content {
    /// Its length in bytes.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Unreadable(_) => 0,
        }
    }

    /// Whether it is a file with nothing in it.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self::Bytes(bytes) if bytes.is_empty())
    }
}

/// The length only: the value may be a secret's.
impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
            Self::Unreadable(error) => f.debug_tuple("Unreadable").field(error).finish(),
        }
    }
}

/// Reads what `listed` names in `directory`, with `buffer` for what is read on the way; `None` if
/// nothing has that name any more.
pub(crate) fn read(directory: &Path, listed: &Listed, buffer: &mut Vec<u8>) -> Option<Entry> {
    let path = directory.join(&*listed.key);
    if listed.is_file
        && let Ok(file) = folder::open_file(&path)
        && let Ok(metadata) = file.metadata()
    {
        return Some(Entry::new(&metadata, contents(&file, &metadata, buffer)));
    }
    // A link, or whatever has taken the file's place.
    let metadata = match std::fs::metadata(&path) {
        Ok(metadata) => metadata,
        Err(error) => {
            let error = match (error.kind(), std::fs::symlink_metadata(&path)) {
                (io::ErrorKind::NotFound, Ok(_)) => FileError::Dangling,
                (io::ErrorKind::NotFound, Err(_)) => return None,
                _ => FileError::Io(Arc::new(error)),
            };
            return Some(Entry {
                stamp: None,
                content: Content::Unreadable(error),
            });
        }
    };
    match asked_first(&path, &metadata, buffer) {
        Err(FileError::Io(error)) if error.kind() == io::ErrorKind::NotFound => None,
        read => Some(Entry::new(&metadata, read)),
    }
}

impl Entry {
    /// The stamp is the one from before the read: a write during it shows as a change after it.
    fn new(metadata: &Metadata, read: Result<Arc<[u8]>, FileError>) -> Self {
        Self {
            stamp: Some(Stamp::from(metadata)),
            content: read.map_or_else(Content::Unreadable, Content::Bytes),
        }
    }
}

/// Opens `path` only if its metadata say that it is a file, and asks again then.
fn asked_first(
    path: &Path,
    metadata: &Metadata,
    buffer: &mut Vec<u8>,
) -> Result<Arc<[u8]>, FileError> {
    check(metadata)?;
    let io = |error| FileError::Io(Arc::new(error));
    let file = folder::open(path).map_err(io)?;
    let metadata = file.metadata().map_err(io)?;
    contents(&file, &metadata, buffer)
}

/// What is in the open `file`.
fn contents(
    mut file: &File,
    metadata: &Metadata,
    buffer: &mut Vec<u8>,
) -> Result<Arc<[u8]>, FileError> {
    check(metadata)?;
    let io = |error| FileError::Io(Arc::new(error));
    // Room for a byte more than there should be: what leaves it empty has met the end.
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
        // It grew or shrank since, or has no size: some file systems make contents up.
        let rest = (LONGEST + 1).saturating_sub(read as u64);
        file.take(rest).read_to_end(buffer).map_err(io)?;
    }
    if buffer.len() as u64 > LONGEST {
        return Err(FileError::TooLong { limit: LONGEST });
    }
    Ok(Arc::from(buffer.as_slice()))
}

fn check(metadata: &Metadata) -> Result<(), FileError> {
    let kind = metadata.file_type();
    if kind.is_dir() {
        Err(FileError::Directory)
    } else if !kind.is_file() {
        Err(FileError::Special {
            kind: special(kind),
        })
    } else if metadata.len() > LONGEST {
        Err(FileError::TooLong { limit: LONGEST })
    } else {
        Ok(())
    }
}

#[cfg(unix)]
fn special(kind: FileType) -> &'static str {
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
fn special(_: FileType) -> &'static str {
    "something special"
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;
    use std::path::Path;
    use std::sync::Arc;

    use super::{Content, Entry, LONGEST};
    use crate::FileError;
    use crate::folder::{Listed, list};

    fn read(path: &Path) -> Option<Entry> {
        let listed = listed(path);
        // What has vanished since.
        let listed = listed.unwrap_or_else(|| as_a_file(path));
        super::read(path.parent().unwrap(), &listed, &mut Vec::new())
    }

    fn listed(path: &Path) -> Option<Listed> {
        let mut listed = list(path.parent().unwrap()).unwrap().into_iter();
        listed.find(|listed| path.ends_with(&*listed.key))
    }

    fn as_a_file(path: &Path) -> Listed {
        Listed {
            key: path.file_name().unwrap().to_str().unwrap().into(),
            is_file: true,
        }
    }

    #[test]
    fn a_file_is_read_and_what_is_none_is_named_for_what_it_is() {
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
            .set_len(LONGEST + 1)
            .unwrap();

        let bytes = Content::Bytes(Arc::from(b"v\xff".as_slice()));
        assert_eq!(read(&path("file")).unwrap().content, bytes);
        assert_eq!(read(&path("link")).unwrap().content, bytes);
        assert_eq!(read(&path("absent")), None);
        for (name, expected) in [
            ("directory", FileError::Directory),
            ("dangling", FileError::Dangling),
            ("socket", FileError::Special { kind: "a socket" }),
            ("device", FileError::Special { kind: "a device" }),
            ("fifo", FileError::Special { kind: "a FIFO" }),
            ("long", FileError::TooLong { limit: LONGEST }),
        ] {
            let expected = Content::Unreadable(expected);
            assert_eq!(read(&path(name)).unwrap().content, expected, "{name}");
            // It may have taken the place of a file since it was listed.
            let now = super::read(dir.path(), &as_a_file(&path(name)), &mut Vec::new());
            assert_eq!(now.unwrap().content, expected, "{name}");
        }
        assert!(matches!(
            read(&path("loop")).unwrap().content,
            Content::Unreadable(FileError::Io(_))
        ));
    }

    #[test]
    fn a_file_that_says_it_is_empty_and_is_not_is_read_to_its_end() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("made_up");
        symlink("/proc/self/limits", &path).unwrap();
        let expected = std::fs::read(&path).unwrap();
        assert!(expected.len() > 1);
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 0);
        let content = read(&path).unwrap().content;
        assert_eq!(content, Content::Bytes(expected.into()));
    }

    #[test]
    fn debug_output_shows_no_value() {
        let content = Content::Bytes(Arc::from(b"hunter2".as_slice()));
        assert_eq!(format!("{content:?}"), "Bytes(7)");
    }
}
