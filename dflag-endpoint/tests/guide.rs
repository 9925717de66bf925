//! The guide and what the endpoint serves.

#![allow(clippy::unwrap_used, reason = "a test fails loudly")]

mod common;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use common::{args, get, mounted};
use dflag::{Edit, FlagSet, Source, SourceObject, SourceStatus};
use dflag_endpoint::Endpoint;

/// A source that was scanned.
struct Scanned;

impl Source for Scanned {
    fn status(&self) -> SourceStatus {
        let mut status = SourceStatus::new("ConfigMap", "/etc/flags");
        status.last_scan = Some(UNIX_EPOCH);
        status.last_success = Some(UNIX_EPOCH);
        let mut object = SourceObject::new("prod", "flags");
        object.resource_version = Some("7".to_owned());
        object.modified = Some(UNIX_EPOCH);
        object.delay = Some(Duration::from_secs(1));
        status.object = Some(object);
        status
    }
}

#[tokio::test]
async fn every_metric_is_in_the_guide() {
    let args = args();
    let source: Arc<dyn Source> = Arc::new(Scanned);
    let set: Arc<dyn FlagSet> = (&args).into();
    set.attach(Arc::downgrade(&source));
    let edit = Edit::set("limit", "20").expires_in(Duration::from_secs(600));
    args.edit([edit]).unwrap();

    let router = mounted(Endpoint::new(&args).title("server"));
    let metrics = get("/debug/flags/metrics").send(&router).await;
    let metrics = metrics.assert_status(200).text;
    let guide = include_str!("../src/guide/metrics.md");
    let table = guide.lines().filter(|line| line.starts_with("| `dflag_"));
    let described: BTreeSet<_> = table
        .flat_map(|line| line.split('`'))
        .filter(|word| word.starts_with("dflag_") && *word != "dflag_version")
        .collect();
    let samples = metrics.lines().filter(|line| !line.starts_with('#'));
    let served: BTreeSet<_> = samples
        .filter_map(|line| line.split(['{', ' ']).next())
        .collect();
    assert_eq!(described, served);
}
