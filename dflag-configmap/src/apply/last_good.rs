//! The last-good file: its format, and how it is replaced.
//!
//! The format is made to be checked, and can be read by a person:
//!
//! ```text
//! dflag-last-good 1
//! directory 10
//! /etc/dflag
//! unproven 0123456789abcdef on-probation 1 0
//! content 7 4
//! rollout
//! 0.25
//! end 0123456789abcdef
//! ```
//!
//! The numbers are lengths in bytes. There is one `content` for each key. The line `unproven` may be absent; it ends
//! with `failed`, or with the numbers of crashes and stops during the probations of these contents, of which the one
//! that is under way counts as a crash. After `end` comes the 64-bit FNV-1a hash of everything before that line. A line
//! break ends each line, and each text whose length is given.

use std::fs::{self, File, OpenOptions};
use std::hash::Hasher as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fnv::FnvHasher;

use crate::error::LastGoodError;
use crate::recovery::{Digest, Interruptions, LastGood, LastGoodFile, Store, Unproven, UnprovenBy};
use crate::volume::{Content, Contents};

/// The beginning of the first line.
const MAGIC: &[u8] = b"dflag-last-good ";

/// The version of the format.
const VERSION: &str = "1";

/// Of contents that failed their probation.
const FAILED: &str = "failed";

/// Of contents that were on probation, before the numbers.
const ON_PROBATION: &str = "on-probation ";

/// The longest file that is read. The contents of a directory have at most 64 MiB.
const MAX_LEN: u64 = 128 << 20;

/// A file as a store of the last good content.
#[derive(Debug)]
pub(crate) struct LastGoodStore(LastGoodFile);

impl LastGoodStore {
    pub(crate) fn new(file: LastGoodFile) -> Self {
        Self(file)
    }

    fn failed(&self, operation: &'static str) -> impl Fn(io::Error) -> LastGoodError {
        move |error| LastGoodError::Io {
            path: self.0.path.clone(),
            operation,
            error: Arc::new(error),
        }
    }
}

impl Store for LastGoodStore {
    fn path(&self) -> &Path {
        &self.0.path
    }

    fn with_secrets(&self) -> bool {
        self.0.with_secrets
    }

    fn load(&self, directory: &Path) -> Result<Option<LastGood>, LastGoodError> {
        let path = self.0.path.clone();
        // What is not a file, such as a FIFO, is not opened.
        match fs::metadata(&path) {
            Ok(metadata) if metadata.is_file() && metadata.len() <= MAX_LEN => {}
            Ok(_) => return Err(LastGoodError::Foreign { path }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.failed("read")(error)),
        }
        let bytes = fs::read(&path).map_err(self.failed("read"))?;
        match decode(&bytes) {
            Ok((of, last_good)) if of == directory.as_os_str().as_encoded_bytes() => {
                Ok(Some(last_good))
            }
            Ok((of, _)) => Err(LastGoodError::OtherDirectory {
                path,
                directory: String::from_utf8_lossy(of).into_owned(),
            }),
            Err(Fault::Foreign) => Err(LastGoodError::Foreign { path }),
            Err(Fault::OtherVersion(version)) => Err(LastGoodError::OtherVersion { path, version }),
            Err(Fault::Damaged) => Err(LastGoodError::Damaged { path }),
        }
    }

    fn save(&self, directory: &Path, last_good: &LastGood) -> Result<(), LastGoodError> {
        match self.load(directory) {
            Err(error) if error.is_misplaced() => return Err(error),
            _ => {}
        }
        let bytes = encode(directory.as_os_str().as_encoded_bytes(), last_good);
        replace(&self.0.path, &bytes, &mut |_| ()).map_err(self.failed("written"))
    }
}

/// The steps of [`replace`], in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Created,
    Written,
    Synced,
    Renamed,
}

/// Replaces a file as a whole. Whenever the process or the machine stops, the file has the old or the new content.
/// `done` is called after each step.
fn replace(path: &Path, bytes: &[u8], done: &mut dyn FnMut(Step)) -> io::Result<()> {
    let temporary = temporary(path)?;
    // One that an interrupted call left behind may have another mode.
    match fs::remove_file(&temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = create(&temporary)?;
    done(Step::Created);
    file.write_all(bytes)?;
    done(Step::Written);
    // Otherwise the disk might have the new name before the new content.
    file.sync_all()?;
    done(Step::Synced);
    fs::rename(&temporary, path)?;
    done(Step::Renamed);
    sync_folder(path)
}

/// A name beside `path`, so that a rename stays within the file system.
fn temporary(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
    let mut temporary = std::ffi::OsString::from(".");
    temporary.push(name);
    temporary.push(".tmp");
    Ok(path.with_file_name(temporary))
}

fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes a rename last. Other systems than Unix can't open a folder.
fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

fn encode(directory: &[u8], last_good: &LastGood) -> Vec<u8> {
    let mut out = Vec::new();
    let mut line = |parts: &[&[u8]]| {
        out.extend(parts.iter().flat_map(|part| part.iter().copied()));
        out.push(b'\n');
    };
    line(&[MAGIC, VERSION.as_bytes()]);
    line(&[b"directory ", directory.len().to_string().as_bytes()]);
    line(&[directory]);
    if let Some(Unproven { digest, by }) = last_good.unproven {
        let why = match by {
            UnprovenBy::Failure => FAILED.to_owned(),
            UnprovenBy::Interruptions(Interruptions { crashes, stops }) => {
                format!("{ON_PROBATION}{crashes} {stops}")
            }
        };
        let digest = hexadecimal(digest.0);
        line(&[b"unproven ", digest.as_bytes(), b" ", why.as_bytes()]);
    }
    for (key, content) in last_good.contents.iter() {
        if let Content::Bytes(bytes) = content {
            let lengths = [key.len().to_string(), bytes.len().to_string()].join(" ");
            line(&[b"content ", lengths.as_bytes()]);
            line(&[key.as_bytes()]);
            line(&[bytes]);
        }
    }
    let end = hexadecimal(hash(&out));
    out.extend_from_slice(&[b"end ", end.as_bytes(), b"\n"].concat());
    out
}

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Fault {
    Foreign,
    OtherVersion(String),
    Damaged,
}

/// The directory and the content of a file. The hash is checked before anything is read.
fn decode(bytes: &[u8]) -> Result<(&[u8], LastGood), Fault> {
    let Some(after_magic) = bytes.strip_prefix(MAGIC) else {
        // A file without content is most likely one that a machine's end truncated.
        let is_truncated = MAGIC.starts_with(bytes);
        return Err(if is_truncated {
            Fault::Damaged
        } else {
            Fault::Foreign
        });
    };
    let mut rest = Rest(after_magic);
    let version = rest.line().ok_or(Fault::Damaged)?;
    if version != VERSION.as_bytes() {
        let version = String::from_utf8_lossy(version).into_owned();
        return Err(Fault::OtherVersion(version));
    }
    let end_len = b"end 0123456789abcdef\n".len();
    let at = bytes.len().checked_sub(end_len).ok_or(Fault::Damaged)?;
    let (before, end) = bytes.split_at_checked(at).ok_or(Fault::Damaged)?;
    if end != [b"end ", hexadecimal(hash(before)).as_bytes(), b"\n"].concat() {
        return Err(Fault::Damaged);
    }
    entries(&mut rest).ok_or(Fault::Damaged)
}

fn entries<'a>(rest: &mut Rest<'a>) -> Option<(&'a [u8], LastGood)> {
    let len = rest.word(b"directory ")?.parse().ok()?;
    let directory = rest.text(len)?;
    let unproven = match rest.word(b"unproven ") {
        None => None,
        Some(text) => {
            let (digest, why) = text.split_once(' ')?;
            Some(Unproven {
                digest: Digest(u64::from_str_radix(digest, 16).ok()?),
                by: unproven_by(why)?,
            })
        }
    };
    let mut contents = Contents::default();
    while let Some(lengths) = rest.word(b"content ") {
        let (key_len, len) = lengths.split_once(' ')?;
        let key = std::str::from_utf8(rest.text(key_len.parse().ok()?)?).ok()?;
        let bytes = rest.text(len.parse().ok()?)?;
        contents.set(Arc::from(key), Some(Content::Bytes(Arc::from(bytes))));
    }
    rest.word(b"end ")?;
    let last_good = LastGood {
        contents: Arc::new(contents),
        unproven,
    };
    rest.0.is_empty().then_some((directory, last_good))
}

fn unproven_by(text: &str) -> Option<UnprovenBy> {
    if text == FAILED {
        return Some(UnprovenBy::Failure);
    }
    let (crashes, stops) = text.strip_prefix(ON_PROBATION)?.split_once(' ')?;
    Some(UnprovenBy::Interruptions(Interruptions {
        crashes: crashes.parse().ok()?,
        stops: stops.parse().ok()?,
    }))
}

/// What has not been read yet.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    /// The next line.
    fn line(&mut self) -> Option<&'a [u8]> {
        let len = self.0.iter().position(|byte| *byte == b'\n')?;
        self.text(len)
    }

    /// What follows `name` on the next line, if that begins with it.
    fn word(&mut self, name: &[u8]) -> Option<&'a str> {
        let mut after_name = Rest(self.0.strip_prefix(name)?);
        let word = std::str::from_utf8(after_name.line()?).ok()?;
        *self = after_name;
        Some(word)
    }

    /// A text of this length, and the line break after it.
    fn text(&mut self, len: usize) -> Option<&'a [u8]> {
        let (text, rest) = self.0.split_at_checked(len)?;
        self.0 = rest.strip_prefix(b"\n")?;
        Some(text)
    }
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = FnvHasher::default();
    hasher.write(bytes);
    hasher.finish()
}

fn hexadecimal(number: u64) -> String {
    format!("{number:016x}")
}

#[cfg(test)]
mod tests;
