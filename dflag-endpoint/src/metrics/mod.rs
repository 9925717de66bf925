//! Metrics of a flag set: for Prometheus, and through the `metrics` facade.

mod collect;
mod edits;
mod endpoint;
mod family;
mod prometheus;
#[cfg(feature = "metrics")]
mod recorder;

pub(crate) use edits::{EditCounts, EditKind, EditOutcome};
pub(crate) use endpoint::EndpointMetrics;
pub(crate) use prometheus::{CONTENT_TYPE, prometheus_text};
#[cfg(feature = "metrics")]
pub use recorder::Recorder;
