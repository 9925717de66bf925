//! Regular expressions: the subset that Rust's `regex` and the API server's RE2 read alike.
//!
//! Classes such as `\d` match Unicode characters in Rust and ASCII characters in RE2, and the tables of Unicode have
//! versions. A pattern that depends on either is judged for ASCII texts only, on which both agree.

use std::iter::Peekable;
use std::str::Chars;

/// The length of a pattern, at most: matching costs its length times that of the text.
const MAX_LEN: usize = 500;

/// The greatest number of repetitions that RE2 permits.
const MAX_REPEAT: u32 = 1000;

/// A pattern that both read alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Domain {
    /// For any text.
    All,
    /// For texts of ASCII characters but for the vertical tab, which is white space in Rust only.
    Ascii,
}

/// For which texts both read a pattern alike; `None` if that is not known of any.
pub(super) fn domain(pattern: &str) -> Option<Domain> {
    if pattern.len() > MAX_LEN {
        return None;
    }
    let (rest, domain) = match pattern.strip_prefix("(?i)") {
        Some(rest) => (rest, Domain::Ascii),
        None => (pattern, Domain::All),
    };
    let mut scanner = Scanner {
        chars: rest.chars().peekable(),
        domain,
        last: Last::Start,
        repeated: 1,
        repeats_groups: false,
    };
    while scanner.chars.peek().is_some() {
        scanner.token()?;
    }
    // RE2 bounds the product of nested repetitions. Those of single characters are not nested.
    let is_bounded = !scanner.repeats_groups || scanner.repeated <= MAX_REPEAT;
    is_bounded.then_some(scanner.domain)
}

/// What a repetition would repeat.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    /// Nothing, or what is empty.
    Start,
    Atom,
    Group,
    Repeated,
}

struct Scanner<'a> {
    chars: Peekable<Chars<'a>>,
    domain: Domain,
    last: Last,
    /// The product of all repetitions.
    repeated: u32,
    repeats_groups: bool,
}

impl Scanner<'_> {
    fn token(&mut self) -> Option<()> {
        self.last = match self.chars.next()? {
            '\\' => self.escape()?,
            '[' => self.class()?,
            '(' => self.group()?,
            ')' => Last::Group,
            '^' | '$' | '|' => Last::Start,
            '*' | '+' | '?' => self.repetition(MAX_REPEAT + 1)?,
            '{' => {
                let most = self.count()?;
                self.repetition(most)?
            }
            _ => Last::Atom,
        };
        Some(())
    }

    /// What follows a backslash outside of a class.
    fn escape(&mut self) -> Option<Last> {
        if self
            .chars
            .next_if(|next| matches!(next, 'b' | 'B'))
            .is_some()
        {
            self.domain = Domain::Ascii;
            return Some(Last::Start);
        }
        if self
            .chars
            .next_if(|next| matches!(next, 'A' | 'z'))
            .is_some()
        {
            return Some(Last::Start);
        }
        self.character_or_class()?;
        Some(Last::Atom)
    }

    fn character_or_class(&mut self) -> Option<()> {
        match self.chars.next()? {
            'd' | 'D' | 'w' | 'W' | 's' | 'S' => self.domain = Domain::Ascii,
            'n' | 't' | 'r' | 'f' | 'v' => {}
            // Rust reads these as the edges of a word.
            '<' | '>' => return None,
            punctuation if punctuation.is_ascii_punctuation() => {}
            _ => return None,
        }
        Some(())
    }

    /// Characters and ranges. Not sets within sets, of which RE2 knows only those of POSIX.
    fn class(&mut self) -> Option<Last> {
        self.chars.next_if_eq(&'^');
        self.chars.next_if_eq(&'-');
        let mut is_empty = true;
        loop {
            let character = self.chars.next()?;
            match character {
                ']' if is_empty => return None,
                ']' => return Some(Last::Atom),
                '[' => return None,
                // Doubled, these are Rust's operators of sets. A dash that is neither first nor last is doubtful.
                '&' | '~' if self.chars.peek() == Some(&character) => return None,
                '-' if self.chars.peek() != Some(&']') => return None,
                '\\' => self.character_or_class()?,
                _ => {}
            }
            is_empty = false;
            if self.chars.peek() == Some(&'-') {
                self.range()?;
            }
        }
    }

    /// The end of a range, or a dash that is last.
    fn range(&mut self) -> Option<()> {
        self.chars.next();
        match self.chars.peek()? {
            ']' => {}
            '[' | '-' | '&' | '~' | '\\' => return None,
            _ => _ = self.chars.next(),
        }
        Some(())
    }

    fn group(&mut self) -> Option<Last> {
        if self.chars.next_if_eq(&'?').is_some() {
            self.chars.next_if_eq(&':')?;
        }
        Some(Last::Start)
    }

    /// `n}`, `n,}` or `n,m}`. Returns the greatest number.
    fn count(&mut self) -> Option<u32> {
        let least = self.number()?;
        let most = if self.chars.next_if_eq(&',').is_none() {
            least
        } else if self.chars.peek() == Some(&'}') {
            least.max(1)
        } else {
            self.number()?
        };
        self.chars.next_if_eq(&'}')?;
        (most <= MAX_REPEAT).then_some(most)
    }

    fn number(&mut self) -> Option<u32> {
        let mut digits = String::new();
        while let Some(digit) = self.chars.next_if(char::is_ascii_digit) {
            digits.push(digit);
        }
        digits.parse().ok()
    }

    /// A repetition of what came last. RE2 has no repetition of a repetition.
    fn repetition(&mut self, most: u32) -> Option<Last> {
        if matches!(self.last, Last::Start | Last::Repeated) {
            return None;
        }
        if most <= MAX_REPEAT {
            self.repeated = self.repeated.saturating_mul(most.max(1));
            self.repeats_groups |= self.last == Last::Group;
        }
        self.chars.next_if_eq(&'?');
        Some(Last::Repeated)
    }
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
