//! Indents JSON without parsing its values.
//!
//! Only white space between tokens changes. Parsing into numbers and maps would lose information:
//! `1e400`, `1.0`, the order of keys.

use serde::de::IgnoredAny;

const INDENT: &str = "  ";

/// How many times as long as the text a long output may be: what is nested deeply is mostly indentation.
const GROWTH: usize = 8;

/// The longest output, in bytes, that may grow more.
const SHORT: usize = 64 << 10;

/// `text` with line breaks and indentation; `None` if it is not valid JSON, or if that would make it many times longer.
pub(super) fn pretty(text: &str) -> Option<String> {
    serde_json::from_str::<IgnoredAny>(text).ok()?;
    let mut out = Output::default();
    let mut chars = text.chars().peekable();
    let longest = SHORT.max(GROWTH.saturating_mul(text.len()));
    while let Some(char) = chars.next() {
        if out.text.len() > longest {
            return None;
        }
        match char {
            '"' => {
                out.text.push('"');
                let mut escaped = false;
                for char in chars.by_ref() {
                    out.text.push(char);
                    if char == '"' && !escaped {
                        break;
                    }
                    escaped = char == '\\' && !escaped;
                }
            }
            ' ' | '\t' | '\n' | '\r' => {}
            '{' | '[' => {
                out.text.push(char);
                while chars.next_if(char::is_ascii_whitespace).is_some() {}
                if let Some(end) = chars.next_if(|next| matches!(next, '}' | ']')) {
                    out.text.push(end);
                } else {
                    out.depth += 1;
                    out.new_line();
                }
            }
            '}' | ']' => {
                out.depth = out.depth.saturating_sub(1);
                out.new_line();
                out.text.push(char);
            }
            ',' => {
                out.text.push(char);
                out.new_line();
            }
            ':' => out.text.push_str(": "),
            _ => out.text.push(char),
        }
    }
    Some(out.text)
}

#[derive(Default)]
struct Output {
    text: String,
    depth: usize,
}

impl Output {
    fn new_line(&mut self) {
        self.text.push('\n');
        for _ in 0..self.depth {
            self.text.push_str(INDENT);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::pretty;

    #[test]
    fn output_equals_that_of_serde_json() {
        let text = r#"{"a":[1,{"b":"x, y: {z}"}],"c":{},"d":[ ],"e":"\\\"{","f":null}"#;
        let value: serde_json::Value = serde_json::from_str(text).unwrap();
        assert_eq!(
            pretty(text).unwrap(),
            serde_json::to_string_pretty(&value).unwrap()
        );
    }

    #[test]
    fn numbers_keys_and_escapes_are_preserved() {
        let text = r#"{"z":1e400,"a":12345678901234567890123,"z":1.0,"u":"\u00e9\ud800","n":-0.0}"#;
        let pretty = pretty(text).unwrap();
        let tokens: String = pretty.split_ascii_whitespace().collect();
        assert_eq!(tokens, text);
    }

    #[test]
    fn formatting_twice_changes_nothing() {
        let once = pretty(r#" {"a" : [1 , 2]} "#).unwrap();
        assert_eq!(once, "{\n  \"a\": [\n    1,\n    2\n  ]\n}");
        assert_eq!(pretty(&once).unwrap(), once);
    }

    #[test]
    fn what_would_be_mostly_indentation_is_not_formatted() {
        let nested = |depth: usize, members: usize| {
            let members = vec!["1"; members].join(",");
            format!("{}{members}{}", "[".repeat(depth), "]".repeat(depth))
        };
        assert!(pretty(&nested(2, 100_000)).is_some());
        assert!(pretty(&nested(100, 100)).is_some());
        for (depth, members) in [(100, 500_000), (500_000, 1)] {
            assert_eq!(pretty(&nested(depth, members)), None, "{depth}");
        }
    }

    #[test]
    fn invalid_json_is_not_formatted() {
        for text in ["", "{", "{]", "nan", "[1,]", "\"a", "1 2"] {
            assert_eq!(pretty(text), None, "{text}");
        }
    }
}
