//! A plain directory: files that are written one by one, by anyone and at any time.

use std::path::Path;

use super::check::Check;
use super::data_link::{DATA_LINK, Data, Generation, Located};
use super::files::Files;
use super::known::KnownKeys;
use super::path::Location;
use super::stamp::Identity;
use super::sub_path;
use crate::error::DirectoryError;

/// A plain directory as a scan read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plain {
    pub(crate) root: Identity,
    pub(crate) files: Files,
    /// Whether it is a volume without content: its keys are links into `..data`, which does not exist yet.
    pub(crate) is_unfilled: bool,
}

impl Plain {
    /// Reads the files in the directory `path`, which belong to the directory `root`.
    pub(crate) fn read(
        path: &Path,
        root: Identity,
        known: &KnownKeys,
    ) -> Result<Self, DirectoryError> {
        let files = Files::read(path, known)?;
        let mut dangling = files.by_key.iter().filter(|(_, file)| file.is_dangling());
        let is_unfilled = dangling.any(|(key, _)| is_link_to_data(&files.path(key)));
        Ok(Self {
            root,
            files,
            is_unfilled,
        })
    }

    /// Whether nothing has changed, as far as `check` can find out.
    pub(crate) fn is_unchanged(&self, location: &Location, data: &Located, check: Check) -> bool {
        match check {
            Check::Metadata => {
                location.identity == self.root
                    && matches!(data, Ok(Data::Plain(path)) if *path == self.files.directory)
                    && self.files.has_same_metadata()
            }
            // An event comes from a file that was written, perhaps without a change of its metadata.
            Check::Event | Check::Start | Check::Contents => false,
        }
    }

    /// Whether it is what remains of `generation` while kubelet tears the volume down, entry by entry
    /// and in no particular order.
    pub(crate) fn is_torn_down(&self, generation: &Generation) -> bool {
        let files = &self.files.by_key;
        files.is_empty()
            || self.is_unfilled
            || (self.root == generation.root && files.iter().any(|(_, file)| file.is_dangling()))
    }

    /// The keys whose files are mounts of their own.
    pub(crate) fn mounted_files(&self) -> impl Iterator<Item = &str> {
        let mounted = sub_path::mounted_files(&self.files.directory);
        let keys = self.files.by_key.keys().map(|key| &**key);
        keys.filter(move |key| mounted.contains(&self.files.path(key)))
    }
}

fn is_link_to_data(path: &Path) -> bool {
    std::fs::read_link(path).is_ok_and(|target| target.starts_with(DATA_LINK))
}
