//! YAML: texts that every reader of YAML 1.1 and 1.2 reads as exactly these strings.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The width in columns that comments are wrapped to.
const WIDTH: usize = 100;

/// Words that YAML 1.1 reads as a boolean or as no value, in any case.
const WORDS: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];

/// A key of a mapping: plain if it can't be read as anything but a string.
pub(super) fn key(text: &str) -> Cow<'_, str> {
    let is_plain = text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        && !WORDS.iter().any(|word| word.eq_ignore_ascii_case(text));
    if is_plain {
        text.into()
    } else {
        quoted(text).into()
    }
}

/// A string as the value of a key that is indented by `indent` columns.
///
/// A text of several lines is a block, unless an editor could change it unnoticed: it has invisible characters, or
/// white space at the end of a line.
pub(super) fn string(text: &str, indent: usize) -> String {
    let lines = text.strip_suffix('\n').unwrap_or(text);
    if !lines.contains('\n') || lines.ends_with('\n') || !lines.split('\n').all(is_block_line) {
        return quoted(text);
    }
    let indent = indent + 2;
    let mut block = String::from("|");
    // Readers take the indentation from the first line.
    if lines.starts_with([' ', '\n']) {
        block.push('2');
    }
    if lines.len() == text.len() {
        block.push('-');
    }
    for line in lines.split('\n') {
        block.push('\n');
        if !line.is_empty() {
            let _ = write!(block, "{:indent$}{line}", "");
        }
    }
    block
}

/// Whether a block can have this line, without its line break.
fn is_block_line(line: &str) -> bool {
    let is_visible = |character| character == '\t' || is_visible(character);
    !line.starts_with('\t') && !line.ends_with([' ', '\t']) && line.chars().all(is_visible)
}

/// A string in double quotes, on one line.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            _ if is_visible(character) => quoted.push(character),
            '\0'..='\u{ffff}' => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(character));
            }
            _ => {
                let _ = write!(quoted, "\\U{:08x}", u32::from(character));
            }
        }
    }
    quoted.push('"');
    quoted
}

/// Whether a character can stand in a manifest as it is. Characters that combine with the one before are left out, since
/// there may be none.
fn is_visible(character: char) -> bool {
    match character {
        ' '..='~' => true,
        _ => character.escape_debug().len() == 1 && !character.is_whitespace(),
    }
}

/// Appends a text as comments, wrapped between words.
pub(super) fn comment(manifest: &mut String, indent: usize, text: &str) {
    for line in text.lines() {
        let mut used = WIDTH;
        for word in line.split(' ') {
            let word = visible(word);
            let width = word.chars().count() + 1;
            if used + width > WIDTH {
                if used < WIDTH {
                    manifest.push('\n');
                }
                let _ = write!(manifest, "{:indent$}#", "");
                used = indent + 1;
            }
            let _ = write!(manifest, " {word}");
            used += width;
        }
        manifest.push('\n');
    }
}

/// A text for a comment, with escapes for characters that can't be seen.
fn visible(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_visible) {
        return text.into();
    }
    let mut escaped = String::new();
    for character in text.chars() {
        if is_visible(character) {
            escaped.push(character);
        } else {
            escaped.extend(character.escape_default());
        }
    }
    escaped.into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use yaml_rust2::{Yaml, YamlLoader};

    use super::{comment, key, string};

    /// What a reader makes of a mapping with this key and value, between other things.
    fn read(name: &str, text: &str) -> (String, String) {
        let (name, value) = (key(name), string(text, 2));
        let manifest =
            format!("data:\n  first: \"1\"\n\n  {name}: {value}\n\n  # text\n  last: \"2\"\n");
        let documents = YamlLoader::load_from_str(&manifest);
        let documents = documents.unwrap_or_else(|error| panic!("{error}: {manifest:?}"));
        let Yaml::Hash(data) = &documents[0]["data"] else {
            panic!("{manifest:?}");
        };
        assert_eq!(data.len(), 3, "{manifest:?}");
        let (name, text) = data.iter().nth(1).unwrap();
        let string = |yaml: &Yaml| {
            yaml.as_str()
                .unwrap_or_else(|| panic!("{manifest:?}"))
                .to_owned()
        };
        (string(name), string(text))
    }

    #[test]
    fn strings_are_written_as_in_the_table() {
        for (text, expected) in [
            ("", r#""""#),
            ("on", r#""on""#),
            ("a\"\\\t\r", r#""a\"\\\t\r""#),
            ("größe 😀", r#""größe 😀""#),
            (
                "\0\u{7f}\u{85}\u{feff}\u{2028}\u{1bca0}",
                r#""\u0000\u007f\u0085\ufeff\u2028\U0001bca0""#,
            ),
            ("one\n", r#""one\n""#),
            ("one\ntwo", "|-\n    one\n    two"),
            ("one\n\n  two: #\n", "|\n    one\n\n      two: #"),
            (" one\ntwo", "|2-\n     one\n    two"),
            ("\none\n", "|2\n\n    one"),
            ("one\ntwo\n\n", r#""one\ntwo\n\n""#),
            ("one \ntwo", r#""one \ntwo""#),
            ("one\r\ntwo", r#""one\r\ntwo""#),
            ("\tone\ntwo", r#""\tone\ntwo""#),
        ] {
            assert_eq!(string(text, 2), expected, "{text:?}");
            assert_eq!(read("a", text).1, text);
        }
    }

    #[test]
    fn keys_are_quoted_if_they_could_be_read_as_something_else() {
        for (text, expected) in [
            ("max-size", "max-size"),
            ("server.max_size", "server.max_size"),
            ("on", "\"on\""),
            ("Y", "\"Y\""),
            ("1e5", "\"1e5\""),
            ("-a", "\"-a\""),
            ("_a", "\"_a\""),
            (".inf", "\".inf\""),
        ] {
            assert_eq!(key(text), expected);
            assert_eq!(read(text, "").0, text);
        }
    }

    #[test]
    fn comments_are_wrapped_and_cannot_end_early() {
        let mut manifest = String::new();
        comment(&mut manifest, 2, "a\r\u{85}b: c\nd");
        assert_eq!(manifest, "  # a\\r\\u{85}b: c\n  # d\n");
        let mut manifest = String::new();
        comment(&mut manifest, 2, &"word ".repeat(50));
        assert_eq!(manifest.lines().count(), 3);
        assert!(
            manifest
                .lines()
                .all(|line| line.len() <= 100 && line.starts_with("  # word"))
        );
    }

    proptest! {
        #[test]
        fn texts_are_read_back_exactly(text in any::<String>()) {
            prop_assert_eq!(read("a", &text).1, text);
        }

        #[test]
        fn texts_of_several_lines_are_read_back_exactly(
            text in "([ \t]{0,2}(-{1,3}|[a#:|>'\"%@&*!?\\[{,]|[.]{3}|\u{feff})?[ \t]{0,1}\r?\n){0,5}[a ]{0,3}",
        ) {
            prop_assert_eq!(read("a", &text).1, text);
        }

        #[test]
        fn comments_are_nothing_but_comments(text in "[ -~\n\r\t\u{85}\u{2028}\u{feff}\0ä]{0,200}") {
            let mut manifest = String::from("a: \"1\"\n");
            comment(&mut manifest, 0, &text);
            manifest.push_str("b: \"2\"\n");
            let documents = YamlLoader::load_from_str(&manifest).unwrap();
            prop_assert_eq!(documents[0].as_hash().unwrap().len(), 2);
        }
    }
}
