//! JSON objects of scalars, as which a map can be written.

use crate::text::json_array::{literal, quote, skip_blanks, string};

/// The names and values of an object of strings, numbers and booleans, in its order: strings are
/// unescaped, the others as written. `None` if the text is anything else.
pub(crate) fn members(text: &str) -> Option<Vec<(String, String)>> {
    let inside = text.strip_prefix('{')?.strip_suffix('}')?;
    let mut chars = inside.chars().peekable();
    let mut members = Vec::new();
    skip_blanks(&mut chars);
    if chars.peek().is_none() {
        return Some(members);
    }
    loop {
        skip_blanks(&mut chars);
        let name = string(&mut chars)?;
        skip_blanks(&mut chars);
        chars.next_if_eq(&':')?;
        skip_blanks(&mut chars);
        let value = match chars.peek() {
            Some('"') => string(&mut chars)?,
            _ => literal(&mut chars)?,
        };
        members.push((name, value));
        skip_blanks(&mut chars);
        match chars.next() {
            Some(',') => {}
            Some(_) => return None,
            None => return Some(members),
        }
    }
}

/// An object of strings.
pub(crate) fn to_json(members: &[(String, String)]) -> String {
    let mut object = String::from("{");
    for (name, value) in members {
        if object.len() > 1 {
            object.push(',');
        }
        quote(&mut object, name);
        object.push(':');
        quote(&mut object, value);
    }
    object.push('}');
    object
}

#[cfg(test)]
mod tests {
    use super::{members, to_json};

    fn owned(members: &[(&str, &str)]) -> Vec<(String, String)> {
        let members = members.iter();
        members
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn objects_of_scalars_are_recognized() {
        for (text, expected) in [
            ("{}", &[] as &[_]),
            ("{ \n }", &[]),
            (r#"{"a":1}"#, &[("a", "1")]),
            (
                "{ \"a\" : -2.5e+3 ,\n\"b=,\": \"x\\n\" , \"c\":true}",
                &[("a", "-2.5e+3"), ("b=,", "x\n"), ("c", "true")],
            ),
            (r#"{"a":1,"a":2}"#, &[("a", "1"), ("a", "2")]),
        ] {
            assert_eq!(members(text), Some(owned(expected)), "{text}");
        }
    }

    #[test]
    fn anything_else_is_not_such_an_object() {
        for text in [
            "",
            "{",
            "}",
            "{a:1}",
            r#"{"a"}"#,
            r#"{"a":}"#,
            r#"{"a":1,}"#,
            r#"{"a":1 "b":2}"#,
            r#"{"a":null}"#,
            r#"{"a":[1]}"#,
            r#"{"a":{}}"#,
            r#"{"a":01}"#,
            r#"{"a":1} "#,
            r#"{1:"a"}"#,
        ] {
            assert_eq!(members(text), None, "{text}");
        }
    }

    #[test]
    fn written_objects_are_read_back() {
        for pairs in [owned(&[]), owned(&[("", ""), ("a\"\\\n", " b,=\u{1}😀")])] {
            assert_eq!(members(&to_json(&pairs)), Some(pairs));
        }
    }
}
