//! Patterns of [`dflag::validate::matches`], translated where all readers of a schema read them alike.

use std::iter::Peekable;
use std::str::Chars;

use super::expression::{ANYTHING, MAX_COUNT, SPACE, literal};
use super::keys::in_class;

/// An expression for the whole of each text in which Rust's `pattern` matches some part; `None` if the pattern has
/// something that other readers read differently.
///
/// What Rust knows of the digits and letters of Unicode, others do not: any character that is not ASCII then counts as
/// one.
pub(super) fn portable(pattern: &str) -> Option<String> {
    let (from_start, rest) = match pattern.strip_prefix('^') {
        Some(rest) => (true, rest),
        None => (false, pattern),
    };
    let mut parser = Parser {
        chars: rest.chars().peekable(),
        has_branches: false,
    };
    let (expression, _) = parser.branches(0)?;
    let to_end = match parser.chars.next() {
        Some('$') if parser.chars.next().is_none() => true,
        Some(_) => return None,
        None => false,
    };
    // Anchors would belong to one branch only.
    if parser.has_branches && (from_start || to_end) {
        return None;
    }
    let before = if from_start { "" } else { ANYTHING };
    let after = if to_end { "" } else { ANYTHING };
    Some(format!("{before}(?:{expression}){after}"))
}

struct Parser<'a> {
    chars: Peekable<Chars<'a>>,
    /// Whether there are alternatives outside of every group.
    has_branches: bool,
}

/// The deepest nesting of groups that is translated.
const MAX_DEPTH: usize = 20;

/// An expression, and how often its innermost repetition occurs at most: Go limits the product.
type Repeated = (String, usize);

impl Parser<'_> {
    /// Alternatives, up to the end or to what can't be part of one.
    fn branches(&mut self, depth: usize) -> Option<Repeated> {
        let (mut expression, mut count) = (String::new(), 1);
        loop {
            match self.chars.peek() {
                None | Some(')' | '$') => return Some((expression, count)),
                Some('|') => {
                    self.has_branches |= depth == 0;
                    self.chars.next();
                    expression.push('|');
                }
                Some(_) => {
                    let (atom, atom_count) = self.atom(depth)?;
                    let (repetition, times) = self.repetition()?;
                    let product = atom_count.saturating_mul(times);
                    if product > MAX_COUNT {
                        return None;
                    }
                    count = count.max(product);
                    expression += &atom;
                    expression += &repetition;
                }
            }
        }
    }

    fn atom(&mut self, depth: usize) -> Option<Repeated> {
        let atom = match self.chars.next()? {
            '(' => {
                if self.chars.next_if_eq(&'?').is_some() {
                    self.chars.next_if_eq(&':')?;
                }
                let (inside, count) = self.branches(depth + 1).filter(|_| depth < MAX_DEPTH)?;
                self.chars.next_if_eq(&')')?;
                return Some((format!("(?:{inside})"), count));
            }
            '[' => self.class()?,
            '.' => "[^\\n]".to_owned(),
            '\\' => match self.chars.next()? {
                shorthand @ ('d' | 'w' | 's') => format!("[{}]", members_of(shorthand, false)?),
                shorthand @ ('D' | 'W' | 'S') => {
                    format!("[^{}]", members_of(shorthand.to_ascii_lowercase(), true)?)
                }
                other => literal(&escape(other)?.to_string()),
            },
            '*' | '+' | '?' | '{' | '}' | ']' | '^' => return None,
            // In JavaScript it may count as two.
            character if character > '\u{ffff}' => return None,
            character => literal(&character.to_string()),
        };
        Some((atom, 1))
    }

    /// The repetition of an atom, if it has one, and its count.
    fn repetition(&mut self) -> Option<Repeated> {
        let Some(first) = self
            .chars
            .next_if(|next| matches!(next, '*' | '+' | '?' | '{'))
        else {
            return Some((String::new(), 1));
        };
        let mut repetition = String::from(first);
        let mut count = 1;
        if first == '{' {
            loop {
                let next = self.chars.next()?;
                repetition.push(next);
                match next {
                    '}' => break,
                    '0'..='9' | ',' => {}
                    _ => return None,
                }
            }
            let counts = repetition.get(1..repetition.len() - 1)?;
            let (min, max) = counts.split_once(',').unwrap_or((counts, ""));
            let min: usize = min.parse().ok()?;
            count = if max.is_empty() {
                min
            } else {
                max.parse().ok()?
            };
        }
        // How much of the text it takes first makes no difference to the whole.
        self.chars.next_if_eq(&'?');
        let is_repeated_again = matches!(self.chars.peek(), Some('*' | '+' | '?' | '{'));
        (!is_repeated_again).then_some((repetition, count.max(1)))
    }

    /// A class of characters, after its opening bracket.
    fn class(&mut self) -> Option<String> {
        let is_negated = self.chars.next_if_eq(&'^').is_some();
        let mut class = String::from(if is_negated { "[^" } else { "[" });
        let mut is_empty = true;
        loop {
            let character = match self.chars.next()? {
                ']' if is_empty => return None,
                ']' => break,
                '\\' => match self.chars.next()? {
                    shorthand @ ('d' | 'w' | 's') => {
                        class += &members_of(shorthand, is_negated)?;
                        is_empty = false;
                        continue;
                    }
                    other => escape(other)?,
                },
                // They are operators of classes in Rust, or could be.
                '[' | '&' | '~' => return None,
                '-' if !is_empty && self.chars.peek() != Some(&']') => return None,
                character => character,
            };
            is_empty = false;
            class += &in_class_escaped(character)?;
            let mut ahead = self.chars.clone();
            if character != '-' && ahead.next() == Some('-') && ahead.peek() != Some(&']') {
                self.chars.next();
                let last = match self.chars.next()? {
                    '\\' => escape(self.chars.next()?)?,
                    '[' | '-' => return None,
                    last => last,
                };
                if last < character {
                    return None;
                }
                class.push('-');
                class += &in_class_escaped(last)?;
            }
        }
        class.push(']');
        Some(class)
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

/// The character that an escape stands for; `None` if it is not one.
fn escape(escaped: char) -> Option<char> {
    match escaped {
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        // These two mean the boundaries of words.
        '<' | '>' => None,
        _ => escaped.is_ascii_punctuation().then_some(escaped),
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
