//! Shortening texts that are kept or shown only up to a length.

use std::borrow::Cow;

/// The text, or its beginning and an ellipsis if it has more than `max` bytes.
pub(crate) fn shortened(text: &str, max: usize) -> Cow<'_, str> {
    if text.len() <= max {
        return text.into();
    }
    let end = (0..=max).rev().find(|end| text.is_char_boundary(*end));
    let mut shortened = text.get(..end.unwrap_or(0)).unwrap_or_default().to_owned();
    shortened.push('…');
    shortened.into()
}

#[cfg(test)]
mod tests {
    use super::shortened;

    #[test]
    fn text_is_cut_between_characters() {
        for (text, max, expected) in [
            ("größe", 7, "größe"),
            ("größe", 6, "größ…"),
            ("größe", 3, "gr…"),
            ("", 0, ""),
            ("ö", 1, "…"),
        ] {
            assert_eq!(shortened(text, max), expected, "{text} {max}");
        }
    }
}
