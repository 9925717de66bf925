//! Measures: the numbers that tell how a set of flags is doing, whoever collects them.

use std::collections::BTreeMap;

use dflag::{Checksum, FlagInfo, FlagSet, Listing, Origin, SourceStatus};

use crate::answer::seconds;

/// A number for a collector, with what it means.
#[derive(Debug)]
pub(crate) struct Family {
    pub(crate) name: &'static str,
    pub(crate) help: &'static str,
    pub(crate) kind: Kind,
    pub(crate) samples: Vec<Sample>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Counter,
    Gauge,
}

#[derive(Debug)]
pub(crate) struct Sample {
    pub(crate) labels: Vec<(&'static str, String)>,
    pub(crate) value: Value,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Value {
    Count(u64),
    Seconds(f64),
}

/// All measures of `set`; `title` tells it from other sets.
pub(crate) fn measure(set: &dyn FlagSet, title: Option<&str>) -> Vec<Family> {
    let title = Title(title);
    let families = of_sources(&set.sources(), title).into_iter();
    families.chain(of_flags(&set.listing(), title)).collect()
}

fn of_sources(sources: &[SourceStatus], title: Title<'_>) -> [Family; 4] {
    // Two that no label tells apart would be one sample twice; the newer one speaks.
    let named = sources
        .iter()
        .map(|source| ((&source.name, &source.location), source));
    let sources: Vec<_> = named.collect::<BTreeMap<_, _>>().into_values().collect();
    let samples = |value: fn(&SourceStatus) -> Option<Value>| {
        let samples = sources.iter().filter_map(|source| {
            let labels = [("source", &*source.name), ("location", &source.location)];
            Some(title.sample(&labels, value(source)?))
        });
        samples.collect()
    };
    let reloads = sources.iter().flat_map(|source| {
        [("applied", source.applied), ("rejected", source.rejected)].map(|(outcome, count)| {
            let labels = [
                ("source", &*source.name),
                ("location", &source.location),
                ("outcome", outcome),
            ];
            title.sample(&labels, Value::Count(count))
        })
    });
    [
        Family {
            name: "dflag_config_last_reload_successful",
            help: "Whether the source's newest look at its flags found everything in order.",
            kind: Kind::Gauge,
            samples: samples(|source| {
                let successful = source.last_error.is_none() && source.last_success.is_some();
                Some(Value::Count(successful.into()))
            }),
        },
        Family {
            name: "dflag_config_last_reload_success_timestamp_seconds",
            help: "When the source last found everything in order, in seconds since 1970.",
            kind: Kind::Gauge,
            samples: samples(|source| Some(Value::Seconds(seconds(source.last_success?)))),
        },
        Family {
            name: "dflag_config_reloads_total",
            help: "Updates of the source, by outcome. One that was taken in part counts as both.",
            kind: Kind::Counter,
            samples: reloads.collect(),
        },
        Family {
            name: "dflag_config_unknown_keys",
            help: "Keys of the source's newest update that name no flag.",
            kind: Kind::Gauge,
            samples: samples(|source| Some(source.unknown_keys.len().into())),
        },
    ]
}

fn of_flags(listing: &Listing, title: Title<'_>) -> [Family; 4] {
    let count = |is: fn(&&FlagInfo) -> bool| {
        let count = listing.flags.iter().filter(is).count();
        vec![title.sample(&[], count.into())]
    };
    let checksum = |kind, checksum: &Checksum| {
        let labels = [("kind", kind), ("checksum", &*checksum.to_string())];
        title.sample(&labels, Value::Count(1))
    };
    [
        Family {
            name: "dflag_generation",
            help: "The number of the newest published snapshot; 1 is what the program began with.",
            kind: Kind::Gauge,
            samples: vec![title.sample(&[], Value::Count(listing.generation))],
        },
        Family {
            name: "dflag_pending_restarts",
            help: "Static flags for which a source wants a value that needs a restart.",
            kind: Kind::Gauge,
            samples: count(|flag| flag.pending_restart.is_some()),
        },
        Family {
            name: "dflag_overrides",
            help: "Flags that an operator has overridden.",
            kind: Kind::Gauge,
            samples: count(|flag| flag.origin == Origin::Override),
        },
        Family {
            name: "dflag_checksum_info",
            help: "The digest of all flags of a kind: equal where the flags are. Always 1.",
            kind: Kind::Gauge,
            samples: vec![
                checksum("static", &listing.checksum_static),
                checksum("dynamic", &listing.checksum_dynamic),
            ],
        },
    ]
}

/// The label that tells a set of flags from others, where there is one.
#[derive(Clone, Copy)]
struct Title<'a>(Option<&'a str>);

impl Title<'_> {
    fn sample(self, labels: &[(&'static str, &str)], value: Value) -> Sample {
        let title = self.0.map(|title| ("set", title));
        let labels = title.iter().chain(labels);
        Sample {
            labels: labels
                .map(|(name, text)| (*name, (*text).to_owned()))
                .collect(),
            value,
        }
    }
}

#[cfg(feature = "metrics")]
impl Value {
    pub(crate) fn number(self) -> f64 {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "no count gets near 2^53")]
            Self::Count(count) => count as f64,
            Self::Seconds(seconds) => seconds,
        }
    }
}

impl From<usize> for Value {
    fn from(count: usize) -> Self {
        Self::Count(u64::try_from(count).unwrap_or(u64::MAX))
    }
}
