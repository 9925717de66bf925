//! The recorder: the measures through the `metrics` facade, for a program that collects its own.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use dflag::FlagSet;
use metrics::{Label, counter, describe_counter, describe_gauge, gauge};

use crate::measure::{Family, Kind, Sample, Value, measure};

/// Hands what `GET …/metrics` shows to whatever recorder the program has installed for the
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
    /// The gauges that were set, each of which goes to 0 when it is not there any more.
    gauges: Mutex<BTreeSet<Gauge>>,
}

type Gauge = (&'static str, Vec<(&'static str, String)>);

impl Recorder {
    /// A recorder for `set`, such as a `&Flags<Args>`.
    pub fn new(set: impl Into<Arc<dyn FlagSet>>) -> Self {
        Self {
            set: set.into(),
            title: None,
            gauges: Mutex::default(),
        }
    }

    /// The label `set` of all metrics, which is left out where there is no title.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Records every measure as it is now. A gauge whose labels are no longer there, such as that
    /// of the checksum before, goes to 0: the facade has no way to take it away.
    pub fn record(&self) {
        let families = measure(&*self.set, self.title.as_deref());
        let mut gauges = BTreeSet::new();
        for Family {
            name,
            help,
            kind,
            samples,
        } in families
        {
            match kind {
                Kind::Counter => describe_counter!(name, help),
                Kind::Gauge => describe_gauge!(name, help),
            }
            for Sample { labels, value } in samples {
                match (kind, value) {
                    (Kind::Counter, Value::Count(count)) => {
                        counter!(name, facade(&labels)).absolute(count);
                    }
                    (_, value) => {
                        gauge!(name, facade(&labels)).set(value.number());
                        gauges.insert((name, labels));
                    }
                }
            }
        }
        let mut before = self.gauges.lock().unwrap_or_else(PoisonError::into_inner);
        for (name, labels) in before.difference(&gauges) {
            gauge!(*name, facade(labels)).set(0.0);
        }
        *before = gauges;
    }
}

fn facade(labels: &[(&'static str, String)]) -> Vec<Label> {
    let labels = labels.iter();
    labels
        .map(|(name, text)| Label::new(*name, text.clone()))
        .collect()
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder")
            .field("title", &self.title)
            .finish_non_exhaustive()
    }
}
