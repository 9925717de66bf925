//! Doubts: texts that the program reads, and that a person may have meant otherwise. They are warnings, since a program may
//! want such a text.

use std::sync::Arc;

use dflag::FlagSet;

use super::finding::Finding;
use super::manifest::RENDER;
use super::subject::Subject;
use crate::escape::Escaped;
use crate::options::Options;
use crate::volume::Content;

/// What Go's templates, and so Helm's, print for a value that is not there.
const NO_VALUE: &str = "<no value>";

/// Texts of flags that look like a template that was not rendered, or rendered without a value. `flag` is the flag that a
/// name sets.
pub(crate) fn templates(
    subject: &Subject,
    options: &Options,
    flag: &dyn Fn(&str) -> Option<String>,
) -> Vec<Finding> {
    let doubt = |(key, text): (&str, &str)| {
        let after = text.split_once("{{").map(|(_, after)| after);
        let doubt = if after.is_some_and(|after| after.contains("}}")) {
            format!(
                "the value has `{{{{ … }}}}`, as a template that was not rendered; if it is one, {RENDER}"
            )
        } else if text.contains(NO_VALUE) {
            format!(
                "the value has `{NO_VALUE}`, which a template prints for a value that it was not given; give it one"
            )
        } else {
            return None;
        };
        let flag = options.keys.name(key).and_then(flag)?;
        let message = format!("`{}`: {doubt}", Escaped(&flag));
        Some(Finding {
            flag: Some(flag),
            ..Finding::of_key(subject, key, message)
        })
    };
    texts(subject).filter_map(doubt).collect()
}

/// Texts that look like a JSON array and were not read as one. The flags have the values of the texts.
pub(crate) fn arrays(
    subject: &Subject,
    options: &Options,
    flags: &Arc<dyn FlagSet>,
) -> Vec<Finding> {
    let looks_like_array = |text: &str| text.trim().starts_with('[') && text.trim().ends_with(']');
    let doubt = |(key, text): (&str, &str)| {
        let flag = flags.flag(options.keys.name(key)?)?;
        let is_array = serde_json::from_str::<Vec<String>>(text).is_ok();
        // A member that begins with a bracket was meant as a part of an array.
        let has_bracket = flag.value.is_some_and(|value| value.starts_with('['));
        if !flag.many || !flag.arrays || is_array || !has_bracket {
            return None;
        }
        let message = format!(
            "`{}`: this is no JSON array of strings, and was read as text, whose first member begins with `[`; write each \
             member in double quotes, or the members without brackets",
            flag.name
        );
        Some(Finding {
            flag: Some(flag.name),
            ..Finding::of_key(subject, key, message)
        })
    };
    texts(subject)
        .filter(|(_, text)| looks_like_array(text))
        .filter_map(doubt)
        .collect()
}

fn texts(subject: &Subject) -> impl Iterator<Item = (&str, &str)> {
    subject
        .contents
        .iter()
        .filter_map(|(key, content)| match content {
            Content::Bytes(bytes) => Some((&**key, std::str::from_utf8(bytes).ok()?)),
            _ => None,
        })
}
