//! JSON arrays of scalars of one kind, the only JSON that lists accept.

use std::fmt::Write as _;
use std::iter::Peekable;
use std::str::{Chars, FromStr};

/// An array whose members are all of one kind.
#[derive(Debug, PartialEq)]
pub(crate) enum JsonArray {
    /// Strings, unescaped. Also the empty array.
    Strings(Vec<String>),
    /// Numbers or booleans, as written.
    Literals(Vec<String>),
}

/// The text as an array, or `None` if it is anything else.
impl FromStr for JsonArray {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        scan(text).ok_or(())
    }
}

fn scan(text: &str) -> Option<JsonArray> {
    let inside = text.strip_prefix('[')?.strip_suffix(']')?;
    let mut chars = inside.chars().peekable();
    skip_blanks(&mut chars);
    if chars.peek().is_none() {
        return Some(JsonArray::Strings(Vec::new()));
    }
    let strings = chars.peek() == Some(&'"');
    let mut members = Vec::new();
    loop {
        skip_blanks(&mut chars);
        members.push(if strings {
            string(&mut chars)?
        } else {
            literal(&mut chars)?
        });
        skip_blanks(&mut chars);
        match chars.next() {
            Some(',') => {}
            Some(_) => return None,
            None if strings => return Some(JsonArray::Strings(members)),
            None => return Some(JsonArray::Literals(members)),
        }
    }
}

pub(super) fn skip_blanks(chars: &mut Peekable<Chars<'_>>) {
    while chars
        .next_if(|next| matches!(next, ' ' | '\t' | '\n' | '\r'))
        .is_some()
    {}
}

pub(super) fn string(chars: &mut Peekable<Chars<'_>>) -> Option<String> {
    chars.next_if_eq(&'"')?;
    let mut string = String::new();
    loop {
        match chars.next()? {
            '"' => return Some(string),
            '\\' => string.push(escape(chars)?),
            control if control < ' ' => return None,
            other => string.push(other),
        }
    }
}

fn escape(chars: &mut Peekable<Chars<'_>>) -> Option<char> {
    Some(match chars.next()? {
        same @ ('"' | '\\' | '/') => same,
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => {
            let first = code_unit(chars)?;
            if let Some(character) = char::from_u32(first) {
                return Some(character);
            }
            // A surrogate has to be followed by its counterpart.
            (chars.next()? == '\\' && chars.next()? == 'u').then_some(())?;
            let [Ok(high), Ok(low)] = [first, code_unit(chars)?].map(u16::try_from) else {
                return None;
            };
            char::decode_utf16([high, low]).next()?.ok()?
        }
        _ => return None,
    })
}

fn code_unit(chars: &mut Peekable<Chars<'_>>) -> Option<u32> {
    (0..4).try_fold(0, |unit, _| Some(unit * 16 + chars.next()?.to_digit(16)?))
}

pub(super) fn literal(chars: &mut Peekable<Chars<'_>>) -> Option<String> {
    let mut literal = String::new();
    while let Some(next) =
        chars.next_if(|next| next.is_ascii_alphanumeric() || "+-.".contains(*next))
    {
        literal.push(next);
    }
    (literal == "true" || literal == "false" || is_number(&literal)).then_some(literal)
}

/// Whether the text is a number in JSON's grammar.
fn is_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent
            .is_none_or(|exponent| digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
}

/// Strings as a JSON array.
pub(crate) fn to_json<'a>(members: impl IntoIterator<Item = &'a str>) -> String {
    let mut array = String::from("[");
    for member in members {
        if array.len() > 1 {
            array.push(',');
        }
        quote(&mut array, member);
    }
    array.push(']');
    array
}

/// Appends a text as a JSON string.
pub(super) fn quote(json: &mut String, text: &str) {
    json.push('"');
    for character in text.chars() {
        match character {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            control if control < ' ' => {
                let _ = write!(json, "\\u{:04x}", u32::from(control));
            }
            other => json.push(other),
        }
    }
    json.push('"');
}

#[cfg(test)]
mod tests {
    use super::{JsonArray, to_json};

    fn strings(members: &[&str]) -> JsonArray {
        JsonArray::Strings(members.iter().map(ToString::to_string).collect())
    }

    fn literals(members: &[&str]) -> JsonArray {
        JsonArray::Literals(members.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn arrays_of_strings_or_of_literals_are_recognized() {
        for (text, expected) in [
            ("[]", strings(&[])),
            ("[ \n ]", strings(&[])),
            (r#"["a"]"#, strings(&["a"])),
            (r#"[ "a" , "b, c" ]"#, strings(&["a", "b, c"])),
            (
                r#"["\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"]"#,
                strings(&["\"\\/\u{8}\u{c}\n\r\té😀"]),
            ),
            ("[1, -2.5e+3,0]", literals(&["1", "-2.5e+3", "0"])),
            ("[true,false]", literals(&["true", "false"])),
        ] {
            assert_eq!(text.parse::<JsonArray>(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn anything_else_is_not_an_array() {
        for text in [
            "",
            "[",
            "a",
            "[a]",
            r#"["a"#,
            r#"["a",]"#,
            r#"["a" "b"]"#,
            r#"["a",1]"#,
            r#"[1,"a"]"#,
            "[1,]",
            "[01]",
            "[1.]",
            "[.5]",
            "[+1]",
            "[-]",
            "[1e]",
            "[null]",
            "[[1]]",
            r#"["\x"]"#,
            r#"["\ud83d"]"#,
            r#"["\ud83d\u0041"]"#,
            "[\"a\nb\"]",
            "[1] ",
            "[1 2]",
            "[truely]",
        ] {
            assert_eq!(text.parse::<JsonArray>(), Err(()), "{text}");
        }
    }

    #[test]
    fn written_arrays_are_read_back() {
        for members in [
            vec![],
            vec![""],
            vec!["a", " b ", "c,d", "e\nf\t\r\u{1}", "\"\\", "\u{feff}😀"],
        ] {
            assert_eq!(to_json(members.clone()).parse(), Ok(strings(&members)));
        }
    }
}
