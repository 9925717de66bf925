//! kubelet's way of changing a ConfigMap volume, no more than a benchmark needs.
//!
//! `dflag-tests` has the faithful writer. This one tells the moment of the rename and removes the
//! old generation only when asked, so that its work does not run into what is measured.

use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Instant;
use std::{fs, process};

/// A volume whose keys all exist from the first write on.
#[derive(Debug)]
pub struct Volume {
    root: PathBuf,
    written: u32,
    old: Vec<PathBuf>,
}

impl Volume {
    /// An empty volume in the directory `root`, which must exist.
    pub fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            written: 0,
            old: Vec::new(),
        }
    }

    /// Writes a generation, publishes it, and returns the moment before the rename that does it.
    ///
    /// # Errors
    /// Those of the file system.
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

    /// Removes every generation but the newest.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn clean(&mut self) -> io::Result<()> {
        let newest = self.old.pop();
        for generation in self.old.drain(..) {
            fs::remove_dir_all(generation)?;
        }
        self.old.extend(newest);
        Ok(())
    }
}
