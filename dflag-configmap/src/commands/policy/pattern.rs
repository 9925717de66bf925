//! Regular expressions: the subset that Rust's `regex` and the API server's RE2 read alike.
//!
//! Classes such as `\d` match Unicode characters in Rust and ASCII characters in RE2, and the tables of Unicode have
//! versions. A pattern that depends on either is judged for ASCII texts only, on which both agree.

use crate::commands::pattern::{Part, parts};

/// The length of a pattern, at most: matching costs its length times that of the text.
const MAX_LEN: usize = 500;

/// The texts for which both read a pattern alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Domain {
    /// Any text.
    All,
    /// Texts of ASCII characters but for the vertical tab, which is white space in Rust only.
    Ascii,
}

/// For which texts both read a pattern alike; `None` if that is not known of any.
pub(super) fn domain(pattern: &str) -> Option<Domain> {
    if pattern.len() > MAX_LEN {
        return None;
    }
    let (ignores_case, rest) = match pattern.strip_prefix("(?i)") {
        Some(rest) => (true, rest),
        None => (false, pattern),
    };
    let is_ascii = |part: &Part| matches!(part, Part::Shorthand { .. } | Part::WordBoundary);
    let needs_ascii = parts(rest)?.iter().any(is_ascii) || ignores_case;
    Some(if needs_ascii {
        Domain::Ascii
    } else {
        Domain::All
    })
}

#[cfg(test)]
mod tests {
    use super::{Domain, domain};

    #[test]
    fn common_patterns_are_judged() {
        for pattern in [
            "",
            "^[a-z]+$",
            "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$",
            r"^https?://[^/\s]+(?::[0-9]{1,5})?$",
            r"^\[x\]$",
            "a|b|",
            "[a-]",
            "[^-a]",
            "ß+?",
            r"\A.*\z",
            "[a-z]{63}[.][a-z]{63}",
        ] {
            assert!(domain(pattern).is_some(), "{pattern}");
        }
        assert_eq!(domain("^[a-z.]+$"), Some(Domain::All));
    }

    #[test]
    fn classes_of_unicode_are_judged_for_ascii_only() {
        for pattern in [r"^\d+$", r"\bword\b", "[^\\w]", "(?i)^on$", r"\S"] {
            assert_eq!(domain(pattern), Some(Domain::Ascii), "{pattern}");
        }
    }

    #[test]
    fn anything_that_may_differ_is_not_judged() {
        for pattern in [
            r"\pL",
            r"\p{Greek}",
            "[[:alpha:]]",
            "[a-z&&[^b]]",
            "[a--b]",
            "[a~~b]",
            "[a-c-e]",
            r"[\b]",
            "[]a]",
            "(?x) a",
            "(?s).",
            "(?P<a>b)",
            "a(?i)b",
            r"\x41",
            r"\u{41}",
            r"\<a",
            r"\b{start}",
            "a{,5}",
            "a{1001}",
            "(a{100}){100}",
            "a**",
            "^*",
            "[",
            "\\",
            &"a".repeat(501),
        ] {
            assert_eq!(domain(pattern), None, "{pattern}");
        }
    }
}
