//! The environments of the cases: namespaces, and what they require.

use std::process::{Command, Stdio};

use crate::common::is_root;

/// Where a case runs.
#[derive(Clone, Copy)]
pub(crate) enum Environment {
    /// With its own mounts.
    Mounts,
    /// With its own mounts and its own file system.
    Fuse,
    /// With its own limits.
    Limits,
    /// Without a namespace, while a limit of the whole machine is lowered for a moment.
    Queue,
}

/// A user namespace in which any user is root.
const AS_ROOT: [&str; 2] = ["--user", "--map-root-user"];

impl Environment {
    /// The command that runs this program in the environment, or why there is none.
    pub(crate) fn enter(self) -> Result<Command, String> {
        let own_mounts = ["--mount", "--propagation", "private"];
        let options: Vec<&str> = match self {
            Self::Queue => {
                crate::queue::may_be_limited()?;
                return Ok(Command::new(this()));
            }
            Self::Limits => AS_ROOT.to_vec(),
            Self::Mounts | Self::Fuse if is_root() => own_mounts.to_vec(),
            Self::Mounts | Self::Fuse => [&AS_ROOT[..], &own_mounts].concat(),
        };
        if matches!(self, Self::Fuse) {
            crate::fuse::device().map_err(|error| format!("/dev/fuse: {error}"))?;
        }
        let mut unshare = Command::new("unshare");
        unshare.args(&options);
        let mut probe = Command::new("unshare");
        probe.args(&options).arg("true").stderr(Stdio::null());
        match probe.status() {
            Ok(status) if status.success() => {
                unshare.arg(this());
                Ok(unshare)
            }
            Ok(_) => Err(format!("no namespace by unshare {}", options.join(" "))),
            Err(error) => Err(format!("unshare: {error}")),
        }
    }
}

fn this() -> std::path::PathBuf {
    std::env::current_exe().unwrap()
}
