//! Texts of users on the page, with characters that nobody could see written as escapes.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The text with escapes such as `\u{202e}` for characters that are invisible, look like a space, or change the direction
/// of reading. Line breaks and tabs stay.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    escape(text, |character| !matches!(character, '\n' | '\t'))
}

/// The text on one line, with at most this many characters.
pub(super) fn one_line(text: &str, is_json: bool) -> String {
    const CHARACTERS: usize = 200;
    let line: String = if is_json {
        // What is indented there is white space that JSON ignores.
        text.lines()
            .map(str::trim_start)
            .collect::<Vec<_>>()
            .join(" ")
    } else {
        text.replace('\n', " ⏎ ")
    };
    let line = escape(&line, |_| true);
    match line.char_indices().nth(CHARACTERS) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line.into_owned(),
    }
}

fn escape(text: &str, is_escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    let is_escaped = |character: char| is_invisible(character) && is_escaped(character);
    if !text.contains(is_escaped) {
        return text.into();
    }
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if is_escaped(character) {
            // Writing to a String does not fail.
            let _ = write!(escaped, "{}", character.escape_default());
        } else {
            escaped.push(character);
        }
    }
    escaped.into()
}

/// Whether nobody could see the character, or see it as what it is.
pub(super) fn is_invisible(character: char) -> bool {
    character.is_control()
        || (character != ' ' && character.is_whitespace())
        || (!character.is_ascii() && !is_printable(character))
        // Fillers and selectors of variants, which the standard library prints.
        || matches!(character,
            '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180d}' | '\u{180f}'
            | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{e0100}'..='\u{e01ef}')
}

/// Whether the standard library prints the character within a text. It escapes private, unassigned and formatting ones.
fn is_printable(character: char) -> bool {
    // A character that combines with the one before is escaped only if there is none.
    let text: String = ['x', character].iter().collect();
    text.escape_debug().count() == 2
}

#[cfg(test)]
mod tests {
    use super::{one_line, visible};

    #[test]
    fn what_nobody_could_see_is_escaped() {
        for (text, expected) in [
            ("größe 'x' \\ 日本", "größe 'x' \\ 日本"),
            ("a\n\tb\r", "a\n\tb\\r"),
            ("\u{202e}abc\u{2066}", "\\u{202e}abc\\u{2066}"),
            ("zero\u{200b}width\u{feff}", "zero\\u{200b}width\\u{feff}"),
            ("a\u{a0}b\u{0}\u{7f}", "a\\u{a0}b\\u{0}\\u{7f}"),
            ("e\u{301} \u{fe0f}\u{2800}", "e\u{301} \\u{fe0f}\\u{2800}"),
        ] {
            assert_eq!(visible(text), expected);
        }
    }

    #[test]
    fn a_line_has_no_line_breaks_and_is_short() {
        assert_eq!(one_line("a\nb\tc", false), "a ⏎ b\\tc");
        assert_eq!(one_line("{\n  \"a\": 1\n}", true), "{ \"a\": 1 }");
        let long = one_line(&"ä".repeat(1_000), false);
        assert_eq!(long.chars().count(), 201);
        assert!(long.ends_with('…'));
    }
}
