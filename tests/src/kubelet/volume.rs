//! The volume: a directory, and how kubelet writes it.

use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use fastrand::Rng;

use super::update::{Order, Outcome, Step, Update};

/// The files of a volume: keys, or paths such as `a/b` for keys that have one, with their contents.
pub type Payload<'a> = [(&'a str, &'a [u8])];

/// A ConfigMap volume on a node.
///
/// Dropping it removes nothing, since a pod's volume outlives kubelet.
#[derive(Debug)]
pub struct Volume {
    root: PathBuf,
    order: Order,
    fs_group: bool,
    rng: Rng,
}

impl Volume {
    /// Creates the directory and its parents, unless they exist. It stays empty until the first write.
    ///
    /// # Errors
    /// If the directory cannot be created.
    pub fn create(root: impl Into<PathBuf>) -> io::Result<Self> {
        let root = root.into();
        fs::create_dir_all(&root)?;
        Ok(Self {
            root,
            order: Order::default(),
            fs_group: false,
            rng: Rng::with_seed(0),
        })
    }

    /// Sets the version of kubelet that writes. Default: the current one.
    #[must_use]
    pub fn order(mut self, order: Order) -> Self {
        self.order = order;
        self
    }

    /// Sets whether the pod has an `fsGroup`, with which every update sets the owner and mode of all files in the
    /// volume. Default: `false`.
    #[must_use]
    pub fn fs_group(mut self, fs_group: bool) -> Self {
        self.fs_group = fs_group;
        self
    }

    /// Sets the seed for the order of files and the names of directories. Default: 0.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.rng = Rng::with_seed(seed);
        self
    }

    /// The mounted directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Updates the volume to the files of `payload`.
    ///
    /// # Errors
    /// If kubelet's write fails. kubelet then tears down the volume, which removes the directory, and the next write
    /// creates it again.
    pub fn write(&mut self, payload: &Payload<'_>) -> io::Result<Outcome> {
        self.write_with(payload, |_| ControlFlow::Continue(()))
    }

    /// Writes like [`write`](Self::write) and calls `before` ahead of every single step, for example three times with
    /// [`Step::File`] for three files. If it returns `Break`, kubelet dies at that point.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn write_with(
        &mut self,
        payload: &Payload<'_>,
        mut before: impl FnMut(Step) -> ControlFlow<()>,
    ) -> io::Result<Outcome> {
        fs::create_dir_all(&self.root)?;
        let update = Update {
            root: &self.root,
            payload,
            order: self.order,
            fs_group: self.fs_group,
            rng: &mut self.rng,
            before: &mut before,
        };
        let outcome = update.run();
        if outcome.is_err() {
            self.tear_down()?;
        }
        outcome
    }

    /// Begins an update and dies before the first `step`.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn write_until(&mut self, payload: &Payload<'_>, step: Step) -> io::Result<Outcome> {
        self.write_with(payload, |next| {
            if next == step {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })
    }

    /// Writes a generation and dies before publishing it, which leaves an orphaned directory.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn die_before_publish(&mut self, payload: &Payload<'_>) -> io::Result<Outcome> {
        self.write_until(payload, Step::LinkNext)
    }

    /// Dies right after the publish: new keys have no visible link, the links of removed keys dangle, and the old
    /// generation remains.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn die_after_publish(&mut self, payload: &Payload<'_>) -> io::Result<Outcome> {
        let mut published = false;
        self.write_with(payload, |next| {
            if published {
                return ControlFlow::Break(());
            }
            published = next == Step::Publish;
            ControlFlow::Continue(())
        })
    }

    /// Removes the volume, if it exists. A process with the directory open keeps an empty, deleted directory.
    ///
    /// # Errors
    /// If the directory cannot be removed.
    pub fn tear_down(&self) -> io::Result<()> {
        match fs::remove_dir_all(&self.root) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            result => result,
        }
    }
}
