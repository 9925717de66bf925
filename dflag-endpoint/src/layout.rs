//! Layout: JSON with line breaks and indentation, and otherwise as it was.
//!
//! Only the white space between tokens changes. A value that went through a number type or a map
//! would not be the one that holds: `1e400`, `1.0`, the order of keys.

use serde::de::IgnoredAny;

const INDENT: &str = "  ";

/// `text` laid out for reading; `None` if it is no JSON.
pub(crate) fn laid_out(text: &str) -> Option<String> {
    serde_json::from_str::<IgnoredAny>(text).ok()?;
    let mut page = Page::default();
    let mut tokens = text.chars().peekable();
    while let Some(token) = tokens.next() {
        match token {
            '"' => {
                page.put('"');
                let mut escaped = false;
                for letter in tokens.by_ref() {
                    page.put(letter);
                    if letter == '"' && !escaped {
                        break;
                    }
                    escaped = letter == '\\' && !escaped;
                }
            }
            ' ' | '\t' | '\n' | '\r' => {}
            '{' | '[' => {
                page.put(token);
                while tokens.next_if(char::is_ascii_whitespace).is_some() {}
                if let Some(end) = tokens.next_if(|next| matches!(next, '}' | ']')) {
                    page.put(end);
                } else {
                    page.depth += 1;
                    page.line();
                }
            }
            '}' | ']' => {
                page.depth = page.depth.saturating_sub(1);
                page.line();
                page.put(token);
            }
            ',' => {
                page.put(token);
                page.line();
            }
            ':' => page.text.push_str(": "),
            _ => page.put(token),
        }
    }
    Some(page.text)
}

#[derive(Default)]
struct Page {
    text: String,
    depth: usize,
}

impl Page {
    fn put(&mut self, letter: char) {
        self.text.push(letter);
    }

    fn line(&mut self) {
        self.text.push('\n');
        for _ in 0..self.depth {
            self.text.push_str(INDENT);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::laid_out;

    #[test]
    fn it_stands_as_serde_json_would_print_it() {
        let text = r#"{"a":[1,{"b":"x, y: {z}"}],"c":{},"d":[ ],"e":"\\\"{","f":null}"#;
        let value: serde_json::Value = serde_json::from_str(text).unwrap();
        assert_eq!(
            laid_out(text).unwrap(),
            serde_json::to_string_pretty(&value).unwrap()
        );
    }

    #[test]
    fn no_number_key_or_escape_changes() {
        let text = r#"{"z":1e400,"a":12345678901234567890123,"z":1.0,"u":"\u00e9\ud800","n":-0.0}"#;
        let laid_out = laid_out(text).unwrap();
        let tokens: String = laid_out.split_ascii_whitespace().collect();
        assert_eq!(tokens, text);
    }

    #[test]
    fn what_is_laid_out_stays_as_it_is() {
        let once = laid_out(r#" {"a" : [1 , 2]} "#).unwrap();
        assert_eq!(once, "{\n  \"a\": [\n    1,\n    2\n  ]\n}");
        assert_eq!(laid_out(&once).unwrap(), once);
    }

    #[test]
    fn what_is_no_json_is_not_touched() {
        for text in ["", "{", "{]", "nan", "[1,]", "\"a", "1 2"] {
            assert_eq!(laid_out(text), None, "{text}");
        }
    }
}
