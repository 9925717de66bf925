//! The report of a comparison, for people and for scripts.

use std::fmt::Write as _;

use clap::builder::Styles;
use serde::Serialize;

use crate::escape::Escaped;

/// How much a difference matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Severity {
    /// A ConfigMap that was right for the old version may be wrong for the new one, or mean something else.
    Break,
    /// Worth to know.
    Note,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    pub(crate) severity: Severity,
    /// The flag, by its old name if it had one; `None` if it concerns all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) flag: Option<String>,
    pub(crate) message: String,
}

/// All differences: breaks first, and by the names of the flags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Report {
    findings: Vec<Finding>,
}

impl Report {
    pub(super) fn new(mut findings: Vec<Finding>) -> Self {
        findings.sort_by_key(|finding| finding.severity);
        Self { findings }
    }

    /// Whether each ConfigMap that was right for the old version is right for the new one, as far as schemas say it.
    pub(crate) fn is_compatible(&self) -> bool {
        self.count(Severity::Break) == 0
    }

    fn count(&self, severity: Severity) -> usize {
        let findings = self.findings.iter();
        findings
            .filter(|finding| finding.severity == severity)
            .count()
    }

    /// One line for each difference, and one that says whether the versions are compatible.
    pub(crate) fn text(&self, styles: &Styles) -> String {
        let mut text = String::new();
        for finding in &self.findings {
            let (style, word) = match finding.severity {
                Severity::Break => (styles.get_error(), "break"),
                Severity::Note => (styles.get_literal(), "note"),
            };
            let _ = write!(text, "{style}{word}:{style:#} ");
            if let Some(flag) = &finding.flag {
                let _ = write!(text, "`{}`: ", Escaped(flag));
            }
            let _ = writeln!(text, "{}", Escaped(&finding.message));
        }
        let (bad, good) = (styles.get_error(), styles.get_valid());
        let breaks = self.count(Severity::Break);
        let plural = if breaks == 1 { "" } else { "s" };
        let _ = if breaks == 0 {
            let meaning = "what a ConfigMap meant to the old version, it means to this one";
            writeln!(text, "{good}compatible{good:#}: {meaning}")
        } else {
            writeln!(text, "{bad}not compatible{bad:#}: {breaks} break{plural}")
        };
        text
    }

    /// One JSON object. The guide documents it: fields may be added.
    pub(crate) fn json(&self) -> String {
        json(&Json {
            verdict: if self.is_compatible() {
                "compatible"
            } else {
                "incompatible"
            },
            error: None,
            findings: &self.findings,
        })
    }
}

/// The JSON of a comparison with a file that is no schema.
pub(crate) fn unusable_json(message: &str) -> String {
    json(&Json {
        verdict: "unusable",
        error: Some(Error { message }),
        findings: &[],
    })
}

#[derive(Serialize)]
struct Json<'a> {
    verdict: &'static str,
    error: Option<Error<'a>>,
    findings: &'a [Finding],
}

/// Why the old schema is unusable.
#[derive(Serialize)]
struct Error<'a> {
    message: &'a str,
}

fn json(json: &Json<'_>) -> String {
    serde_json::to_string_pretty(json).unwrap_or_default() + "\n"
}
