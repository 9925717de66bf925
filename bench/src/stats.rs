//! Statistics of samples.

/// Samples, in ascending order.
#[derive(Clone, Debug, Default)]
pub struct Samples(Vec<f64>);

impl Samples {
    /// The value below which `part` of the samples lie, 0 to 1; zero if there is none.
    pub fn quantile(&self, part: f64) -> f64 {
        let last = self.0.len().saturating_sub(1);
        let at = (last as f64 * part).round() as usize;
        self.0.get(at).copied().unwrap_or_default()
    }

    /// The middle one.
    pub fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// The 10 % and the 90 % quantile, as text.
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

/// A number with three digits that mean something.
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
