//! Findings: what a check has to say, each with its place.

use dflag::{Origin, Problem};
use serde::Serialize;

use super::manifest::{Position, Remark};
use super::subject::{Place, Subject};
use crate::escape::Escaped;

/// One thing that a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// The manifest, or the file in the directory.
    pub(crate) file: String,
    /// `None` in a directory, or for the manifest as a whole.
    pub(crate) line: Option<usize>,
    pub(crate) column: Option<usize>,
    pub(crate) key: Option<String>,
    /// The flag that the key sets.
    pub(crate) flag: Option<String>,
    pub(crate) message: String,
    /// The valid values, if clap knows them all.
    pub(crate) possible_values: Vec<String>,
    /// The flag that a key without one may have meant.
    pub(crate) did_you_mean: Option<String>,
}

impl Finding {
    /// A finding about the whole.
    pub(crate) fn new(subject: &Subject, message: impl Into<String>) -> Self {
        Self {
            file: subject.location.clone(),
            line: None,
            column: None,
            key: None,
            flag: None,
            message: message.into(),
            possible_values: Vec::new(),
            did_you_mean: None,
        }
    }

    /// A finding about a key.
    pub(crate) fn of_key(subject: &Subject, key: &str, message: String) -> Self {
        let finding = Self::new(subject, message);
        match subject.find_key(key) {
            Some(place) => finding.in_place(place),
            None => finding,
        }
    }

    pub(crate) fn of_remark(subject: &Subject, remark: &Remark) -> Self {
        let message = match &remark.key {
            Some(key) => format!("`{}`: {}", Escaped(key), remark.message),
            None => remark.message.clone(),
        };
        Self {
            key: remark.key.clone(),
            ..Self::new(subject, message).at(remark.at)
        }
    }

    pub(crate) fn of_problem(subject: &Subject, problem: &Problem) -> Self {
        let mut finding = Self::of_origin(subject, problem.origin(), problem.to_string());
        finding.flag = problem.flag().map(str::to_owned);
        match problem {
            Problem::Invalid {
                possible_values, ..
            } => finding.possible_values.clone_from(possible_values),
            Problem::Unknown { similar, .. } => finding.did_you_mean.clone_from(similar),
            _ => {}
        }
        finding
    }

    /// A finding about the value of an origin, which the message need not name again.
    pub(crate) fn of_origin(subject: &Subject, origin: Option<&Origin>, message: String) -> Self {
        let Some(Origin::Source { location, .. }) = origin else {
            return Self::new(subject, message);
        };
        let Some(place) = subject.find(location) else {
            return Self::new(subject, message);
        };
        let message = message.replacen(&format!("` ({})", Escaped(&**location)), "`", 1);
        Self::new(subject, message).in_place(place)
    }

    pub(crate) fn in_place(self, place: &Place) -> Self {
        let finding = Self {
            file: place.file.clone(),
            key: Some(place.key.clone()),
            ..self
        };
        match place.at {
            Some(position) => finding.at(position),
            None => finding,
        }
    }

    fn at(self, position: Position) -> Self {
        Self {
            line: Some(position.line),
            column: Some(position.column),
            ..self
        }
    }
}
