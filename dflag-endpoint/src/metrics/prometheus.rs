//! The text format of Prometheus.

use std::fmt::{self, Display};

use dflag::FlagSet;

use super::collect::collect;
use super::endpoint::EndpointMetrics;
use super::family::{Family, MetricType, Number, Sample};

/// Version 0.0.4 of the format, which every Prometheus reads.
pub(crate) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// All metrics of `set` and of the endpoint. With a title, each has it as its label `set`.
pub(crate) fn prometheus_text(
    set: &dyn FlagSet,
    title: Option<&str>,
    endpoint: &EndpointMetrics,
) -> String {
    Exposition(&collect(set, title, Some(endpoint))).to_string()
}

/// Families in the text format. A family without samples is left out.
struct Exposition<'a>(&'a [Family]);

impl Display for Exposition<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for family in self.0.iter().filter(|family| !family.samples.is_empty()) {
            let Family {
                name,
                help,
                metric_type,
                samples,
            } = family;
            let metric_type = match metric_type {
                MetricType::Counter => "counter",
                MetricType::Gauge => "gauge",
            };
            writeln!(f, "# HELP {name} {help}\n# TYPE {name} {metric_type}")?;
            for Sample { labels, number } in samples {
                f.write_str(name)?;
                for (index, (label, value)) in labels.iter().enumerate() {
                    let separator = if index == 0 { '{' } else { ',' };
                    write!(f, "{separator}{label}=\"{}\"", escape(value))?;
                }
                let end = if labels.is_empty() { "" } else { "}" };
                match number {
                    Number::Count(count) => writeln!(f, "{end} {count}")?,
                    Number::Seconds(seconds) => writeln!(f, "{end} {seconds}")?,
                }
            }
        }
        Ok(())
    }
}

fn escape(label_value: &str) -> String {
    label_value
        .replace('\\', r"\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}
