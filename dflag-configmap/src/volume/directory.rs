//! The directory as one scan reads it: a mounted ConfigMap or a plain directory, behind one interface.
//!
//! The two kinds differ in what an event can mean ([`Directory::is_unchanged`]) and in when new files
//! may be accepted ([`Directory::acceptance`]). Other modules do not distinguish them.

use std::path::{Path, PathBuf};

use super::check::Check;
use super::content::Contents;
use super::data_link::{Data, Generation, Located, locate};
use super::files::Files;
use super::known::KnownKeys;
use super::mounted::Mounted;
use super::path::Location;
use super::plain::Plain;
use super::stamp::{Identity, Stamp};
use crate::error::DirectoryError;

/// How often a directory that changes while it is read is read again at once.
const ATTEMPTS: usize = 8;

/// A directory and all its files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Directory {
    Mounted(Mounted),
    Plain(Plain),
}

/// When the files of a directory count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Acceptance {
    /// Now, all of them: they are a new generation, which is complete.
    AtOnce,
    /// Each once it is no longer being written.
    Debounced,
    /// Not at all: the volume is being torn down.
    TornDown,
    /// Not at all: the volume has no content yet.
    Unfilled,
}

impl Directory {
    /// Reads the directory at `location`, to which the path `given` leads. `data` is what [`locate`] has just found there.
    ///
    /// # Errors
    /// [`DirectoryError::Unstable`] if it changed during each of several attempts.
    pub(crate) fn read(
        given: &Path,
        location: &Location,
        data: Located,
        known: &KnownKeys,
    ) -> Result<Self, DirectoryError> {
        let unstable = || DirectoryError::Unstable {
            path: given.to_owned(),
        };
        let mut last_error = unstable();
        let mut before = data;
        for _ in 0..ATTEMPTS {
            let read = before
                .clone()
                .and_then(|data| Self::from_data(data, location, known));
            // What was read counts only if the path still leads here, and to the same generation.
            if Identity::of(given).ok().as_ref() != Some(&location.identity) {
                return Err(unstable());
            }
            let after = locate(location);
            match (read, &before, &after) {
                (Err(DirectoryError::Unstable { .. }), ..) => last_error = unstable(),
                (read, Ok(before), Ok(after)) if before == after => return read,
                (Err(error), Err(_), _) => last_error = error,
                _ => last_error = unstable(),
            }
            before = after;
        }
        Err(last_error)
    }

    fn from_data(
        data: Data,
        location: &Location,
        known: &KnownKeys,
    ) -> Result<Self, DirectoryError> {
        Ok(match data {
            Data::Published(path, generation) => {
                Self::Mounted(Mounted::read(&path, generation, known)?)
            }
            Data::Plain(path) => Self::Plain(Plain::read(&path, location.identity.clone(), known)?),
        })
    }

    pub(crate) fn files(&self) -> &Files {
        match self {
            Self::Mounted(mounted) => &mounted.files,
            Self::Plain(plain) => &plain.files,
        }
    }

    /// Whether the directory, now at `location` and with its files in `data`, is still as it was read, as far as `check`
    /// can find out.
    pub(crate) fn is_unchanged(&self, location: &Location, data: &Located, check: Check) -> bool {
        match self {
            Self::Mounted(mounted) => mounted.is_unchanged(data, check),
            Self::Plain(plain) => plain.is_unchanged(location, data, check),
        }
    }

    /// Whether it is a volume without content: its keys are links into `..data`, which does not exist yet.
    pub(crate) fn is_unfilled(&self) -> bool {
        matches!(self, Self::Plain(plain) if plain.is_unfilled)
    }

    /// When its files count, given the generation and the contents that were `accepted` last.
    pub(crate) fn acceptance(
        &self,
        generation: Option<&Generation>,
        accepted: &Contents,
    ) -> Acceptance {
        match self {
            Self::Mounted(mounted) if generation != Some(&mounted.generation) => Acceptance::AtOnce,
            Self::Mounted(mounted) if mounted.has_lost_files(accepted) => Acceptance::TornDown,
            Self::Plain(plain) if generation.is_some_and(|last| plain.is_torn_down(last)) => {
                Acceptance::TornDown
            }
            Self::Plain(_) if self.is_unfilled() => Acceptance::Unfilled,
            Self::Mounted(_) | Self::Plain(_) => Acceptance::Debounced,
        }
    }

    /// The generation that was accepted last once these files are accepted after `last`.
    pub(crate) fn generation(&self, last: Option<Generation>) -> Option<Generation> {
        match self {
            Self::Mounted(mounted) => Some(mounted.generation.clone()),
            // In the same directory it may still turn out to be a volume that is being torn down.
            Self::Plain(plain) => last.filter(|last| last.root == plain.root),
        }
    }

    /// The files that are mounts of their own, according to the mount table, by their paths in `given`.
    pub(crate) fn mounted_files(&self, given: &Path) -> Vec<PathBuf> {
        match self {
            Self::Plain(plain) => plain.mounted_files().map(|key| given.join(key)).collect(),
            Self::Mounted(_) => Vec::new(),
        }
    }

    /// The files that a path in `given` names now although no directory lists them, and `given` itself
    /// if it is such a directory.
    pub(crate) fn unlinked_files(&self, given: &Path) -> Vec<(PathBuf, Identity)> {
        let files = self.files();
        let unlinked = files.by_key.iter().filter(|(_, file)| file.is_unlinked());
        let keys = unlinked.map(|(key, _)| (given.join(&**key), files.path(key)));
        let root = files.stamp.is_unlinked();
        let root = root.then(|| (given.to_owned(), files.directory.clone()));
        // The file that was read may have been replaced meanwhile, so the path is checked again.
        keys.chain(root)
            .filter_map(|(shown, path)| {
                let stamp = Stamp::of(&path).ok()?;
                stamp.is_unlinked().then_some((shown, stamp.identity))
            })
            .collect()
    }

    /// Whether `other` is the same directory and of the same kind.
    pub(crate) fn is_same_directory(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Mounted(one), Self::Mounted(two)) => one.generation.root == two.generation.root,
            (Self::Plain(one), Self::Plain(two)) => one.root == two.root,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::path::Path;

    use super::{Acceptance, Check, Directory};
    use crate::error::{DirectoryError, FileError};
    use crate::volume::data_link::locate;
    use crate::volume::fake::{generation, publish};
    use crate::volume::files::Files;
    use crate::volume::mounted::Mounted;
    use crate::volume::path::{Location, resolve};
    use crate::volume::plain::Plain;
    use crate::volume::{Content, Contents, File, Generation, all_keys, fake_stamp};

    fn read(root: &Path) -> Result<Directory, DirectoryError> {
        let location = resolve(root).unwrap();
        Directory::read(root, &location, locate(&location), &all_keys())
    }

    fn is_unchanged(directory: &Directory, location: &Location, check: Check) -> bool {
        directory.is_unchanged(location, &locate(location), check)
    }

    fn keys(directory: &Directory) -> Vec<&str> {
        directory.files().by_key.keys().map(|key| &**key).collect()
    }

    fn value(directory: &Directory, key: &str) -> String {
        match &directory.files().by_key.get(key).unwrap().content {
            Content::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            Content::Unreadable(error) => error.to_string(),
            Content::Unknown => "unknown".to_owned(),
        }
    }

    #[test]
    fn the_generation_is_the_target_of_the_data_link() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        publish(root, "..1", &[("a", "1"), ("b", "1")]);
        std::fs::create_dir(root.join("..2")).unwrap(); // an orphan that looks newer
        std::fs::write(root.join("..2/a"), "2").unwrap();
        symlink("..data/gone", root.join("gone")).unwrap();
        std::fs::write(root.join("beside"), "x").unwrap();

        let directory = read(root).unwrap();
        assert!(matches!(directory, Directory::Mounted(_)));
        assert_eq!(keys(&directory), ["a", "b"]);
        assert_eq!(value(&directory, "a"), "1");
    }

    #[test]
    fn a_copy_of_a_volume_is_a_plain_directory() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("..data");
        std::fs::create_dir(&data).unwrap();
        std::fs::write(data.join("a"), "1").unwrap();
        let directory = read(dir.path()).unwrap();
        assert!(matches!(directory, Directory::Plain(_)));
        assert_eq!(keys(&directory), ["a"]);
    }

    #[test]
    fn a_dangling_data_link_is_an_error_of_its_own() {
        let dir = tempfile::tempdir().unwrap();
        symlink("..gone", dir.path().join("..data")).unwrap();
        let error = read(dir.path()).unwrap_err();
        assert!(matches!(error, DirectoryError::Dangling { .. }), "{error}");
    }

    #[test]
    fn a_new_generation_shows_without_opening_a_file() {
        let dir = tempfile::tempdir().unwrap();
        let location = resolve(dir.path()).unwrap();
        publish(dir.path(), "..1", &[("a", "1")]);
        let directory = read(dir.path()).unwrap();
        for check in [Check::Event, Check::Start, Check::Metadata] {
            assert!(is_unchanged(&directory, &location, check), "{check:?}");
        }
        assert!(!is_unchanged(&directory, &location, Check::Contents));
        publish(dir.path(), "..2", &[("a", "1")]);
        for check in [Check::Event, Check::Start, Check::Metadata] {
            assert!(!is_unchanged(&directory, &location, check), "{check:?}");
        }
        assert_ne!(read(dir.path()).unwrap(), directory);
    }

    #[test]
    fn an_event_in_a_volume_can_only_announce_another_generation_or_a_removal() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        let location = resolve(root).unwrap();
        publish(root, "..1", &[("a", "1")]);
        let directory = read(root).unwrap();
        std::fs::write(root.join("b"), "beside").unwrap();
        std::fs::write(root.join("..1/a"), "22").unwrap();
        assert!(is_unchanged(&directory, &location, Check::Event));
        assert!(!is_unchanged(&directory, &location, Check::Metadata));
        std::fs::remove_file(root.join("..1/a")).unwrap();
        assert!(!is_unchanged(&directory, &location, Check::Event));
        let directory = read(root).unwrap();
        std::fs::remove_file(root.join("..data")).unwrap();
        assert!(!is_unchanged(&directory, &location, Check::Event));
    }

    #[test]
    fn an_event_in_a_plain_directory_can_announce_anything() {
        let dir = tempfile::tempdir().unwrap();
        let location = resolve(dir.path()).unwrap();
        std::fs::write(dir.path().join("a"), "1").unwrap();
        let directory = read(dir.path()).unwrap();
        assert!(is_unchanged(&directory, &location, Check::Metadata));
        for check in [Check::Event, Check::Start, Check::Contents] {
            assert!(!is_unchanged(&directory, &location, check), "{check:?}");
        }
    }

    /// kubelet publishes the next generation and removes this one, file by file, while it is read.
    #[test]
    fn a_generation_that_is_removed_during_the_read_is_never_returned_in_part() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        publish(root, "..1", &[("a", "1"), ("b", "1")]);
        let location = resolve(root).unwrap();
        let data = locate(&location);
        publish(root, "..2", &[("a", "2"), ("b", "2")]);
        std::fs::remove_file(root.join("..1/a")).unwrap();
        let directory = Directory::read(root, &location, data, &all_keys()).unwrap();
        assert_eq!(
            (value(&directory, "a"), value(&directory, "b")),
            ("2".into(), "2".into())
        );
    }

    fn files(keys: &[&str], content: &Content) -> Files {
        let file = File {
            stamp: None,
            content: content.clone(),
        };
        Files {
            directory: "/d".into(),
            stamp: fake_stamp::stamp(1, 0),
            by_key: keys.iter().map(|&key| (key.into(), file.clone())).collect(),
            is_complete: true,
        }
    }

    fn good() -> Content {
        Content::Bytes(b"1".as_slice().into())
    }

    fn mounted(root: u64, number: u64, keys: &[&str]) -> Directory {
        Directory::Mounted(Mounted {
            generation: generation(root, number),
            files: files(keys, &good()),
        })
    }

    fn plain(root: u64, keys: &[&str], content: &Content) -> Directory {
        Directory::Plain(Plain {
            root: fake_stamp::identity(root),
            files: files(keys, content),
            is_unfilled: false,
        })
    }

    /// Checks the acceptance and the generation afterwards, if `last` and the keys `a` and `b` were accepted last.
    #[track_caller]
    fn transition(
        last: Option<&Generation>,
        directory: &Directory,
        acceptance: Acceptance,
        generation: Option<&Generation>,
    ) {
        let accepted: Contents = ["a", "b"]
            .map(|key| (key.into(), good()))
            .into_iter()
            .collect();
        assert_eq!(directory.acceptance(last, &accepted), acceptance);
        assert_eq!(directory.generation(last.cloned()).as_ref(), generation);
    }

    #[test]
    fn a_new_generation_is_accepted_at_once_and_changes_of_the_same_one_are_debounced() {
        let [one, two, elsewhere] = [(1, 11), (1, 12), (2, 11)].map(|(r, n)| generation(r, n));
        let at_once = Acceptance::AtOnce;
        transition(None, &mounted(1, 11, &["a"]), at_once, Some(&one));
        transition(Some(&one), &mounted(1, 12, &["a"]), at_once, Some(&two));
        transition(
            Some(&one),
            &mounted(2, 11, &["a"]),
            at_once,
            Some(&elsewhere),
        );
        let debounced = Acceptance::Debounced;
        for keys in [&["a", "b"][..], &["a", "b", "c"]] {
            transition(Some(&one), &mounted(1, 11, keys), debounced, Some(&one));
        }
    }

    #[test]
    fn a_plain_directory_is_debounced_whatever_was_there_before() {
        let last = generation(1, 11);
        let (debounced, dangling) = (Acceptance::Debounced, dangling());
        for directory in [
            plain(1, &["a"], &good()),
            plain(1, &[], &good()),
            plain(1, &["a"], &dangling),
        ] {
            transition(None, &directory, debounced, None);
        }
        transition(
            Some(&last),
            &plain(1, &["a"], &good()),
            debounced,
            Some(&last),
        );
        transition(Some(&last), &plain(2, &["a"], &dangling), debounced, None);
    }

    #[test]
    fn a_volume_that_loses_files_is_being_torn_down() {
        let last = generation(1, 11);
        let torn_down = Acceptance::TornDown;
        transition(Some(&last), &mounted(1, 11, &["a"]), torn_down, Some(&last));
        transition(Some(&last), &plain(1, &[], &good()), torn_down, Some(&last));
        transition(
            Some(&last),
            &plain(1, &["a"], &dangling()),
            torn_down,
            Some(&last),
        );
        // An empty directory may be a new volume that is not filled yet.
        transition(Some(&last), &plain(2, &[], &good()), torn_down, None);
    }

    fn dangling() -> Content {
        Content::Unreadable(FileError::Dangling)
    }
}
