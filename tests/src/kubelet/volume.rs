//! The volume: a directory and the kubelet that keeps it.

use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use fastrand::Rng;

use super::update::{Order, Outcome, Step, Update};

/// What a volume shall hold: each key, or its path when it has one (`a/b`), and its bytes.
pub type Payload<'a> = [(&'a str, &'a [u8])];

/// A ConfigMap volume, as kubelet keeps it on a node.
///
/// Nothing is cleaned up on drop: a pod's volume outlives kubelet.
#[derive(Debug)]
pub struct Volume {
    root: PathBuf,
    order: Order,
    fs_group: bool,
    rng: Rng,
}

impl Volume {
    /// Makes the directory, and its parents. It stays empty until the first write,
    /// as a pod may find it.
    ///
    /// # Errors
    /// The file system's. A directory that is already there is none.
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

    /// Sets which kubelet writes. Default: the current one.
    #[must_use]
    pub fn order(mut self, order: Order) -> Self {
        self.order = order;
        self
    }

    /// Sets whether the pod has an `fsGroup`, so that every update touches the owner and mode of
    /// everything in the volume. Default: it has none.
    #[must_use]
    pub fn fs_group(mut self, fs_group: bool) -> Self {
        self.fs_group = fs_group;
        self
    }

    /// Sets the seed of the order of files and of the directories' names. Default: 0.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.rng = Rng::with_seed(seed);
        self
    }

    /// The mounted directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Makes the volume hold `payload` and nothing else.
    ///
    /// # Errors
    /// Where kubelet's write fails. kubelet then tears the volume down, so the directory is gone;
    /// the next write makes it anew.
    pub fn write(&mut self, payload: &Payload<'_>) -> io::Result<Outcome> {
        self.write_with(payload, |_| ControlFlow::Continue(()))
    }

    /// Writes like [`write`](Self::write) and calls `before` ahead of each single step: for
    /// three files, three times with [`Step::File`]. A `Break` is kubelet's death right there.
    ///
    /// # Errors
    /// Those of [`write`](Self::write).
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

    /// Begins an update and dies ahead of the first `step`.
    ///
    /// # Errors
    /// Those of [`write`](Self::write).
    pub fn write_until(&mut self, payload: &Payload<'_>, step: Step) -> io::Result<Outcome> {
        self.write_with(payload, |next| {
            if next == step {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })
    }

    /// Dies when the files are written and before they are published: an orphan stays behind.
    ///
    /// # Errors
    /// Those of [`write`](Self::write).
    pub fn die_before_publish(&mut self, payload: &Payload<'_>) -> io::Result<Outcome> {
        self.write_until(payload, Step::LinkNext)
    }

    /// Dies right after the publish: new keys have no visible link, removed ones dangle, and
    /// the old generation stays.
    ///
    /// # Errors
    /// Those of [`write`](Self::write).
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

    /// Removes the volume: whoever is in the directory sees an empty, deleted one.
    ///
    /// # Errors
    /// The file system's. A directory that is already gone is none.
    pub fn tear_down(&self) -> io::Result<()> {
        match fs::remove_dir_all(&self.root) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            result => result,
        }
    }
}
