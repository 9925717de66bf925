//! Quoting users' text in messages: on one line, with invisible characters escaped.

use std::borrow::Cow;

/// The text with escapes such as `\n` or `\u{feff}` for control characters, invisible and bidirectional
/// ones, and white space other than the ASCII space.
pub(crate) fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(is_invisible) {
        return text.into();
    }
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if is_invisible(character) {
            escaped.extend(character.escape_default());
        } else {
            escaped.push(character);
        }
    }
    escaped.into()
}

/// Whether the character is invisible, looks like a space, or changes the reading direction.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || (character != ' ' && character.is_whitespace())
        || !is_printable(character)
        || matches!(character,
            '\u{2800}' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether the standard library prints the character as it is within a text. It escapes private, unassigned
/// and formatting ones.
fn is_printable(character: char) -> bool {
    let mut buffer = [0; 4];
    let text: &str = character.encode_utf8(&mut buffer);
    // The first character of a text is escaped if it combines with the one before.
    character.is_ascii() || format!("x{text}").escape_debug().count() == 2
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn invisible_characters_are_escaped_and_visible_ones_are_not() {
        for (text, expected) in [
            ("größe 5 'x' \\", "größe 5 'x' \\"),
            ("a\n\tb\r", "a\\n\\tb\\r"),
            ("\u{feff}5", "\\u{feff}5"),
            ("a\u{a0}b", "a\\u{a0}b"),
            ("\u{202e}abc", "\\u{202e}abc"),
            ("zero\u{200b}width", "zero\\u{200b}width"),
            ("\u{7f}\u{0}", "\\u{7f}\\u{0}"),
            ("e\u{301}", "e\u{301}"),
            ("\u{2800}\u{1bca0}", "\\u{2800}\\u{1bca0}"),
            (
                "\u{1d173}\u{13430}\u{fff0}",
                "\\u{1d173}\\u{13430}\\u{fff0}",
            ),
            ("\u{e000}\u{378}", "\\u{e000}\\u{378}"),
        ] {
            assert_eq!(escaped(text), expected);
        }
    }
}
