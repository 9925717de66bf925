//! Reports: what a check prints, for people and for programs.

use std::fmt::{self, Write as _};
use std::path::Path;

use clap::builder::Styles;
use clap::{ColorChoice, Command};
use serde::Serialize;

use super::finding::Finding;
use super::format::Format;
use super::judge::{Changed, Judgement};
use super::subject::{STDIN, Subject};
use super::unusable::Unusable;
use crate::escape::Escaped;
use crate::output::{Output, Stream};

/// Writes the report of a check.
pub(crate) struct Report {
    format: Format,
    styles: Styles,
    color: ColorChoice,
}

/// The report in JSON. The guide documents it: fields may be added.
#[derive(Serialize)]
struct Json<'a> {
    verdict: &'static str,
    source: &'a str,
    config_map: Option<String>,
    error: Option<Error<'a>>,
    problems: &'a [Finding],
    warnings: &'a [Finding],
    changes: &'a [Changed],
}

/// Why the input is unusable.
#[derive(Serialize)]
struct Error<'a> {
    line: Option<usize>,
    column: Option<usize>,
    message: &'a str,
}

/// The most characters of a value in a text.
const MAX_VALUE: usize = 100;

impl Report {
    pub(crate) fn new(command: &Command, format: Format) -> Self {
        Self {
            format,
            styles: command.get_styles().clone(),
            color: command.get_color(),
        }
    }

    /// The report on a subject that could be judged.
    pub(crate) fn judgement(&self, subject: &Subject, judgement: &Judgement) -> Output {
        let is_valid = judgement.problems.is_empty();
        let config_map = subject.name.as_ref().map(ToString::to_string);
        let text = match self.format {
            Format::Text => self.text(subject, judgement),
            Format::Json => json(&Json {
                verdict: if is_valid { "valid" } else { "invalid" },
                source: &subject.location,
                config_map,
                error: None,
                problems: &judgement.problems,
                warnings: &judgement.warnings,
                changes: &judgement.changes,
            }),
        };
        Output::new(text, self.color, Stream::Stdout, i32::from(!is_valid))
    }

    /// The report on input that can't be judged.
    pub(crate) fn unusable(&self, input: &Path, unusable: &Unusable) -> Output {
        let input = match input.to_string_lossy() {
            input if input == "-" => STDIN.to_owned(),
            input => input.into_owned(),
        };
        let position = unusable.at;
        match self.format {
            Format::Text => {
                let mut text = String::new();
                let style = self.styles.get_error();
                let place = Place {
                    file: &input,
                    line: position.map(|at| at.line),
                    column: position.map(|at| at.column),
                };
                let _ = writeln!(text, "{place}: {style}error:{style:#} {}", unusable.message);
                Output::new(text, self.color, Stream::Stderr, 2)
            }
            Format::Json => {
                let text = json(&Json {
                    verdict: "unusable",
                    source: &input,
                    config_map: None,
                    error: Some(Error {
                        line: position.map(|at| at.line),
                        column: position.map(|at| at.column),
                        message: &unusable.message,
                    }),
                    problems: &[],
                    warnings: &[],
                    changes: &[],
                });
                Output::new(text, self.color, Stream::Stdout, 2)
            }
        }
    }

    fn text(&self, subject: &Subject, judgement: &Judgement) -> String {
        let mut text = String::new();
        let _ = self.write_text(&mut text, subject, judgement);
        text
    }

    fn write_text(
        &self,
        text: &mut String,
        subject: &Subject,
        judgement: &Judgement,
    ) -> fmt::Result {
        let Judgement {
            problems,
            warnings,
            changes,
        } = judgement;
        let (error, warning) = (self.styles.get_error(), self.styles.get_literal());
        for finding in problems {
            writeln!(
                text,
                "{}: {error}error:{error:#} {}",
                Place::of(finding),
                finding.message
            )?;
        }
        for finding in warnings {
            let place = Place::of(finding);
            writeln!(
                text,
                "{place}: {warning}warning:{warning:#} {}",
                finding.message
            )?;
        }
        if !problems.is_empty() || !warnings.is_empty() {
            writeln!(text)?;
        }
        let header = self.styles.get_header();
        for (restart, title) in [(false, "At run time:"), (true, "By a restart:")] {
            let mut changes = changes
                .iter()
                .filter(|change| change.restart == restart)
                .peekable();
            if changes.peek().is_some() {
                writeln!(text, "{header}{title}{header:#}")?;
            }
            for Changed { flag, old, new, .. } in changes {
                let (old, new) = (Shown(old.as_deref()), Shown(new.as_deref()));
                writeln!(text, "  {flag}: {old} -> {new}")?;
            }
        }
        let location = Escaped(&subject.location);
        match &subject.name {
            Some(name) => write!(
                text,
                "ConfigMap `{}` in {location} is ",
                Escaped(name.to_string())
            )?,
            None => write!(text, "the content of {location} is ")?,
        }
        if problems.is_empty() {
            let style = self.styles.get_valid();
            write!(text, "{style}valid{style:#}")?;
            if changes.is_empty() {
                write!(text, ", and changes no flag")?;
            }
        } else {
            write!(
                text,
                "{error}invalid{error:#}: {}",
                counted(problems.len(), "problem")
            )?;
        }
        if !warnings.is_empty() {
            write!(text, ", {}", counted(warnings.len(), "warning"))?;
        }
        writeln!(text)
    }
}

/// `FILE:LINE:COLUMN`, as far as it is known.
struct Place<'a> {
    file: &'a str,
    line: Option<usize>,
    column: Option<usize>,
}

impl<'a> Place<'a> {
    fn of(finding: &'a Finding) -> Self {
        Self {
            file: &finding.file,
            line: finding.line,
            column: finding.column,
        }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Escaped(self.file))?;
        for number in [self.line, self.column].into_iter().flatten() {
            write!(f, ":{number}")?;
        }
        Ok(())
    }
}

/// A value on one line.
struct Shown<'a>(Option<&'a str>);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(value) = self.0 else {
            return f.write_str("(none)");
        };
        let start: String = value.chars().take(MAX_VALUE).collect();
        if start.is_empty() || start.contains(char::is_whitespace) {
            write!(f, "{start:?}")?;
        } else {
            write!(f, "{}", Escaped(&start))?;
        }
        if start.len() < value.len() {
            f.write_str("…")?;
        }
        Ok(())
    }
}

fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

/// The report in JSON. Its types have a text for every value.
fn json(report: &Json<'_>) -> String {
    let text = serde_json::to_string_pretty(report).unwrap_or_default();
    text + "\n"
}
