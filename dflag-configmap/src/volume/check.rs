//! Checks: how thoroughly a scan looks for changes.

/// How thoroughly a scan checks whether the directory has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    /// Check what an event can have announced.
    Event,
    /// Check what can have changed since the directory was read a moment ago.
    Start,
    /// Compare all metadata.
    Metadata,
    /// Read all files.
    Contents,
}
