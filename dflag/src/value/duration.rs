//! Durations as people write them.

use std::time::Duration;

use clap::builder::TypedValueParser;

/// Parses a length of time: `1h30m`, `250ms`, `1day 6h`, `0`.
///
/// The units are those of the `humantime` crate, from `ns` to `years`. Only `0` needs none. The unit `M`
/// for months is rejected, because it is easily mistaken for minutes: write `m`, `min` or `months`.
///
/// ```
/// use std::time::Duration;
/// use clap::Parser;
/// use dflag::DynamicFlags;
///
/// #[derive(Clone, Parser, DynamicFlags)]
/// struct Args {
///     #[arg(long, default_value = "30s", value_parser = dflag::value::duration())]
///     #[flag(dynamic)]
///     timeout: Duration,
/// }
///
/// let args = Args::try_parse_dynamic_from(["server"])?;
/// args.set("timeout", "1h30m")?;
/// assert_eq!(args.timeout.get(), Duration::from_secs(5_400));
/// args.set("timeout", "0")?;
/// assert_eq!(args.timeout.get(), Duration::ZERO);
/// assert!(args.set("timeout", "30").is_err());
/// assert!(args.set("timeout", "5M").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn duration() -> impl TypedValueParser<Value = Duration> {
    |text: &str| {
        let mut units = text.split(|character: char| !character.is_ascii_alphabetic());
        if units.any(|unit| unit == "M") {
            return Err(DurationError::Month);
        }
        Ok(humantime::parse_duration(text)?)
    }
}

/// A duration as the text that [`duration`] reads.
pub(crate) fn duration_text(duration: Duration) -> String {
    humantime::format_duration(duration).to_string()
}

#[derive(Debug, thiserror::Error)]
enum DurationError {
    #[error("`M` can be read as minutes or as months: write `m` or `min`, or `months`")]
    Month,
    #[error(transparent)]
    Invalid(#[from] humantime::DurationError),
}
