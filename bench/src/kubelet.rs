//! A simplified writer of ConfigMap volumes.
//!
//! `dflag-tests` has a faithful one. This one returns the time of the rename and does nothing afterwards: it
//! removes old generations only when asked, so that its own work is not measured.

use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Instant;
use std::{fs, process};

/// A volume whose keys are those of the first write.
#[derive(Debug)]
pub struct Volume {
    root: PathBuf,
    written: u32,
    old: Vec<PathBuf>,
}

impl Volume {
    /// Creates an empty volume in the existing directory `root`.
    pub fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            written: 0,
            old: Vec::new(),
        }
    }

    /// Writes a generation and publishes it by a rename. Returns the time just before the rename.
    ///
    /// # Errors
    /// Any error of the file system.
    pub fn write(&mut self, payload: &[(String, String)]) -> io::Result<Instant> {
        self.written += 1;
        let name = format!("..2026_01_02_03_04_05.{}{}", process::id(), self.written);
        let generation = self.root.join(&name);
        fs::create_dir(&generation)?;
        for (key, value) in payload {
            fs::write(generation.join(key), value)?;
        }
        let (next, data) = (self.root.join("..data_tmp"), self.root.join("..data"));
        symlink(&name, &next)?;
        let before = Instant::now();
        fs::rename(next, data)?;
        if self.written == 1 {
            for (key, _) in payload {
                symlink(Path::new("..data").join(key), self.root.join(key))?;
            }
        }
        self.old.push(generation);
        Ok(before)
    }

    /// Removes all generations except the newest.
    ///
    /// # Errors
    /// Any error of the file system.
    pub fn clean(&mut self) -> io::Result<()> {
        let newest = self.old.pop();
        for generation in self.old.drain(..) {
            fs::remove_dir_all(generation)?;
        }
        self.old.extend(newest);
        Ok(())
    }
}
