//! `--config-check`: whether the program would start with a ConfigMap, and what that would change.

use std::ffi::OsString;
use std::path::Path;

use clap::CommandFactory;
use clap::error::ErrorKind;
use dflag::{DynamicFlags, Flags};

use super::args::ConfigMapArgs;
use super::finding::Finding;
use super::judge::Judgement;
use super::report::Report;
use super::subject::Subject;
use crate::error::ParseError;
use crate::options::Options;
use crate::output::Output;
use crate::parse::parse_uncovered;

/// Judges a ConfigMap exactly as [`initialize`](crate::Updater::initialize) would, by proposing it to flags that are
/// parsed from the command line and used for nothing else.
pub(crate) fn check<A>(
    line: &[OsString],
    input: &Path,
    args: &ConfigMapArgs,
    options: Options,
) -> Result<Output, ParseError>
where
    A: DynamicFlags + CommandFactory,
{
    // Help, and most errors, need no ConfigMap.
    let alone: Result<Flags<A>, clap::Error> = match A::try_parse_dynamic_from(line) {
        Err(error) if error.kind() != ErrorKind::MissingRequiredArgument => {
            return Err(ParseError::CommandLine(error));
        }
        parsed => parsed,
    };
    let command = A::command();
    let report = Report::new(&command, args.format);
    let subject = match Subject::read(input, args.name.as_ref(), &options, &command) {
        Ok(subject) => subject,
        Err(unusable) => return Ok(report.unusable(input, &unusable)),
    };
    let layer = subject.layer(&options, &subject.contents);
    let mut judgement = Judgement::of_manifest(&subject);
    let (together, missing) = match alone {
        Ok(flags) => (parse_uncovered(line, flags, || layer.clone()), None),
        Err(missing) => (Flags::try_parse_with(line, &layer), Some(missing)),
    };
    match together {
        Ok(flags) => judgement.add_proposal(&(&flags).into(), &subject, options),
        Err(error) => {
            let missing = missing.as_ref().unwrap_or(&error);
            let rejected = Flags::<A>::problems_of_layer(line, &layer, missing);
            if rejected.problems.is_empty() {
                // No key is wrong by itself. It may even be an argument that is wrong, which is judged only if all are there.
                let message = format!("together with the command line: {}", message(&error));
                judgement.problems.push(Finding::new(&subject, message));
            }
            judgement.add_rejected(&subject, &rejected);
        }
    }
    judgement.sort();
    Ok(report.judgement(&subject, &judgement))
}

/// clap's message, without the usage.
fn message(error: &clap::Error) -> String {
    let text = error.to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    let text = text.split("\n\nUsage:").next().unwrap_or_default();
    let text = text
        .split("\n\nFor more information")
        .next()
        .unwrap_or_default();
    text.trim().to_owned()
}
