//! Errors in one line.

use std::error::Error;
use std::iter::successors;

/// What an error says, and what each of its causes says.
pub(crate) fn with_causes(error: &(dyn Error + 'static)) -> String {
    let causes = successors(Some(error), |error| (*error).source());
    let texts: Vec<_> = causes.map(ToString::to_string).collect();
    texts.join(": ")
}
