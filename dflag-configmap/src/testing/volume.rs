//! The volume: a directory that a test updates.

use std::env;
use std::fs::{self, DirBuilder};
use std::io::{self, ErrorKind};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::{Mutex, PoisonError};

use crate::escape::Escaped;

use super::atomic_writer::{self, Data};
use super::random::random;

/// The longest key that Kubernetes accepts.
const MAX_KEY: usize = 253;

/// A mounted ConfigMap, which is updated as kubelet updates it.
///
/// Each update makes the same changes to the directory in the same order as kubelet 1.30 and later, so the
/// program gets the same events as in a pod, and never sees a mixture of two updates. Unlike kubelet, which takes up to
/// a minute, it does so at once.
///
/// ```
/// use std::fs;
/// use dflag_configmap::testing::Volume;
///
/// let volume = Volume::new()?;
/// volume.apply([("rollout", "0.5"), ("log_level", "debug")])?;
/// assert_eq!(fs::read_to_string(volume.path().join("rollout"))?, "0.5");
///
/// volume.apply([("rollout", "1")])?; // `log_level` is gone
/// assert!(!volume.path().join("log_level").exists());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Volume {
    path: PathBuf,
    /// Whether the directory is removed at the end.
    is_temporary: bool,
    /// Held during an update, of which there is one at a time.
    writing: Mutex<()>,
}

impl Volume {
    /// Creates an empty volume in a temporary directory, which is removed when the volume is dropped.
    ///
    /// ```
    /// # use dflag_configmap::testing::Volume;
    /// let volume = Volume::new()?;
    /// let path = volume.path().to_owned();
    /// assert!(path.is_dir());
    ///
    /// drop(volume);
    /// assert!(!path.exists());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// The directory can't be created.
    pub fn new() -> io::Result<Self> {
        loop {
            let name = format!("dflag-volume-{}-{:016x}", process::id(), random());
            let path = env::temp_dir().join(name);
            match DirBuilder::new().mode(0o755).create(&path) {
                Ok(()) => return Ok(Self::with(path, true)),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// A volume at this path, which remains when this is dropped. The directory and its parents are created if
    /// they do not exist.
    ///
    /// ```
    /// # use dflag_configmap::testing::Volume;
    /// # let parent = Volume::new()?;
    /// # let directory = parent.path();
    /// let volume = Volume::at(directory.join("flags"))?;
    /// volume.apply([("rollout", "0.5")])?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// The directory can't be created.
    pub fn at(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        fs::create_dir_all(&path)?;
        Ok(Self::with(path, false))
    }

    fn with(path: PathBuf, is_temporary: bool) -> Self {
        Self {
            path,
            is_temporary,
            writing: Mutex::new(()),
        }
    }

    /// The directory, to pass to the updater.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Updates the volume to exactly these keys, as if the ConfigMap had been applied with them. A key that is
    /// not among them is removed. Equal contents change nothing.
    ///
    /// The update has taken place when this returns, but the program may not have noticed it yet: wait for
    /// what it does then, for example by `Dynamic::wait_for`.
    ///
    /// # Errors
    /// A key is invalid in a ConfigMap, and nothing is changed. Or the directory can't be written, or was not
    /// written by this alone, and is left as it then is.
    pub fn apply<K, V>(&self, data: impl IntoIterator<Item = (K, V)>) -> io::Result<()>
    where
        K: Into<String>,
        V: Into<Vec<u8>>,
    {
        let data = data.into_iter();
        let data: Data = data
            .map(|(key, content)| (key.into(), content.into()))
            .collect();
        if let Some(key) = data.keys().find(|key| !is_key(key)) {
            return Err(io::Error::new(
                ErrorKind::InvalidInput,
                format!("`{}` can't be a key of a ConfigMap", Escaped(key)),
            ));
        }
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        atomic_writer::write(&self.path, &data)
    }
}

/// Whether Kubernetes accepts the key.
fn is_key(key: &str) -> bool {
    let is_valid = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    !key.is_empty()
        && key.len() <= MAX_KEY
        && key.chars().all(is_valid)
        && key != "."
        && !key.starts_with("..")
}

impl Drop for Volume {
    fn drop(&mut self) {
        if self.is_temporary {
            // On an error a temporary directory is left behind; a destructor can't report it.
            fs::remove_dir_all(&self.path).ok();
        }
    }
}
