//! The metrics through the `metrics` facade.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use dflag::FlagSet;
use metrics::{counter, describe_counter, describe_gauge, gauge};

use super::collect::collect;
use super::endpoint::EndpointMetrics;
use super::family::{Family, Label, MetricType, Number, Sample};

/// Records the metrics of `GET …/metrics` with the recorder that the program has installed for the
/// [`metrics`] facade. Names, labels and values are the same.
///
/// ```
/// # use clap::Parser;
/// # use dflag::DynamicFlags;
/// use dflag_endpoint::Recorder;
///
/// # #[derive(Clone, Parser, DynamicFlags)]
/// # struct Args {
/// #     #[arg(long, default_value_t = 3)]
/// #     #[flag(dynamic)]
/// #     limit: u8,
/// # }
/// # let args = Args::try_parse_dynamic_from(["server"])?;
/// let recorder = Recorder::new(&args).title("my-server");
/// // Before each scrape, or every few seconds:
/// recorder.record();
/// # Ok::<(), clap::Error>(())
/// ```
pub struct Recorder {
    set: Arc<dyn FlagSet>,
    title: Option<String>,
    endpoint: Option<EndpointMetrics>,
    /// The gauges of the last record.
    gauges: Mutex<BTreeSet<Gauge>>,
}

type Gauge = (&'static str, Vec<Label>);

impl Recorder {
    /// A recorder for `set`, such as a `&Flags<Args>`. It does not have the metrics of an endpoint itself, such as the
    /// number of edits: [`Endpoint::recorder`](crate::Endpoint::recorder) does.
    pub fn new(set: impl Into<Arc<dyn FlagSet>>) -> Self {
        Self {
            set: set.into(),
            title: None,
            endpoint: None,
            gauges: Mutex::default(),
        }
    }

    /// The value of the label `set` of all metrics. Without a title they don't have it.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// With the metrics of the set's endpoint.
    pub(crate) fn with_endpoint(mut self, endpoint: EndpointMetrics) -> Self {
        self.endpoint = Some(endpoint);
        self
    }

    /// Records the current metrics. A gauge that no longer exists, such as that of the previous
    /// checksum, is set to 0: the facade has no way to remove it.
    pub fn record(&self) {
        // Held from the reading on: of two threads, the one that reads later records later.
        let mut previous = self.gauges.lock().unwrap_or_else(PoisonError::into_inner);
        let families = collect(&*self.set, self.title.as_deref(), self.endpoint.as_ref());
        let mut gauges = BTreeSet::new();
        for Family {
            name,
            help,
            metric_type,
            samples,
        } in families
        {
            match metric_type {
                MetricType::Counter => describe_counter!(name, help),
                MetricType::Gauge => describe_gauge!(name, help),
            }
            for Sample { labels, number } in samples {
                match (metric_type, number) {
                    (MetricType::Counter, Number::Count(count)) => {
                        counter!(name, facade_labels(&labels)).absolute(count);
                    }
                    (_, number) => {
                        gauge!(name, facade_labels(&labels)).set(f64::from(number));
                        gauges.insert((name, labels));
                    }
                }
            }
        }
        for (name, labels) in previous.difference(&gauges) {
            gauge!(*name, facade_labels(labels)).set(0.0);
        }
        *previous = gauges;
    }
}

fn facade_labels(labels: &[Label]) -> Vec<metrics::Label> {
    let labels = labels.iter();
    labels
        .map(|(name, value)| metrics::Label::new(*name, value.clone()))
        .collect()
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder")
            .field("title", &self.title)
            .finish_non_exhaustive()
    }
}
