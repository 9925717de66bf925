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

/// The text with each run of line breaks and the blanks around it as one blank, and the rest escaped.
pub(crate) fn one_line(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let lines: Vec<_> = lines.map(escaped).collect();
    lines.join(" ")
}

/// Whether the character is invisible, looks like a space, or changes the reading direction.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || (character != ' ' && character.is_whitespace())
        || !is_printable(character)
        // The standard library prints fillers, blank patterns and selectors of variants as they are.
        || matches!(character,
            '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180d}' | '\u{180f}'
            | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{e0100}'..='\u{e01ef}')
}

/// Whether the standard library prints the character as it is within a text. It escapes private, unassigned
/// and formatting ones.
fn is_printable(character: char) -> bool {
    // A character that combines with the one before is escaped only if there is none.
    let mut text = [b'x', 0, 0, 0, 0];
    let Some(encoded) = text.get_mut(1..) else {
        return false;
    };
    let len = 1 + character.encode_utf8(encoded).len();
    let text = text.get(..len).and_then(|text| str::from_utf8(text).ok());
    character.is_ascii() || text.is_some_and(|text| text.escape_debug().count() == 2)
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
            ("\u{ad}\u{fe0f}\u{3164}", "\\u{ad}\\u{fe0f}\\u{3164}"),
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
