//! A mounted ConfigMap: a directory whose files kubelet publishes as whole generations.

use std::path::Path;

use super::check::Check;
use super::content::Contents;
use super::data_link::{Data, Generation, Located};
use super::files::Files;
use super::known::KnownKeys;
use crate::error::DirectoryError;

/// A mounted ConfigMap as a scan read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mounted {
    pub(crate) generation: Generation,
    pub(crate) files: Files,
}

impl Mounted {
    /// Reads the generation in the directory `path`.
    ///
    /// # Errors
    /// Among others [`DirectoryError::Unstable`] if a file vanishes: kubelet removes a generation file by file.
    pub(crate) fn read(
        path: &Path,
        generation: Generation,
        known: &KnownKeys,
    ) -> Result<Self, DirectoryError> {
        let files = Files::read(path, known)?;
        if files.is_complete {
            Ok(Self { generation, files })
        } else {
            Err(DirectoryError::Unstable {
                path: path.to_owned(),
            })
        }
    }

    /// Whether nothing has changed, as far as `check` can find out.
    pub(crate) fn is_unchanged(&self, data: &Located, check: Check) -> bool {
        match check {
            // kubelet writes to no generation that it has published, so an event can only mean that
            // another generation is published, or that this one is being removed.
            Check::Event => self.is_published(data) && self.files.lists_the_same(),
            Check::Start | Check::Metadata => {
                self.is_published(data) && self.files.has_same_metadata()
            }
            Check::Contents => false,
        }
    }

    fn is_published(&self, data: &Located) -> bool {
        match data {
            Ok(Data::Published(path, generation)) => {
                *path == self.files.directory && *generation == self.generation
            }
            _ => false,
        }
    }

    /// Whether a key of `accepted` is missing, although the generation is the one that had it.
    pub(crate) fn has_lost_files(&self, accepted: &Contents) -> bool {
        accepted
            .keys()
            .any(|key| self.files.by_key.get(key).is_none())
    }
}
