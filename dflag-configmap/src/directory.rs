//! The directory: everything that is in it at one moment.
//!
//! In a mounted ConfigMap, `..data` is resolved once and everything is read inside the directory
//! that it points to: that, and not the mount root, is one generation. What was read counts only
//! if `..data` still points there afterwards; kubelet removes the old generation file by file.
//! Without `..data` it is a plain directory, of which no two files belong together;
//! [`crate::settle`] says what of it can be taken.

use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::entry::{self, Content, Entry};
use crate::files::Files;
use crate::folder;
use crate::stamp::{Identity, Stamp};
use crate::walk::Walk;
use crate::{DirectoryError, FileError};

/// kubelet's link to the generation that holds.
const DATA: &str = "..data";

/// The most bytes that all files have together: beyond it, it is not a directory of flags.
const LARGEST: u64 = 64 << 20;

/// How often a directory that changes while it is read is read again at once.
const ATTEMPTS: usize = 8;

/// One state of the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    /// The directory itself.
    pub(crate) directory: Identity,
    /// Which of kubelet's generations it is; `None` in a plain directory.
    pub(crate) generation: Option<Generation>,
    /// Where the files lie, by a path without links.
    data: PathBuf,
    /// The state of `data`, from before its names were listed.
    pub(crate) listed: Stamp,
    /// What can be a flag, by file name.
    pub(crate) entries: Files<Entry>,
}

/// Which generation it is. The text of the link is part of it, since inodes are used again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Generation {
    link: PathBuf,
    identity: Identity,
}

impl Generation {
    /// Whether it is published by a link, as kubelet does it, and not a copy of such a directory.
    pub(crate) fn is_linked(&self) -> bool {
        !self.link.as_os_str().is_empty()
    }
}

impl Reading {
    /// Whether what `walk` led to is a linked generation, and still this one.
    ///
    /// kubelet writes to no generation that it has published, so this is all that an event in a
    /// volume can be about. What others do to the files in it is not seen.
    pub(crate) fn is_still_published(&self, walk: &Walk) -> bool {
        self.generation.as_ref().is_some_and(Generation::is_linked) && self.is_at(walk)
    }

    /// Whether `walk` still leads here, and the same names are listed.
    fn is_at(&self, walk: &Walk) -> bool {
        let Ok((place, stamp)) = walk.directory() else {
            return false;
        };
        // Nearly always this one question tells that another generation holds.
        let linked = self
            .generation
            .as_ref()
            .filter(|generation| generation.is_linked());
        if linked.is_some_and(|generation| {
            std::fs::read_link(place.join(DATA)).ok().as_ref() != Some(&generation.link)
        }) {
            return false;
        }
        let Ok(source) = Source::of(place) else {
            return false;
        };
        stamp.identity == self.directory
            && source.generation == self.generation
            && source.data == self.data
            && Stamp::of(&self.data).is_ok_and(|listed| listed == self.listed)
    }

    /// Whether what `walk` led to still looks like this, as far as can be told without opening anything.
    pub(crate) fn still_holds(&self, walk: &Walk) -> bool {
        self.is_at(walk)
            && self
                .entries
                .iter()
                .all(|(name, entry)| Stamp::of(&self.data.join(&**name)).ok() == entry.stamp)
    }

    /// Where the file under `key` lies, by a path without links.
    pub(crate) fn path(&self, key: &str) -> PathBuf {
        self.data.join(key)
    }

    /// Whether a name in it leads to nothing.
    pub(crate) fn has_dangling(&self) -> bool {
        let dangling = Content::Unreadable(FileError::Dangling);
        self.entries
            .iter()
            .any(|(_, entry)| entry.content == dangling)
    }

    /// The names of files that no directory lists any more: a bind mount of one file holds them.
    pub(crate) fn unlinked(&self) -> impl Iterator<Item = &str> {
        let gone = |entry: &Entry| entry.stamp.as_ref().is_some_and(Stamp::is_unlinked);
        self.entries
            .iter()
            .filter(move |(_, entry)| gone(entry))
            .map(|(name, _)| &**name)
    }
}

/// Reads the directory `asked`, to which `walk` led.
///
/// # Errors
/// [`DirectoryError::Unstable`] says no more than that it has to be read again.
pub(crate) fn read(asked: &Path, walk: &Walk) -> Result<Reading, DirectoryError> {
    read_by(asked, walk, Source::of)
}

/// Reads, with `source_of` to tell where.
fn read_by(
    asked: &Path,
    walk: &Walk,
    mut source_of: impl FnMut(&Path) -> Result<Source, DirectoryError>,
) -> Result<Reading, DirectoryError> {
    let (place, stamp) = walk.directory()?;
    let restless = || DirectoryError::Unstable {
        path: asked.to_owned(),
    };
    let mut last = restless();
    for _ in 0..ATTEMPTS {
        let before = source_of(place);
        let reading = match &before {
            Ok(source) => read_from(source, &stamp.identity),
            Err(error) => Err(error.clone()),
        };
        // Did the program's path lead here all the time, and to this generation?
        if Identity::of(asked).ok().as_ref() != Some(&stamp.identity) {
            return Err(restless());
        }
        match (reading, before, source_of(place)) {
            (Ok(Some(reading)), Ok(before), Ok(after)) if before == after => return Ok(reading),
            (Err(error), Ok(before), Ok(after)) if before == after => return Err(error),
            (Err(error), Err(_), _) => last = error,
            _ => last = restless(),
        }
    }
    Err(last)
}

/// Where to read.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Source {
    data: PathBuf,
    generation: Option<Generation>,
}

impl Source {
    /// Resolves `..data` in `place`, once.
    fn of(place: &Path) -> Result<Self, DirectoryError> {
        let link = place.join(DATA);
        let failed = |error: io::Error| DirectoryError::Io {
            path: link.clone(),
            source: Arc::new(error),
        };
        let target = match std::fs::read_link(&link) {
            // From here on only this one target counts, wherever `..data` points meanwhile.
            Ok(target) => target,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::plain(place)),
            Err(_) => match std::fs::symlink_metadata(&link) {
                // It came to be this moment: whoever reads looks here again afterwards.
                Ok(metadata) if metadata.is_symlink() => {
                    std::fs::read_link(&link).map_err(failed)?
                }
                // A copy of a mount by `cp -rL` has it as a directory.
                Ok(metadata) if metadata.is_dir() => PathBuf::new(),
                Ok(_) => return Ok(Self::plain(place)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    return Ok(Self::plain(place));
                }
                Err(error) => return Err(failed(error)),
            },
        };
        let path = if target.as_os_str().is_empty() {
            link.clone()
        } else {
            place.join(&target)
        };
        match resolve(path, &target) {
            Ok((data, identity)) => Ok(Self {
                data,
                generation: Some(Generation {
                    link: target,
                    identity,
                }),
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(DirectoryError::Dangling { path: link })
            }
            Err(error) => Err(failed(error)),
        }
    }

    fn plain(place: &Path) -> Self {
        Self {
            data: place.to_owned(),
            generation: None,
        }
    }
}

/// The path without links and the identity of `path`, which is `target` seen from a place without
/// links. kubelet's target is a name beside the link, and no link itself.
fn resolve(path: PathBuf, target: &Path) -> io::Result<(PathBuf, Identity)> {
    let mut steps = target.components();
    if let (Some(Component::Normal(_)) | None, None) = (steps.next(), steps.next()) {
        let metadata = std::fs::symlink_metadata(&path)?;
        if metadata.is_dir() {
            return Ok((path, Stamp::from(&metadata).identity));
        }
    }
    let data = path.canonicalize()?;
    let identity = Identity::of(&data)?;
    Ok((data, identity))
}

/// Reads every file; `None` if one vanished from under it.
fn read_from(source: &Source, directory: &Identity) -> Result<Option<Reading>, DirectoryError> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotADirectory => DirectoryError::NotADirectory {
            path: source.data.clone(),
        },
        _ => DirectoryError::Io {
            path: source.data.clone(),
            source: Arc::new(error),
        },
    };
    let state = Stamp::of(&source.data).map_err(failed)?;
    let names = folder::list(&source.data).map_err(failed)?;
    let mut entries = Vec::with_capacity(names.len());
    let mut buffer = Vec::new();
    let mut size = 0;
    for listed in names {
        match entry::read(&source.data, &listed, &mut buffer) {
            Some(entry) => {
                size += entry.content.len() as u64;
                if size > LARGEST {
                    return Err(DirectoryError::TooLarge {
                        path: source.data.clone(),
                        limit: LARGEST,
                    });
                }
                entries.push((listed.key, entry));
            }
            None if source.generation.is_some() => return Ok(None),
            // In a plain directory a file may go at any time.
            None => {}
        }
    }
    Ok(Some(Reading {
        directory: directory.clone(),
        generation: source.generation.clone(),
        data: source.data.clone(),
        listed: state,
        entries,
    }))
}

#[cfg(test)]
pub(crate) mod fake {
    use std::os::unix::fs::symlink;
    use std::path::Path;

    /// Writes a generation in the directory `root` and publishes it, as kubelet does.
    pub(crate) fn generation(root: &Path, name: &str, files: &[(&str, &str)]) {
        std::fs::create_dir(root.join(name)).unwrap();
        for (key, value) in files {
            std::fs::write(root.join(name).join(key), value).unwrap();
        }
        symlink(name, root.join("..data_tmp")).unwrap();
        std::fs::rename(root.join("..data_tmp"), root.join("..data")).unwrap();
    }
}

#[cfg(test)]
mod tests {
    use super::fake::generation;
    use super::{Reading, Source, read, read_by};
    use crate::DirectoryError;
    use crate::entry::Content;
    use crate::files;
    use crate::walk::walk;
    use std::os::unix::fs::symlink;

    fn keys(reading: &Reading) -> Vec<&str> {
        reading.entries.iter().map(|(key, _)| &**key).collect()
    }

    fn bytes<'a>(reading: &'a Reading, key: &str) -> Option<&'a [u8]> {
        match &files::find(&reading.entries, key)?.content {
            Content::Bytes(bytes) => Some(bytes),
            Content::Unreadable(_) => None,
        }
    }

    #[test]
    fn a_generation_is_what_data_points_to_and_not_what_the_root_lists() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        generation(root, "..1", &[("a", "1"), ("b", "1")]);
        std::fs::create_dir(root.join("..2")).unwrap(); // an orphan that looks newer
        std::fs::write(root.join("..2/a"), "2").unwrap();
        symlink("..data/gone", root.join("gone")).unwrap();
        std::fs::write(root.join("beside"), "x").unwrap();

        let reading = read(root, &walk(root)).unwrap();
        assert_eq!(keys(&reading), ["a", "b"]);
        assert_eq!(bytes(&reading, "a"), Some(b"1".as_slice()));
        assert!(reading.generation.is_some());
    }

    #[test]
    fn a_swap_shows_without_opening_anything() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        generation(root, "..1", &[("a", "1")]);
        let reading = read(root, &walk(root)).unwrap();
        assert!(reading.still_holds(&walk(root)));
        generation(root, "..2", &[("a", "1")]);
        assert!(!reading.still_holds(&walk(root)));
        assert_ne!(
            read(root, &walk(root)).unwrap().generation,
            reading.generation
        );
    }

    #[test]
    fn only_a_linked_generation_that_is_there_as_it_was_is_still_published() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        generation(root, "..1", &[("a", "1")]);
        let published = |reading: &Reading| reading.is_still_published(&walk(root));
        let reading = read(root, &walk(root)).unwrap();
        assert!(published(&reading));
        std::fs::write(root.join("b"), "beside").unwrap();
        assert!(published(&reading));
        // As when a volume is torn down.
        std::fs::remove_file(root.join("..1/a")).unwrap();
        assert!(!published(&reading));
        generation(root, "..2", &[("a", "1")]);
        assert!(!published(&reading));

        std::fs::remove_file(root.join("..data")).unwrap();
        assert!(!published(&reading));
        assert!(!published(&read(root, &walk(root)).unwrap()));
        std::fs::rename(root.join("..2"), root.join("..data")).unwrap();
        assert!(!published(&read(root, &walk(root)).unwrap()));
    }

    #[test]
    fn a_change_in_a_plain_directory_shows_without_opening_anything() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        std::fs::write(root.join("a"), "1").unwrap();
        let reading = read(root, &walk(root)).unwrap();
        assert!(reading.generation.is_none());
        assert!(reading.still_holds(&walk(root)));
        std::fs::write(root.join("a"), "12").unwrap();
        assert!(!reading.still_holds(&walk(root)));
        let reading = read(root, &walk(root)).unwrap();
        std::fs::write(root.join("b"), "").unwrap();
        assert!(!reading.still_holds(&walk(root)));
    }

    #[test]
    fn a_dangling_data_link_is_an_error_of_its_own() {
        let dir = tempfile::tempdir().unwrap();
        symlink("..gone", dir.path().join("..data")).unwrap();
        let error = read(dir.path(), &walk(dir.path())).unwrap_err();
        assert!(matches!(error, DirectoryError::Dangling { .. }), "{error}");
    }

    /// Holds the reader to this: what it returns is one whole generation, although kubelet
    /// publishes the next one and removes this one, file by file, while it is read.
    #[test]
    fn a_generation_that_is_removed_while_it_is_read_is_never_taken_in_part() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        generation(root, "..1", &[("a", "1"), ("b", "1")]);
        let mut resolved = 0;
        let reading = read_by(root, &walk(root), |place| {
            let source = Source::of(place);
            resolved += 1;
            if resolved == 1 {
                generation(root, "..2", &[("a", "2"), ("b", "2")]);
                std::fs::remove_file(root.join("..1/a")).unwrap();
            }
            source
        })
        .unwrap();
        assert_eq!(bytes(&reading, "a"), Some(b"2".as_slice()));
        assert_eq!(bytes(&reading, "b"), Some(b"2".as_slice()));
    }

    #[test]
    fn names_that_no_key_can_have_are_passed_over() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["a", "a~", ".a.swp", ".hidden", "..x", "#a#"] {
            std::fs::write(dir.path().join(name), "1").unwrap();
        }
        let reading = read(dir.path(), &walk(dir.path())).unwrap();
        assert_eq!(keys(&reading), ["a"]);
    }
}
