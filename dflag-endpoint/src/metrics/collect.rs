//! Collects the metrics of a flag set.
//!
//! The names of the reload metrics follow those of Prometheus itself
//! (`prometheus_config_last_reload_successful`).

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use dflag::{Checksum, FlagInfo, FlagSet, Listing, Origin, SourceObject, SourceStatus};

use super::endpoint::{EndpointMetrics, endpoint_families};
use super::family::{Family, MetricType, Number, Sample};
use crate::json::seconds;

/// All metrics of `set`, and of its endpoint if there is one. With a title, each has it as its label `set`.
pub(super) fn collect(
    set: &dyn FlagSet,
    title: Option<&str>,
    endpoint: Option<&EndpointMetrics>,
) -> Vec<Family> {
    let title = Title(title);
    let sources = set.sources();
    let families = source_families(&sources, title).into_iter();
    let families = families.chain(object_families(&sources, title));
    let families = families.chain(flag_families(&set.listing(), title));
    let endpoint = endpoint.map(|metrics| endpoint_families(metrics, title));
    families
        .chain([last_change(set, title)])
        .chain(endpoint.into_iter().flatten())
        .collect()
}

/// The history has it as long as it has the publish.
fn last_change(set: &dyn FlagSet, title: Title<'_>) -> Family {
    let entries = set.history().entries;
    let mut publishes = entries
        .iter()
        .rev()
        .filter(|entry| !entry.changed.is_empty());
    let last = publishes.next().map(|entry| seconds(entry.time));
    let samples = last.map(|time| title.sample(&[], Number::Seconds(time)));
    Family {
        name: "dflag_last_change_timestamp_seconds",
        help: "Time of the last publish that changed a value, in seconds since 1970.",
        metric_type: MetricType::Gauge,
        samples: samples.into_iter().collect(),
    }
}

fn source_families(sources: &[SourceStatus], title: Title<'_>) -> [Family; 8] {
    let by_labels = by_labels(sources);
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
            name: "dflag_config_last_scan_timestamp_seconds",
            help: "Time of the last scan of the source, successful or not, in seconds since 1970.",
            metric_type: MetricType::Gauge,
            samples: samples(|source| Some(Number::Seconds(seconds(source.last_scan?)))),
        },
        Family {
            name: "dflag_config_last_read_timestamp_seconds",
            help: "Time of the last scan that read the source, applied or rejected, in seconds since 1970.",
            metric_type: MetricType::Gauge,
            samples: samples(|source| {
                let read = source.last_read.max(source.last_success)?;
                Some(Number::Seconds(seconds(read)))
            }),
        },
        Family {
            name: "dflag_config_degraded",
            help: "Whether the flags do not have what the source's newest update says.",
            metric_type: MetricType::Gauge,
            samples: samples(|source| Some(Number::Count((!source.degraded.is_empty()).into()))),
        },
        Family {
            name: "dflag_config_rollbacks_total",
            help: "How often the source went back to an earlier update.",
            metric_type: MetricType::Counter,
            samples: samples(|source| Some(Number::Count(source.rollbacks))),
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

/// What the sources follow in Kubernetes.
fn object_families(sources: &[SourceStatus], title: Title<'_>) -> [Family; 3] {
    let by_labels = by_labels(sources);
    let samples = |number: fn(&SourceObject) -> Option<Number>| {
        let samples = by_labels.values().filter_map(|source| {
            let labels = [("source", &*source.name), ("location", &source.location)];
            Some(title.sample(&labels, number(source.object.as_ref()?)?))
        });
        samples.collect()
    };
    let versions = by_labels.values().filter_map(|source| {
        let object = source.object.as_ref()?;
        let labels = [
            ("source", &*source.name),
            ("location", &source.location),
            ("resource_version", object.resource_version.as_deref()?),
            ("manager", object.manager.as_deref().unwrap_or_default()),
        ];
        Some(title.sample(&labels, Number::Count(1)))
    });
    [
        Family {
            name: "dflag_config_object_info",
            help: "Version of the object whose content the flags have, and who wrote it. The value is always 1.",
            metric_type: MetricType::Gauge,
            samples: versions.collect(),
        },
        Family {
            name: "dflag_config_object_modified_timestamp_seconds",
            help: "Time at which that version of the object was written, in seconds since 1970.",
            metric_type: MetricType::Gauge,
            samples: samples(|object| Some(Number::Seconds(seconds(object.modified?)))),
        },
        Family {
            name: "dflag_config_propagation_delay_seconds",
            help: "Time from the write of that version of the object to its arrival, to about a second.",
            metric_type: MetricType::Gauge,
            samples: samples(|object| Some(Number::Seconds(object.delay?.as_secs_f64()))),
        },
    ]
}

/// The sources by their labels. Two with the same ones would give the same sample twice. The newer one counts.
fn by_labels(sources: &[SourceStatus]) -> BTreeMap<(&str, &str), &SourceStatus> {
    let sources = sources.iter();
    sources
        .map(|source| ((&*source.name, &*source.location), source))
        .collect()
}

fn flag_families(listing: &Listing, title: Title<'_>) -> [Family; 8] {
    let count = |condition: fn(&&FlagInfo) -> bool| {
        let count = listing.flags.iter().filter(condition).count();
        vec![title.sample(&[], count.into())]
    };
    let overridden = |number: fn(&FlagInfo) -> Option<Number>| {
        let overridden = |flag: &&FlagInfo| flag.origin == Origin::Override;
        let flags = listing.flags.iter().filter(overridden);
        let samples = flags.filter_map(|flag| {
            let number = number(flag)?;
            Some(title.sample(&[("flag", &flag.name)], number))
        });
        samples.collect()
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
            name: "dflag_override_info",
            help: "A flag that an operator has overridden. The value is always 1.",
            metric_type: MetricType::Gauge,
            samples: overridden(|_| Some(Number::Count(1))),
        },
        Family {
            name: "dflag_override_expiry_timestamp_seconds",
            help: "Time at which an override expires that is to expire, in seconds since 1970.",
            metric_type: MetricType::Gauge,
            samples: overridden(|flag| {
                let remaining = flag.expiry.as_ref()?.remaining;
                let at = SystemTime::now().checked_add(remaining)?;
                (remaining > Duration::ZERO).then(|| Number::Seconds(seconds(at)))
            }),
        },
        Family {
            name: "dflag_override_overdue",
            help: "Whether an override that is to expire is overdue: the flags are rejected without it.",
            metric_type: MetricType::Gauge,
            samples: overridden(|flag| {
                let is_overdue = flag.expiry.as_ref()?.reason.is_some();
                Some(Number::Count(is_overdue.into()))
            }),
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
pub(super) struct Title<'a>(Option<&'a str>);

impl Title<'_> {
    pub(super) fn sample(self, labels: &[(&'static str, &str)], number: Number) -> Sample {
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
