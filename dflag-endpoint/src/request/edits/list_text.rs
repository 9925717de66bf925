//! JSON arrays as the texts of lists.

use serde_json::value::RawValue;

/// A JSON array as the text of a list: an array of strings, which is never split again. Numbers and
/// booleans become strings as they are written: as an array of their own they could also be read as
/// plain text. `None` if the members are of several kinds or of another kind.
pub(super) fn list_text(array: &str) -> Option<String> {
    if let Ok(strings) = serde_json::from_str::<Vec<String>>(array) {
        return serde_json::to_string(&strings).ok();
    }
    let members: Vec<&RawValue> = serde_json::from_str(array).ok()?;
    let literals: Option<Vec<&str>> = members
        .into_iter()
        .map(RawValue::get)
        .map(|text| (!text.starts_with(['"', '[', '{', 'n'])).then_some(text))
        .collect();
    serde_json::to_string(&literals?).ok()
}

#[cfg(test)]
mod tests {
    use super::list_text;

    #[test]
    fn an_array_is_a_list_of_strings_or_of_literals() {
        for (array, expected) in [
            ("[]", Some("[]")),
            (r#"[ "a" , "b, c", "" ]"#, Some(r#"["a","b, c",""]"#)),
            (
                "[1.0, 1e400,\n-2, true]",
                Some(r#"["1.0","1e400","-2","true"]"#),
            ),
            (r#"["a", 1]"#, None),
            (r#"[1, "a"]"#, None),
            ("[[1]]", None),
            (r#"[{"a":1}]"#, None),
            ("[null]", None),
            (r#"["\ud800"]"#, None),
        ] {
            assert_eq!(list_text(array).as_deref(), expected, "{array}");
        }
    }
}
