//! Options: what a program may choose, and the builder that it chooses with.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use dflag::{FlagSet, OnInvalid, Precedence};

use crate::{BuildError, Updater};

/// The longest time between a change and its discovery without events.
const RESCAN_EVERY: Duration = Duration::from_secs(2);

/// The timer never runs faster.
const FASTEST_RESCAN: Duration = Duration::from_millis(10);

/// A shell needs microseconds between emptying a file and writing it, an editor a few
/// milliseconds, a busy machine some tens; and a person who edits a file notices no tenth of a second.
const SETTLE: Duration = Duration::from_millis(100);

/// The longest time to settle: beyond it, arithmetic on times is all one would get.
const LONGEST_SETTLE: Duration = Duration::from_secs(3600);

/// The choices, as the rooms inside read them.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) optional: bool,
    pub(crate) deny_unknown: bool,
    pub(crate) precedence: Precedence,
    pub(crate) on_invalid: OnInvalid,
    pub(crate) rescan_every: Duration,
    pub(crate) settle: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            optional: false,
            deny_unknown: false,
            precedence: Precedence::default(),
            on_invalid: OnInvalid::default(),
            rescan_every: RESCAN_EVERY,
            settle: SETTLE,
        }
    }
}

/// The choices for an [`Updater`]; made by [`Updater::builder`].
///
/// ```no_run
/// # use std::time::Duration;
/// # use clap::Parser;
/// # use dflag::DynamicFlags;
/// use dflag::{OnInvalid, Precedence};
/// use dflag_configmap::Updater;
///
/// # #[derive(Clone, Parser, DynamicFlags)]
/// # struct Args {
/// #     #[arg(long, default_value_t = 3)]
/// #     #[flag(dynamic)]
/// #     limit: u8,
/// # }
/// let args = Args::parse_dynamic();
/// let updater = Updater::builder(&args, "/etc/dflag")
///     .optional(true)
///     .precedence(Precedence::BelowCommandLine)
///     .on_invalid(OnInvalid::KeepValid)
///     .rescan_every(Duration::from_secs(10))
///     .build()?;
/// updater.initialize()?;
/// updater.start()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a builder does nothing until it is built"]
pub struct Builder {
    flags: Arc<dyn FlagSet>,
    directory: PathBuf,
    options: Options,
}

impl Builder {
    pub(crate) fn new(flags: Arc<dyn FlagSet>, directory: &Path) -> Self {
        Self {
            flags,
            directory: directory.to_owned(),
            options: Options::default(),
        }
    }

    /// Whether the directory may be absent. Default: no.
    ///
    /// An absent one then counts as empty, until it appears. One that exists and can't be read
    /// stays an error. One that was there and vanishes is reported, and the last values stay:
    /// that is what a volume looks like while it is mounted anew.
    pub fn optional(mut self, optional: bool) -> Self {
        self.options.optional = optional;
        self
    }

    /// Whether a file for no known flag makes the whole update invalid. Default: no, it is a warning.
    ///
    /// Names that no ConfigMap key can have, such as an editor's `a~`, and names that begin with a
    /// dot are passed over in any case.
    pub fn deny_unknown(mut self, deny: bool) -> Self {
        self.options.deny_unknown = deny;
        self
    }

    /// Whether the ConfigMap wins over the command line. Default: it does.
    pub fn precedence(mut self, precedence: Precedence) -> Self {
        self.options.precedence = precedence;
        self
    }

    /// What becomes of the good keys when others are bad. Default: none is taken.
    pub fn on_invalid(mut self, on_invalid: OnInvalid) -> Self {
        self.options.on_invalid = on_invalid;
        self
    }

    /// The longest time between a change on disk and the look that finds it when no event arrives.
    ///
    /// Default 2 s; never below 10 ms. Events make it faster, never slower.
    pub fn rescan_every(mut self, period: Duration) -> Self {
        self.options.rescan_every = period.max(FASTEST_RESCAN);
        self
    }

    /// How long a file of a plain directory must have been unchanged before it is taken.
    ///
    /// Default 100 ms; never above an hour. Files that change together are taken together, unless one of them does not
    /// settle for ten times as long: then the others go ahead. An empty file waits five times as
    /// long, since nearly always it is about to be written. A file whose writer was
    /// heard to write and not to close it counts as changing for up to 30 s.
    ///
    /// It does not delay a mounted ConfigMap: its generations are whole the moment they appear.
    pub fn settle(mut self, settle: Duration) -> Self {
        self.options.settle = settle.min(LONGEST_SETTLE);
        self
    }

    /// Makes the updater. Nothing is read yet, and no thread runs.
    ///
    /// # Errors
    /// An empty path, or a relative one while the current directory is not known.
    pub fn build(self) -> Result<Updater, BuildError> {
        Ok(Updater::from_parts(
            self.flags,
            absolute(&self.directory)?,
            self.options,
        ))
    }
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder")
            .field("directory", &self.directory)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// `path` from the root, whatever the current directory will be later. Links stay as they are,
/// and so does `..`, which after a link means something else than it looks like.
fn absolute(path: &Path) -> Result<PathBuf, BuildError> {
    if path.as_os_str().is_empty() {
        return Err(BuildError::EmptyPath);
    }
    let from_root = if path.is_absolute() {
        path.to_owned()
    } else {
        let current = std::env::current_dir().map_err(|source| BuildError::CurrentDirectory {
            path: path.to_owned(),
            source,
        })?;
        current.join(path)
    };
    // Going through the components drops a trailing slash and `.`.
    Ok(from_root.components().collect())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::absolute;
    use crate::BuildError;

    #[test]
    fn a_path_is_made_absolute_once_and_keeps_its_links_and_dot_dots() {
        let current = std::env::current_dir().unwrap();
        for (path, expected) in [
            ("/etc/dflag/", Path::new("/etc/dflag").to_owned()),
            ("/etc//./dflag/.", "/etc/dflag".into()),
            ("/etc/link/../dflag", "/etc/link/../dflag".into()),
            ("config", current.join("config")),
            ("./config/", current.join("config")),
            (".", current.clone()),
            ("..", current.join("..")),
        ] {
            assert_eq!(
                absolute(Path::new(path)).unwrap().as_os_str(),
                expected.as_os_str(),
                "{path}"
            );
        }
        assert!(matches!(
            absolute(Path::new("")),
            Err(BuildError::EmptyPath)
        ));
    }
}
