//! Metric families, as Prometheus calls metrics of one name.

#[derive(Debug)]
pub(super) struct Family {
    pub(super) name: &'static str,
    pub(super) help: &'static str,
    pub(super) metric_type: MetricType,
    pub(super) samples: Vec<Sample>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MetricType {
    Counter,
    Gauge,
}

#[derive(Debug)]
pub(super) struct Sample {
    pub(super) labels: Vec<Label>,
    pub(super) number: Number,
}

/// A name and a value.
pub(super) type Label = (&'static str, String);

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
    Count(u64),
    Seconds(f64),
}

impl From<usize> for Number {
    fn from(count: usize) -> Self {
        Self::Count(u64::try_from(count).unwrap_or(u64::MAX))
    }
}

#[cfg(feature = "metrics")]
impl From<Number> for f64 {
    fn from(number: Number) -> Self {
        match number {
            #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
            Number::Count(count) => count as Self,
            Number::Seconds(seconds) => seconds,
        }
    }
}
