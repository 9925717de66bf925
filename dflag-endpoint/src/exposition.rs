//! Exposition: measures in the text format that Prometheus reads.

use std::fmt::{self, Display};

use crate::measure::{Family, Kind, Sample, Value};

/// The format's version 0.0.4, which every Prometheus understands.
pub(crate) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Families in the text format. One without samples is left out.
pub(crate) struct Exposition<'a>(pub(crate) &'a [Family]);

impl Display for Exposition<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for family in self.0.iter().filter(|family| !family.samples.is_empty()) {
            let Family {
                name,
                help,
                kind,
                samples,
            } = family;
            let kind = match kind {
                Kind::Counter => "counter",
                Kind::Gauge => "gauge",
            };
            writeln!(f, "# HELP {name} {help}\n# TYPE {name} {kind}")?;
            for Sample { labels, value } in samples {
                f.write_str(name)?;
                for (index, (label, text)) in labels.iter().enumerate() {
                    let before = if index == 0 { '{' } else { ',' };
                    write!(f, "{before}{label}=\"{}\"", escaped(text))?;
                }
                let after = if labels.is_empty() { "" } else { "}" };
                match value {
                    Value::Count(count) => writeln!(f, "{after} {count}")?,
                    Value::Seconds(seconds) => writeln!(f, "{after} {seconds}")?,
                }
            }
        }
        Ok(())
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', r"\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}
