//! The status of a source, serialized as `dflag` has it.

use std::time::SystemTime;

use dflag::{SourceObject, SourceStatus};
use serde::{Serialize, Serializer};

/// The fields of [`SourceStatus`]; times are in seconds since 1970, as in the metrics.
#[derive(Serialize)]
#[serde(remote = "SourceStatus")]
struct SourceShape {
    name: String,
    location: String,
    watching: String,
    generation: u64,
    applied: u64,
    rejected: u64,
    rollbacks: u64,
    #[serde(serialize_with = "serialize_time")]
    last_scan: Option<SystemTime>,
    #[serde(serialize_with = "serialize_time")]
    last_read: Option<SystemTime>,
    #[serde(serialize_with = "serialize_time")]
    last_success: Option<SystemTime>,
    last_error: Option<String>,
    degraded: Vec<String>,
    unknown_keys: Vec<String>,
    warnings: Vec<String>,
    #[serde(serialize_with = "serialize_object")]
    object: Option<SourceObject>,
}

/// The fields of [`SourceObject`]; the delay is in seconds, too.
#[derive(Serialize)]
struct Object<'a> {
    namespace: &'a str,
    name: &'a str,
    prefix: &'a str,
    resource_version: Option<&'a str>,
    manager: Option<&'a str>,
    modified: Option<f64>,
    delay: Option<f64>,
}

#[derive(Serialize)]
#[serde(transparent)]
struct Source<'a>(#[serde(with = "SourceShape")] &'a SourceStatus);

/// All that a response has of the sources.
pub(crate) fn sources_json(sources: &[SourceStatus]) -> Vec<u8> {
    let sources: Vec<_> = sources.iter().map(Source).collect();
    serde_json::to_vec(&sources).unwrap_or_default()
}

pub(crate) fn serialize_sources<S: Serializer>(
    sources: &[SourceStatus],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(sources.iter().map(Source))
}

#[expect(clippy::ref_option, reason = "serde passes a reference to the field")]
fn serialize_time<S: Serializer>(
    time: &Option<SystemTime>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    time.map(seconds).serialize(serializer)
}

#[expect(clippy::ref_option, reason = "serde passes a reference to the field")]
fn serialize_object<S: Serializer>(
    object: &Option<SourceObject>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let object = object.as_ref().map(|object| Object {
        namespace: &object.namespace,
        name: &object.name,
        prefix: &object.prefix,
        resource_version: object.resource_version.as_deref(),
        manager: object.manager.as_deref(),
        modified: object.modified.map(seconds),
        delay: object.delay.map(|delay| delay.as_secs_f64()),
    });
    object.serialize(serializer)
}

/// Seconds since 1970; 0 for an earlier time.
pub(crate) fn seconds(time: SystemTime) -> f64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH);
    since.unwrap_or_default().as_secs_f64()
}
