//! `--config-check`: whether the program would start with a ConfigMap, and what that would change.

use std::ffi::OsString;
use std::path::Path;

use clap::CommandFactory;
use clap::error::ErrorKind;
use dflag::{DynamicFlags, Flags};

use super::args::ConfigMapArgs;
use super::finding::Finding;
use super::judge::Judgement;
use super::owners::Owners;
use super::report::Report;
use super::subject::Subject;
use super::unusable::Unusable;
use crate::error::ParseError;
use crate::options::Options;
use crate::output::Output;
use crate::parse::has_uncovered;

/// Judges a ConfigMap exactly as [`initialize`](crate::Updater::initialize) would, by proposing it to flags that are
/// parsed from the command line and used for nothing else.
pub(crate) fn check<A>(
    line: &[OsString],
    input: &Path,
    args: &ConfigMapArgs,
    options: &Options,
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
    if alone.is_err()
        && let Err(error) = Flags::<A>::check_line(line)
    {
        return Ok(report.unusable(input, &Unusable::new(together(&error))));
    }
    let subject = match Subject::read(input, args.name.as_ref(), options, &command) {
        Ok(subject) => subject,
        Err(unusable) => return Ok(report.unusable(input, &unusable)),
    };
    let layer = subject.layer(options, &subject.contents);
    let mut judgement = Judgement::of_subject(&subject);
    let may_supply = alone
        .as_ref()
        .map_or(true, |flags| has_uncovered(flags, &command));
    let (parsed, missing) = match alone {
        Ok(flags) if !may_supply => (Ok(flags), None),
        alone => (Flags::try_parse_with(line, &layer), alone.err()),
    };
    match parsed {
        Ok(flags) => judgement.add_proposal(&(&flags).into(), &subject, options, may_supply),
        Err(error) => {
            let missing = missing.as_ref().unwrap_or(&error);
            let rejected = Flags::<A>::problems_of_layer(line, &layer, missing);
            if rejected.problems.is_empty() {
                // No key is wrong by itself, but a rule across flags, or an argument that excludes another one.
                judgement
                    .problems
                    .push(Finding::new(&subject, together(&error)));
            }
            judgement.add_rejected(&subject, &rejected);
            let flags = Flags::<A>::describe(line).unwrap_or_default();
            let owners = Owners::of(&flags);
            judgement.name_flags(&subject, options, &|name| {
                let flag = flags.get(owners.by_spelling(name)?)?;
                Some(flag.info.name.clone())
            });
        }
    }
    judgement.sort();
    Ok(report.judgement(&subject, &judgement))
}

fn together(error: &clap::Error) -> String {
    format!("together with the command line: {}", message(error))
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
