//! The mount: the thread that follows it.
//!
//! It is a thread of its own because reading a file may take any time, on a network file system for instance, and the API is
//! to be followed meanwhile.

use std::io;
use std::path::Path;
use std::time::Instant;

use dflag_configmap::source::{Contents, Follower, Report, Stopper};
use dflag_configmap::{BuildError, DirectoryError};
use tokio::sync::mpsc;

/// The name of the thread, as long as Linux permits.
const NAME: &str = "dflag-mount";

/// What the mount has.
#[derive(Debug)]
pub(crate) struct Mounted {
    pub(crate) contents: Result<Contents, DirectoryError>,
    /// When the read began that found it.
    pub(crate) began: Instant,
    /// When the read ended, so that it is known.
    pub(crate) at: Instant,
}

/// Ends the thread when it is dropped, without waiting for that: a read may take any time. What the thread finds then is
/// discarded.
#[derive(Debug)]
pub(crate) struct Mount(Stopper);

impl Mount {
    /// Follows the directory, and reports what it has.
    pub(crate) fn follow(
        report: &Report,
        directory: &Path,
        news: mpsc::UnboundedSender<Mounted>,
    ) -> io::Result<Self> {
        let follower = Follower::new(report, directory);
        let mut follower =
            follower.map_err(|error: BuildError| io::Error::other(error.to_string()))?;
        let stopper = follower.stopper();
        let thread = std::thread::Builder::new().name(NAME.to_owned());
        thread.spawn(move || {
            let mut next = Some(follower.read());
            while let Some(contents) = next {
                let mounted = Mounted {
                    contents,
                    began: follower.began(),
                    at: Instant::now(),
                };
                if news.send(mounted).is_err() {
                    break;
                }
                next = follower.wait();
            }
        })?;
        Ok(Self(stopper))
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        self.0.stop();
    }
}
