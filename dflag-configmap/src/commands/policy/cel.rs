//! CEL: literals, and the expressions that values are taken with.

use std::fmt::Write as _;

/// A text as a literal of ASCII characters.
pub(super) fn quoted(text: &str) -> String {
    let mut literal = String::from("'");
    for character in text.chars() {
        let code = u32::from(character);
        match character {
            '\'' | '\\' => literal.extend(['\\', character]),
            ' '..='~' => literal.push(character),
            _ if code <= 0xffff => _ = write!(literal, "\\u{code:04x}"),
            _ => _ = write!(literal, "\\U{code:08x}"),
        }
    }
    literal.push('\'');
    literal
}

/// A list of texts.
pub(super) fn list<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let texts: Vec<String> = texts.into_iter().map(quoted).collect();
    format!("[{}]", texts.join(", "))
}

/// The white space and the byte-order mark that the program drops, from a text that has been trimmed once. CEL's `trim`
/// and Rust's drop the same characters: those of Unicode's `White_Space`.
pub(super) fn without_mark(text: &str) -> String {
    format!("{text}.startsWith('\\ufeff') ? {text}.substring(1).trim() : {text}")
}

/// A text as a message shows it: cut, so that the API server does not drop the message for its length, and without
/// characters that can't be seen.
pub(super) fn shown(text: &str) -> String {
    format!(
        "({text}.matches('[^\\\\P{{C}}\\\\t\\\\n\\\\r]|\\\\p{{Zl}}|\\\\p{{Zp}}') ? 'with invisible characters' \
         : strings.quote({text}))"
    )
}

/// The first characters of a text, and dots for the others.
pub(super) fn cut(text: &str) -> String {
    format!("{text}.size() > 64 ? {text}.substring(0, 64) + '...' : {text}")
}

#[cfg(test)]
mod tests {
    use super::{list, quoted};

    #[test]
    fn literals_are_ascii() {
        assert_eq!(quoted("it's a \\"), r"'it\'s a \\'");
        assert_eq!(
            quoted("a\nß\u{feff}😀\0"),
            r"'a\u000a\u00df\ufeff\U0001f600\u0000'"
        );
        assert_eq!(list(["a", "b"]), "['a', 'b']");
        assert_eq!(list([]), "[]");
    }
}
