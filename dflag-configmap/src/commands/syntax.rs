//! Syntax: what Kubernetes permits as keys of a ConfigMap, names, labels and annotations.

/// The most characters of a key.
const MAX_KEY: usize = 253;

/// The most characters of an object's name.
pub(crate) const MAX_NAME: usize = 253;

/// The most characters of a label: of a namespace, of a label's value, and of the name in a label's key.
const MAX_LABEL: usize = 63;

/// What the name of a ConfigMap is.
pub(crate) const NAME: &str = "up to 253 lowercase letters, digits, `-` and `.`, with a letter or digit at both ends \
                               and beside each `.`";

/// What a namespace is.
pub(crate) const NAMESPACE: &str =
    "up to 63 lowercase letters, digits and `-`, with a letter or digit at both ends";

/// What the value of a label is.
pub(crate) const LABEL_VALUE: &str =
    "up to 63 letters, digits, `-`, `_` and `.`, with a letter or digit at both ends";

/// What the key of a label or of an annotation is.
pub(crate) const QUALIFIED_NAME: &str = "up to 63 letters, digits, `-`, `_` and `.`, with a letter or digit at both \
                                         ends, and before it, if anything, a domain and `/`";

/// Why a ConfigMap can't have a key; `None` if it can.
pub(crate) fn why_no_key(key: &str) -> Option<&'static str> {
    let is_permitted = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    if key.is_empty() || !key.bytes().all(is_permitted) {
        Some("it may have letters, digits, `-`, `_` and `.`")
    } else if key.len() > MAX_KEY {
        Some("it has more than 253 characters")
    } else if key == "." || key.starts_with("..") {
        Some("`.` and what begins with `..` are reserved")
    } else {
        None
    }
}

/// Whether a ConfigMap can have a key.
pub(crate) fn is_key(key: &str) -> bool {
    why_no_key(key).is_none()
}

/// Whether a ConfigMap can have a [`NAME`].
pub(crate) fn is_name(name: &str) -> bool {
    name.len() <= MAX_NAME && name.split('.').all(is_part)
}

/// Whether it can be a [`NAMESPACE`].
pub(crate) fn is_namespace(name: &str) -> bool {
    name.len() <= MAX_LABEL && is_part(name)
}

/// Whether the API server can make a name of it, by appending letters and digits.
pub(crate) fn is_beginning_of_name(beginning: &str) -> bool {
    (is_name(beginning) || beginning.ends_with('-')) && is_name(&format!("{beginning}a"))
}

/// Whether it can be a [`LABEL_VALUE`].
pub(crate) fn is_label_value(value: &str) -> bool {
    value.is_empty() || is_word(value)
}

/// Whether it can be a [`QUALIFIED_NAME`].
pub(crate) fn is_qualified_name(name: &str) -> bool {
    match name.split_once('/') {
        Some((domain, name)) => is_name(domain) && is_word(name),
        None => is_word(name),
    }
}

/// Lowercase letters, digits and dashes, with a letter or digit at both ends.
fn is_part(part: &str) -> bool {
    let is_alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    has_ends(part, is_alphanumeric)
        && part
            .bytes()
            .all(|byte| is_alphanumeric(byte) || byte == b'-')
}

/// Up to 63 letters, digits, `-`, `_` and `.`, with a letter or digit at both ends.
fn is_word(word: &str) -> bool {
    let is_alphanumeric = |byte: u8| byte.is_ascii_alphanumeric();
    word.len() <= MAX_LABEL
        && has_ends(word, is_alphanumeric)
        && word
            .bytes()
            .all(|byte| is_alphanumeric(byte) || b"-_.".contains(&byte))
}

fn has_ends(text: &str, is_end: impl Fn(u8) -> bool) -> bool {
    let ends = [text.bytes().next(), text.bytes().last()];
    ends.into_iter().all(|end| end.is_some_and(&is_end))
}

#[cfg(test)]
mod tests {
    use super::{
        is_beginning_of_name, is_key, is_label_value, is_name, is_namespace, is_qualified_name,
    };

    #[test]
    fn texts_are_judged_as_in_the_table() {
        let long = |length| "a".repeat(length);
        for (judge, valid, invalid) in [
            (
                is_key as fn(&str) -> bool,
                &["a", "A.b_c-", ".a", "_", &long(253)][..],
                &["", ".", "..", "..a", "a b", "größe", "a/b", &long(254)][..],
            ),
            (
                is_name,
                &["a", "a.b-c.1", "1", &long(253)],
                &[
                    "",
                    "A",
                    "a_b",
                    "a..b",
                    ".a",
                    "a.",
                    "-a",
                    "a-",
                    "a.-b",
                    "a\n",
                    &long(254),
                ],
            ),
            (
                is_namespace,
                &["a", "a-b", &long(63)],
                &["", "a.b", "A", "-a", "a-", &long(64)],
            ),
            (
                is_beginning_of_name,
                &["a", "a-", "a--", "a.b-"],
                &["", "-", "A-", "a_", "a.", "a.-"],
            ),
            (
                is_label_value,
                &["", "a", "A_b.c-1", &long(63)],
                &["a b", "-a", "a-", "_", "a/b", "ä", &long(64)],
            ),
            (
                is_qualified_name,
                &["a", "A.b", "app.kubernetes.io/name", "a/B"],
                &["", "a/", "/a", "a/b/c", "A/b", "a b", "a/-", "_a"],
            ),
        ] {
            for text in valid {
                assert!(judge(text), "{text:?}");
            }
            for text in invalid {
                assert!(!judge(text), "{text:?}");
            }
        }
    }
}
