//! Options of an updater, and their builder.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use dflag::{FlagSet, OnInvalid, Precedence};

use crate::error::BuildError;

/// The default period of the timer.
const RESCAN_EVERY: Duration = Duration::from_secs(2);

/// The shortest period of the timer.
const MIN_RESCAN_EVERY: Duration = Duration::from_millis(10);

/// The default settling time. Between emptying a file and writing it, a shell needs microseconds, an
/// editor a few milliseconds, and either some tens on a busy machine. People do not notice the delay.
const SETTLE: Duration = Duration::from_millis(100);

/// The longest settling time, so that multiples of it do not overflow.
const MAX_SETTLE: Duration = Duration::from_secs(3600);

/// The options of an updater.
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

/// Options for an [`Updater`](crate::Updater). Created by [`Updater::builder`](crate::Updater::builder).
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
    pub(crate) flags: Arc<dyn FlagSet>,
    pub(crate) directory: PathBuf,
    pub(crate) options: Options,
}

impl Builder {
    pub(crate) fn new(flags: Arc<dyn FlagSet>, directory: &Path) -> Self {
        Self {
            flags,
            directory: directory.to_owned(),
            options: Options::default(),
        }
    }

    /// Whether the directory may be absent. Default: `false`.
    ///
    /// An absent directory counts as empty until it appears. One that exists and can't be read
    /// is still an error. One that vanishes later is reported and the flags keep their values,
    /// since that is what a volume looks like while it is mounted again.
    pub fn optional(mut self, optional: bool) -> Self {
        self.options.optional = optional;
        self
    }

    /// Whether an update is rejected if a file names no known flag. Default: `false`, which logs a warning.
    ///
    /// Names that no ConfigMap key can have, such as an editor's `a~`, and names that begin with a
    /// dot are ignored in any case.
    pub fn deny_unknown(mut self, deny: bool) -> Self {
        self.options.deny_unknown = deny;
        self
    }

    /// Whether the ConfigMap takes precedence over the command line. Default: it does.
    pub fn precedence(mut self, precedence: Precedence) -> Self {
        self.options.precedence = precedence;
        self
    }

    /// What happens to the valid keys of an update when others are invalid. Default: the whole update is rejected.
    pub fn on_invalid(mut self, on_invalid: OnInvalid) -> Self {
        self.options.on_invalid = on_invalid;
        self
    }

    /// The longest time between a change on disk and the scan that finds it when no event arrives.
    ///
    /// Default: 2 s. The minimum is 10 ms. Events cause earlier scans, never later ones.
    pub fn rescan_every(mut self, period: Duration) -> Self {
        self.options.rescan_every = period.max(MIN_RESCAN_EVERY);
        self
    }

    /// How long a file of a plain directory must have been unchanged before it is applied.
    ///
    /// Default: 100 ms. The maximum is one hour. Files that change together are applied together, unless
    /// one of them keeps changing for ten times as long: then the others are applied without it. An empty
    /// file waits five times as long, since it is most likely about to be written. A file that, according
    /// to events, was written and not closed counts as changing for up to 30 s. A file that is rewritten
    /// all the time is listed in [`Status::unsettled_files`](crate::Status::unsettled_files). After 5 s, or ten
    /// times the settling time if that is longer, content that was read twice alike is applied, unless
    /// it is empty or shorter than the content before.
    ///
    /// This does not delay a mounted ConfigMap, whose generations are complete when they appear.
    pub fn settle(mut self, settle: Duration) -> Self {
        self.options.settle = settle.min(MAX_SETTLE);
        self
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

/// Makes `path` absolute, independent of the current directory from then on. It keeps links, and `..`
/// too, which cannot be removed from the text of a path where links precede it.
pub(crate) fn absolute(path: &Path) -> Result<PathBuf, BuildError> {
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
    // Collecting the components removes a trailing slash and `.`.
    Ok(from_root.components().collect())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::absolute;
    use crate::BuildError;

    #[test]
    fn an_absolute_path_keeps_its_links_and_dot_dots() {
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
