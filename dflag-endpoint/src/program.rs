//! Which process serves the flags: a person may have the pages of several open.

use std::env;
use std::fs;
use std::time::SystemTime;

/// The process that serves the flags.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) version: Option<String>,
    /// The name of this instance of the program, such as the pod's.
    pub(crate) instance: Option<String>,
    /// When the endpoint was created.
    pub(crate) start: SystemTime,
}

impl Program {
    /// On this host, with a version that is not known.
    pub(crate) fn new() -> Self {
        Self {
            version: None,
            instance: host_name(),
            start: SystemTime::now(),
        }
    }
}

/// The name of the host, which is that of the pod in Kubernetes; `None` if it is not known.
fn host_name() -> Option<String> {
    let files = ["/proc/sys/kernel/hostname", "/etc/hostname"];
    let mut names = files
        .iter()
        .filter_map(|file| fs::read_to_string(file).ok());
    let name = env::var("HOSTNAME").ok().or_else(|| names.next())?;
    let name = name.trim();
    (!name.is_empty()).then(|| name.to_owned())
}
