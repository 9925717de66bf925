//! Statistics of samples.

use std::time::Duration;

/// Samples in ascending order.
#[derive(Clone, Debug, Default)]
pub struct Samples(Vec<f64>);

impl Samples {
    /// The quantile `part`, from 0 to 1. Zero if there are no samples.
    pub fn quantile(&self, part: f64) -> f64 {
        let last = self.0.len().saturating_sub(1);
        let at = (last as f64 * part).round() as usize;
        self.0.get(at).copied().unwrap_or_default()
    }

    /// All samples, in ascending order.
    pub fn as_slice(&self) -> &[f64] {
        &self.0
    }

    /// The median.
    pub fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// The 10 % and 90 % quantiles, as text.
    pub fn spread(&self) -> String {
        format!(
            "{}–{}",
            number(self.quantile(0.1)),
            number(self.quantile(0.9))
        )
    }
}

impl FromIterator<f64> for Samples {
    fn from_iter<I: IntoIterator<Item = f64>>(samples: I) -> Self {
        let mut sorted: Vec<f64> = samples.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        Self(sorted)
    }
}

/// A duration in microseconds.
pub fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

/// A number of bytes in KiB, as text.
pub fn kib(bytes: usize) -> String {
    number(bytes as f64 / 1024.0)
}

/// A number with three significant digits, or as an integer if it is 100 or more.
pub fn number(value: f64) -> String {
    match value.abs() {
        n if n >= 99.95 => {
            let digits = format!("{value:.0}");
            let (sign, digits) = digits.split_at(usize::from(value < 0.0));
            let groups: Vec<_> = digits
                .as_bytes()
                .rchunks(3)
                .rev()
                .map(String::from_utf8_lossy)
                .collect();
            format!("{sign}{}", groups.join(","))
        }
        n if n >= 9.995 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}
