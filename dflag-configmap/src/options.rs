//! Options of an updater.

use std::path::{Path, PathBuf};
use std::time::Duration;

use dflag::{OnInvalid, Precedence, SourceObject};

use crate::error::BuildError;
use crate::key_filter::KeyFilter;
use crate::other_sets::OtherSets;
use crate::pending_restart::OnPendingRestart;

/// The default period of the timer.
const RESCAN_EVERY: Duration = Duration::from_secs(2);

/// The default settling time. Between emptying a file and writing it, a shell needs microseconds, an
/// editor a few milliseconds, and either some tens on a busy machine. People do not notice the delay.
const SETTLE: Duration = Duration::from_millis(100);

/// The options of an updater.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) optional: bool,
    pub(crate) deny_unknown: bool,
    pub(crate) keys: KeyFilter,
    /// The ConfigMap that is mounted, if the program says so.
    pub(crate) object: Option<SourceObject>,
    pub(crate) env_names: bool,
    pub(crate) others: OtherSets,
    pub(crate) precedence: Precedence,
    pub(crate) on_invalid: OnInvalid,
    pub(crate) rescan_every: Duration,
    pub(crate) settle: Duration,
    pub(crate) on_pending_restart: OnPendingRestart,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            optional: false,
            deny_unknown: false,
            keys: KeyFilter::default(),
            object: None,
            env_names: false,
            others: OtherSets::default(),
            precedence: Precedence::default(),
            on_invalid: OnInvalid::default(),
            rescan_every: RESCAN_EVERY,
            settle: SETTLE,
            on_pending_restart: OnPendingRestart::default(),
        }
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
        let current = std::env::current_dir().map_err(|error| BuildError::CurrentDirectory {
            path: path.to_owned(),
            error,
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
