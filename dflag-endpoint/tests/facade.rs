//! The metrics through the `metrics` facade.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use clap::Parser;
use dflag::{DynamicFlags, FlagSet, Source, SourceStatus};
use dflag_endpoint::{Endpoint, Recorder};
use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, Key, KeyName, Metadata, SharedString, Unit,
};

#[derive(Clone, Parser, DynamicFlags)]
struct Args {
    #[arg(long, default_value_t = 3)]
    #[flag(dynamic)]
    limit: u8,
}

/// The last recorded values, by name and labels.
#[derive(Clone, Default)]
struct Recorded(Arc<Mutex<BTreeMap<String, f64>>>);

struct Cell(Recorded, String);

impl Cell {
    fn put(&self, value: f64) {
        let Self(Recorded(values), key) = self;
        values.lock().unwrap().insert(key.clone(), value);
    }
}

impl GaugeFn for Cell {
    fn increment(&self, _: f64) {
        unreachable!()
    }

    fn decrement(&self, _: f64) {
        unreachable!()
    }

    fn set(&self, value: f64) {
        self.put(value);
    }
}

impl CounterFn for Cell {
    fn increment(&self, _: u64) {
        unreachable!()
    }

    fn absolute(&self, value: u64) {
        self.put(f64::from(u32::try_from(value).unwrap()));
    }
}

impl Recorded {
    fn cell(&self, key: &Key) -> Arc<Cell> {
        let labels = key
            .labels()
            .map(|label| format!(" {}={}", label.key(), label.value()));
        Arc::new(Cell(
            self.clone(),
            format!("{}{}", key.name(), labels.collect::<String>()),
        ))
    }

    fn get(&self, key: &str) -> Option<f64> {
        self.0.lock().unwrap().get(key).copied()
    }
}

impl metrics::Recorder for Recorded {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.cell(key))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.cell(key))
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        unreachable!()
    }
}

struct Remote(SourceStatus);

impl Source for Remote {
    fn status(&self) -> SourceStatus {
        self.0.clone()
    }
}

#[test]
fn each_record_has_current_values_and_gauges_that_no_longer_exist_are_set_to_0() {
    let args = Args::try_parse_dynamic_from(["server"]).unwrap();
    let set: Arc<dyn FlagSet> = (&args).into();
    let mut status = SourceStatus::new("remote", "there");
    status.applied = 5;
    let source: Arc<dyn Source> = Arc::new(Remote(status));
    set.attach(Arc::downgrade(&source));

    let values = Recorded::default();
    let recorder = Recorder::new(&args).title("server");
    let record = || metrics::with_local_recorder(&values, || recorder.record());
    let checksum = || {
        let checksum = args.checksum(dflag::FlagKind::Dynamic);
        format!("dflag_checksum_info set=server kind=dynamic checksum={checksum}")
    };
    let (overrides, total) = (
        "dflag_overrides set=server",
        "dflag_config_reloads_total set=server source=remote location=there outcome=applied",
    );
    let successful = "dflag_config_last_reload_successful set=server source=remote location=there";
    record();
    let before = checksum();
    assert_eq!(values.get(&before), Some(1.0));
    assert_eq!(
        (values.get(overrides), values.get(total)),
        (Some(0.0), Some(5.0))
    );

    args.set("limit", "5").unwrap();
    drop(source);
    record();
    assert_eq!(
        (values.get(&before), values.get(&checksum())),
        (Some(0.0), Some(1.0))
    );
    assert_eq!(
        (values.get(overrides), values.get(successful)),
        (Some(1.0), Some(0.0))
    );

    args.clear("limit").unwrap();
    record();
    assert_eq!(values.get(&before), Some(1.0));
}

#[test]
fn endpoint_gives_a_recorder_with_its_own_metrics() {
    let args = Args::try_parse_dynamic_from(["server"]).unwrap();
    let endpoint = Endpoint::new(&args).title("server").version("1.2.3");
    let recorder = endpoint.recorder();
    let values = Recorded::default();
    metrics::with_local_recorder(&values, || recorder.record());
    for (metric, value) in [
        ("dflag_edits_total set=server act=set outcome=denied", 0.0),
        ("dflag_event_listeners set=server", 0.0),
        ("dflag_generation set=server", 1.0),
    ] {
        assert_eq!(values.get(metric), Some(value), "{metric}");
    }
}

/// Waits at the first gauge until another record has ended, if that does not wait itself.
struct Slow {
    values: Recorded,
    has_begun: mpsc::Sender<()>,
    other_has_ended: Mutex<Option<mpsc::Receiver<()>>>,
}

impl metrics::Recorder for Slow {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, metadata: &Metadata<'_>) -> Counter {
        self.values.register_counter(key, metadata)
    }

    fn register_gauge(&self, key: &Key, metadata: &Metadata<'_>) -> Gauge {
        if let Some(ended) = self.other_has_ended.lock().unwrap().take() {
            self.has_begun.send(()).unwrap();
            ended.recv_timeout(Duration::from_millis(500)).ok();
        }
        self.values.register_gauge(key, metadata)
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        unreachable!()
    }
}

#[test]
fn a_record_that_read_earlier_does_not_replace_a_later_one() {
    let args = Args::try_parse_dynamic_from(["server"]).unwrap();
    let recorder = Recorder::new(&args);
    let values = Recorded::default();
    let (has_begun, begun) = mpsc::channel();
    let (end, ended) = mpsc::channel();
    let slow = Slow {
        values: values.clone(),
        has_begun,
        other_has_ended: Mutex::new(Some(ended)),
    };
    thread::scope(|scope| {
        scope.spawn(|| metrics::with_local_recorder(&slow, || recorder.record()));
        begun.recv().unwrap();
        args.set("limit", "5").unwrap();
        metrics::with_local_recorder(&values, || recorder.record());
        end.send(()).ok();
    });
    assert_eq!(values.get("dflag_generation"), Some(2.0));
    let checksum = args.checksum(dflag::FlagKind::Dynamic);
    let checksum = format!("dflag_checksum_info kind=dynamic checksum={checksum}");
    assert_eq!(values.get(&checksum), Some(1.0));
}
