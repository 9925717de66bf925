//! Collects the metrics of a flag set.
//!
//! The names of the reload metrics follow those of Prometheus itself
//! (`prometheus_config_last_reload_successful`).

use std::collections::BTreeMap;

use dflag::{Checksum, FlagInfo, FlagSet, Listing, Origin, SourceStatus};

use super::family::{Family, MetricType, Number, Sample};
use crate::json::seconds;

/// All metrics of `set`. With a title, each has it as its label `set`.
pub(super) fn collect(set: &dyn FlagSet, title: Option<&str>) -> Vec<Family> {
    let title = Title(title);
    let families = source_families(&set.sources(), title).into_iter();
    families
        .chain(flag_families(&set.listing(), title))
        .collect()
}

fn source_families(sources: &[SourceStatus], title: Title<'_>) -> [Family; 4] {
    // Two sources with the same labels would give the same sample twice. The newer one counts.
    let by_labels: BTreeMap<_, _> = sources
        .iter()
        .map(|source| ((&source.name, &source.location), source))
        .collect();
    let samples = |number: fn(&SourceStatus) -> Option<Number>| {
        let samples = by_labels.values().filter_map(|source| {
            let labels = [("source", &*source.name), ("location", &source.location)];
            Some(title.sample(&labels, number(source)?))
        });
        samples.collect()
    };
    let reloads = by_labels.values().flat_map(|source| {
        [("applied", source.applied), ("rejected", source.rejected)].map(|(outcome, count)| {
            let labels = [
                ("source", &*source.name),
                ("location", &source.location),
                ("outcome", outcome),
            ];
            title.sample(&labels, Number::Count(count))
        })
    });
    [
        Family {
            name: "dflag_config_last_reload_successful",
            help: "Whether the last scan of the source succeeded and its update was applied.",
            metric_type: MetricType::Gauge,
            samples: samples(|source| {
                let is_successful = source.last_error.is_none() && source.last_success.is_some();
                Some(Number::Count(is_successful.into()))
            }),
        },
        Family {
            name: "dflag_config_last_reload_success_timestamp_seconds",
            help: "Time of the last successful scan of the source, in seconds since 1970.",
            metric_type: MetricType::Gauge,
            samples: samples(|source| Some(Number::Seconds(seconds(source.last_success?)))),
        },
        Family {
            name: "dflag_config_reloads_total",
            help: "Updates of the source by outcome. One that was applied in part counts as both.",
            metric_type: MetricType::Counter,
            samples: reloads.collect(),
        },
        Family {
            name: "dflag_config_unknown_keys",
            help: "Keys of the source's last update that name no flag.",
            metric_type: MetricType::Gauge,
            samples: samples(|source| Some(source.unknown_keys.len().into())),
        },
    ]
}

fn flag_families(listing: &Listing, title: Title<'_>) -> [Family; 5] {
    let count = |condition: fn(&&FlagInfo) -> bool| {
        let count = listing.flags.iter().filter(condition).count();
        vec![title.sample(&[], count.into())]
    };
    let checksum = |kind, checksum: &Checksum| {
        let labels = [("kind", kind), ("checksum", &*checksum.to_string())];
        title.sample(&labels, Number::Count(1))
    };
    [
        Family {
            name: "dflag_generation",
            help: "Number of the current snapshot. The one of the command line is 1.",
            metric_type: MetricType::Gauge,
            samples: vec![title.sample(&[], Number::Count(listing.generation))],
        },
        Family {
            name: "dflag_pending_restarts",
            help: "Static flags whose source wants another value, which needs a restart.",
            metric_type: MetricType::Gauge,
            samples: count(|flag| flag.pending_restart.is_some()),
        },
        Family {
            name: "dflag_restart_would_fail",
            help: "Whether a restart would fail with the current values of the sources.",
            metric_type: MetricType::Gauge,
            samples: {
                let would_fail = !listing.restart_problems.is_empty();
                vec![title.sample(&[], Number::Count(would_fail.into()))]
            },
        },
        Family {
            name: "dflag_overrides",
            help: "Flags that an operator has overridden.",
            metric_type: MetricType::Gauge,
            samples: count(|flag| flag.origin == Origin::Override),
        },
        Family {
            name: "dflag_checksum_info",
            help: "Checksum of all flags of a kind, to compare instances. The value is always 1.",
            metric_type: MetricType::Gauge,
            samples: vec![
                checksum("static", &listing.checksum_static),
                checksum("dynamic", &listing.checksum_dynamic),
            ],
        },
    ]
}

/// The label `set`, if the flag set has a title.
#[derive(Clone, Copy)]
struct Title<'a>(Option<&'a str>);

impl Title<'_> {
    fn sample(self, labels: &[(&'static str, &str)], number: Number) -> Sample {
        let title = self.0.map(|title| ("set", title));
        let labels = title.iter().chain(labels);
        Sample {
            labels: labels
                .map(|(name, value)| (*name, (*value).to_owned()))
                .collect(),
            number,
        }
    }
}
