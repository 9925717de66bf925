//! The JSON of responses and events. `schema/answers.json` describes it.
//!
//! The fields that the debug page of Go's `fortio.org/dflag` has keep their names and meaning.

mod edit;
mod history;
mod list;
mod pretty;
mod program;
mod source;

pub(crate) use edit::{EditResult, FlagChange, ProblemDetail, RejectionBody, mask_unreadable};
pub(crate) use history::{HistoryList, RevertResult};
pub(crate) use list::{Flag, FlagList};
#[cfg(test)]
pub(crate) use list::{LayerValue, OverrideExpiry, PendingValue};
pub(crate) use program::ProgramInfo;
pub(crate) use source::{seconds, serialize_sources, sources_json};

/// The JSON schema of every response. Its `$defs` also describe the data of the events.
///
/// The crate has it as the file `schema/answers.json`, too.
pub const SCHEMA: &str = include_str!("../../schema/answers.json");

/// The `OpenAPI` document of all routes, which `GET openapi.json` serves. Its schemas are those of [`SCHEMA`].
pub const OPEN_API: &str = include_str!("../../schema/openapi.json");
