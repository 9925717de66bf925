//! The process that serves the flags.

use serde::Serialize;

use super::source::seconds;
use crate::program::Program;

/// Which process the flags are of.
#[derive(Debug, Serialize)]
pub(crate) struct ProgramInfo {
    /// `None` if the program does not say.
    pub(crate) title: Option<String>,
    pub(crate) version: Option<String>,
    /// The instance of the program, such as the pod's name.
    pub(crate) instance: Option<String>,
    /// When the endpoint was created, in seconds since 1970.
    pub(crate) start_time: f64,
}

impl ProgramInfo {
    pub(crate) fn new(title: Option<&str>, program: &Program) -> Self {
        Self {
            title: title.map(str::to_owned),
            version: program.version.clone(),
            instance: program.instance.clone(),
            start_time: seconds(program.start),
        }
    }
}
