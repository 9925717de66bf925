//! Patterns of [`dflag::validate::matches`], translated where all readers of a schema read them alike.

use super::expression::{ANYTHING, SPACE, literal};
use super::keys::in_class;
use crate::commands::pattern::{Part, parts};

/// An expression for the whole of each text in which Rust's `pattern` matches some part; `None` if the pattern has
/// something that other readers read differently.
///
/// What Rust knows of the digits and letters of Unicode, others do not: any character that is not ASCII then counts as
/// one.
pub(super) fn portable(pattern: &str) -> Option<String> {
    let parts = parts(pattern)?;
    let (from_start, parts) = match &*parts {
        [Part::Start, rest @ ..] => (true, rest),
        all => (false, all),
    };
    let (to_end, parts) = match parts {
        [rest @ .., Part::End] => (true, rest),
        all => (false, all),
    };
    // Anchors would belong to one alternative only.
    if has_alternatives(parts) && (from_start || to_end) {
        return None;
    }
    let expression = written(parts)?;
    let before = if from_start { "" } else { ANYTHING };
    let after = if to_end { "" } else { ANYTHING };
    Some(format!("{before}(?:{expression}){after}"))
}

/// Whether there are alternatives outside of every group.
fn has_alternatives(parts: &[Part]) -> bool {
    let mut depth = 0_usize;
    for part in parts {
        match part {
            Part::Group => depth += 1,
            Part::GroupEnd => depth = depth.saturating_sub(1),
            Part::Or if depth == 0 => return true,
            _ => {}
        }
    }
    false
}

/// The parts as ECMAScript has them.
fn written(parts: &[Part]) -> Option<String> {
    let mut expression = String::new();
    // Whether it is within a class, and what that class excludes.
    let (mut in_class, mut is_excluded) = (false, false);
    for part in parts {
        let text = match *part {
            Part::Start | Part::End | Part::WordBoundary => return None,
            Part::Dot => "[^\\n]".to_owned(),
            Part::Character(character) if in_class => in_class_escaped(character)?,
            // In JavaScript it may count as two.
            Part::Character(character) if character > '\u{ffff}' => return None,
            Part::Character(character) => literal(&character.to_string()),
            Part::Range(first, last) => {
                format!("{}-{}", in_class_escaped(first)?, in_class_escaped(last)?)
            }
            Part::Shorthand {
                is_negated: true, ..
            } if in_class => return None,
            Part::Shorthand { letter, .. } if in_class => members_of(letter, is_excluded)?,
            Part::Shorthand { letter, is_negated } => {
                let sign = if is_negated { "^" } else { "" };
                format!("[{sign}{}]", members_of(letter, is_negated)?)
            }
            Part::Class { is_negated } => {
                (in_class, is_excluded) = (true, is_negated);
                if is_negated { "[^" } else { "[" }.to_owned()
            }
            Part::ClassEnd => {
                in_class = false;
                "]".to_owned()
            }
            Part::Group => "(?:".to_owned(),
            Part::GroupEnd => ")".to_owned(),
            Part::Or => "|".to_owned(),
            Part::Repeat { min, max } => repetition(min, max),
        };
        expression += &text;
    }
    Some(expression)
}

fn repetition(min: u32, max: Option<u32>) -> String {
    match (min, max) {
        (0, None) => "*".to_owned(),
        (1, None) => "+".to_owned(),
        (0, Some(1)) => "?".to_owned(),
        (min, None) => format!("{{{min},}}"),
        (min, Some(max)) if min == max => format!("{{{min}}}"),
        (min, Some(max)) => format!("{{{min},{max}}}"),
    }
}

/// A character of a class. Control characters other than these are rare, and written in other ways.
fn in_class_escaped(character: char) -> Option<String> {
    match character {
        '\n' => Some("\\n".to_owned()),
        '\r' => Some("\\r".to_owned()),
        '\t' => Some("\\t".to_owned()),
        _ if character.is_control() || character > '\u{ffff}' => None,
        _ => Some(in_class(character)),
    }
}

/// The members of the class that a letter stands for. If they are what must not match, they are the fewest that Rust
/// means, else the most.
fn members_of(shorthand: char, is_negated: bool) -> Option<String> {
    let ascii = match shorthand {
        'd' => "0-9",
        'w' => "0-9A-Za-z_",
        's' => return Some(SPACE.to_owned()),
        _ => return None,
    };
    let rest = if is_negated { "" } else { "\u{80}-\u{10ffff}" };
    Some(format!("{ascii}{rest}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex::Regex;

    use super::portable;

    #[test]
    fn patterns_are_translated_as_in_the_table() {
        for (pattern, expected) in [
            ("^[a-z]+$", Some("(?:[a-z]+)")),
            ("a.c", Some("[\\s\\S]*(?:a[^\\n]c)[\\s\\S]*")),
            ("^(a|b){2,3}?", Some("(?:(?:a|b){2,3})[\\s\\S]*")),
            ("^v[0-9]\\.\\-/$", Some("(?:v[0-9]\\.-/)")),
            ("^[-a_.]+$", Some("(?:[\\-a_.]+)")),
            ("^[a-]$", Some("(?:[a\\-])")),
            ("^[^/\\]]*$", Some("(?:[^/\\]]*)")),
            ("^$", Some("(?:)")),
            ("a|b", Some("[\\s\\S]*(?:a|b)[\\s\\S]*")),
            ("^a|b", None),
            ("(?i)a", None),
            ("a$b", None),
            ("(^a)", None),
            ("\\bword", None),
            ("\\p{L}", None),
            ("[a&&b]", None),
            ("[[:alpha:]]", None),
            ("a**", None),
            ("(?P<n>a)", None),
            ("(a{100}){100}", None),
            ("a{1001}", None),
            ("(", None),
            ("[a", None),
            ("a{,3}", None),
        ] {
            assert_eq!(portable(pattern).as_deref(), expected, "{pattern}");
        }
        let digits = portable("^\\d+$").unwrap();
        let digits = Regex::new(&format!("^{digits}$")).unwrap();
        assert!(digits.is_match("12") && digits.is_match("\u{661}") && !digits.is_match("a"));
    }

    proptest! {
        /// What Rust accepts, the translation accepts; and without classes of Unicode they agree.
        #[test]
        fn translations_match_what_the_pattern_matches(
            pattern in "\\^?([ab.-]|[(](a|b[|]a|[?]:a)[)]|[\\[]\\^?[ab0-9-]{1,4}[\\]]|\\\\[dwsDWS.n-]){0,4}([*+?]|[{][0-3](,[0-3]?)?[}])?[?]?[ab]?\\$?",
            texts in prop::collection::vec("[ab0-9.\\- \n\u{e4}\u{661}]{0,5}", 20),
        ) {
            let Some(translation) = portable(&pattern) else { return Ok(()) };
            let Ok(regex) = Regex::new(&pattern) else { return Ok(()) };
            let translated = Regex::new(&format!("^(?:{translation})$")).unwrap();
            let is_exact = !pattern.contains('\\');
            for text in texts {
                let (matches, is_match) = (regex.is_match(&text), translated.is_match(&text));
                prop_assert!(matches <= is_match, "{} {:?} {}", pattern, text, translation);
                prop_assert!(!is_exact || matches == is_match, "{} {:?} {}", pattern, text, translation);
            }
        }
    }
}
