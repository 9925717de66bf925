//! Metrics of the endpoint itself.

use std::sync::Arc;

use super::collect::Title;
use super::edits::EditCounts;
use super::family::{Family, MetricType, Number};
use crate::events::Listeners;

/// What the endpoint counts, shared with a recorder.
#[derive(Clone, Debug)]
pub(crate) struct EndpointMetrics {
    pub(crate) edits: Arc<EditCounts>,
    pub(crate) listeners: Arc<Listeners>,
    /// The program's version, if it is known.
    pub(crate) version: Option<String>,
}

pub(super) fn endpoint_families(metrics: &EndpointMetrics, title: Title<'_>) -> [Family; 3] {
    let edits = metrics.edits.all().map(|(act, outcome, count)| {
        title.sample(&[("act", act), ("outcome", outcome)], Number::Count(count))
    });
    let version = metrics.version.as_deref().unwrap_or_default();
    let versions = [
        ("version", version),
        ("dflag_version", env!("CARGO_PKG_VERSION")),
    ];
    [
        Family {
            name: "dflag_edits_total",
            help: "Requests to set and clear overrides and to revert flags, by outcome.",
            metric_type: MetricType::Counter,
            samples: edits.collect(),
        },
        Family {
            name: "dflag_event_listeners",
            help: "Clients that follow the events.",
            metric_type: MetricType::Gauge,
            samples: vec![title.sample(&[], metrics.listeners.count().into())],
        },
        Family {
            name: "dflag_build_info",
            help: "Versions of the program and of dflag. The value is always 1.",
            metric_type: MetricType::Gauge,
            samples: vec![title.sample(&versions, Number::Count(1))],
        },
    ]
}
