//! Frozen files: which files of the directory no update can reach, from one scan to the next.
//!
//! The mount table shows a file that is mounted on its own. So does a file that the path names although
//! no directory lists it any more. The latter also shows for a moment in a file that an atomic writer is
//! replacing, so it counts only if a later scan finds the same file.

use std::path::{Path, PathBuf};

use crate::volume::{Directory, Identity};

/// The frozen files that the last scans found.
#[derive(Debug, Default)]
pub(crate) struct FrozenFiles {
    mounted: Vec<PathBuf>,
    unlinked: Vec<(PathBuf, Identity)>,
}

impl FrozenFiles {
    /// The frozen files of `directory`, by their paths in `given`, or `given` itself.
    ///
    /// The mount table is read with `check_mounts`, and for as long as there is a mounted file.
    pub(crate) fn update(
        &mut self,
        directory: &Directory,
        given: &Path,
        check_mounts: bool,
    ) -> Vec<PathBuf> {
        if check_mounts || !self.mounted.is_empty() {
            self.mounted = directory.mounted_files(given);
        }
        let unlinked = directory.unlinked_files(given);
        let before = std::mem::replace(&mut self.unlinked, unlinked);
        let mut frozen = self.mounted.clone();
        for file in &self.unlinked {
            if before.contains(file) && !frozen.contains(&file.0) {
                frozen.push(file.0.clone());
            }
        }
        frozen
    }
}
