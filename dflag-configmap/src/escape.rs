//! Quoting names and paths in messages: on one line, with invisible characters escaped.

use std::fmt::{self, Write as _};
use std::path::Path;

/// Displays a text with escapes such as `\n` or `\u{feff}` for characters that can't be seen.
pub(crate) struct Escaped<T>(pub(crate) T);

impl<T: AsRef<Path>> fmt::Display for Escaped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.as_ref().to_string_lossy().chars() {
            match character {
                // These are visible. Only a quoted literal would escape them.
                '\'' | '"' | '\\' => f.write_char(character)?,
                _ => write!(f, "{}", character.escape_debug())?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Escaped;

    #[test]
    fn invisible_characters_are_escaped_and_visible_ones_are_not() {
        for (text, expected) in [
            ("/etc/größe 5/'x'\\", "/etc/größe 5/'x'\\"),
            ("a\n\tb", "a\\n\\tb"),
            ("rollout\u{a0}", "rollout\\u{a0}"),
            ("\u{202e}abc\u{200b}", "\\u{202e}abc\\u{200b}"),
        ] {
            assert_eq!(Escaped(text).to_string(), expected);
        }
    }
}
