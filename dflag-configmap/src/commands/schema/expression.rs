//! Regular expressions that Rust, Go (Helm's), JavaScript and Python read alike: literals, classes of characters as they
//! are, groups and repetitions.

use std::fmt::Write as _;

/// White space as Rust trims it, within the brackets of a class. Other readers have other ideas of `\s`.
pub(super) const SPACE: &str =
    "\\t-\\r \u{85}\u{a0}\u{1680}\u{2000}-\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}";

/// Any text.
pub(super) const ANYTHING: &str = "[\\s\\S]*";

/// The largest count of a repetition that Go reads.
pub(super) const MAX_COUNT: usize = 1000;

/// A text as it is.
pub(super) fn literal(text: &str) -> String {
    let mut expression = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' | '.' | '+' | '*' | '?' | '(' | ')' | '|' | '[' | ']' | '{' | '}' | '^' | '$' => {
                expression.extend(['\\', character]);
            }
            '\n' => expression.push_str("\\n"),
            '\r' => expression.push_str("\\r"),
            '\t' => expression.push_str("\\t"),
            '\0'..=' ' if character != ' ' => {
                let _ = write!(expression, "\\x{:02x}", u32::from(character));
            }
            _ => expression.push(character),
        }
    }
    expression
}

/// A text in which ASCII case does not matter.
pub(super) fn literal_in_any_case(text: &str) -> String {
    let mut expression = String::new();
    for character in text.chars() {
        if character.is_ascii_alphabetic() {
            let (lower, upper) = (
                character.to_ascii_lowercase(),
                character.to_ascii_uppercase(),
            );
            let _ = write!(expression, "[{lower}{upper}]");
        } else {
            expression += &literal(&character.to_string());
        }
    }
    expression
}

/// One of several expressions.
pub(super) fn any(expressions: &[String]) -> String {
    match expressions {
        [only] => only.clone(),
        _ => format!("(?:{})", expressions.join("|")),
    }
}
