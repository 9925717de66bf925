//! Lines: a watch has one event a line, and lines do not keep to the pieces in which bytes arrive.

use crate::client::MAX_RESPONSE;

/// The bytes that have arrived and are no whole line yet.
#[derive(Debug, Default)]
pub(super) struct Lines {
    bytes: Vec<u8>,
    /// How many of them are known to have no line feed.
    searched: usize,
}

impl Lines {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole line, without its end. Empty lines are left out.
    pub(super) fn next(&mut self) -> Option<Vec<u8>> {
        loop {
            let unsearched = self.bytes.get(self.searched..).unwrap_or_default();
            let Some(at) = unsearched.iter().position(|byte| *byte == b'\n') else {
                self.searched = self.bytes.len();
                return None;
            };
            let rest = self.bytes.split_off(self.searched + at + 1);
            let mut line = std::mem::replace(&mut self.bytes, rest);
            self.searched = 0;
            while line.last().is_some_and(u8::is_ascii_whitespace) {
                line.pop();
            }
            if !line.is_empty() {
                return Some(line);
            }
        }
    }

    /// Whether part of a line has arrived.
    pub(super) fn is_truncated(&self) -> bool {
        !self.bytes.is_empty()
    }

    /// Whether the line that is arriving is longer than any event.
    pub(super) fn is_too_long(&self) -> bool {
        self.bytes.len() > MAX_RESPONSE
    }
}

#[cfg(test)]
mod tests {
    use super::{Lines, MAX_RESPONSE};

    fn lines(pieces: &[&str]) -> (Vec<String>, bool) {
        let (mut lines, mut found) = (Lines::default(), Vec::new());
        for piece in pieces {
            lines.push(piece.as_bytes());
            while let Some(line) = lines.next() {
                found.push(String::from_utf8(line).unwrap());
            }
        }
        (found, lines.is_truncated())
    }

    #[test]
    fn lines_are_whole_however_their_bytes_arrive() {
        let text = "{\"a\"}\n\n{\"b\"}\r\n{\"c\"}\n";
        let expected = (
            ["{\"a\"}", "{\"b\"}", "{\"c\"}"].map(String::from).to_vec(),
            false,
        );
        assert_eq!(lines(&[text]), expected);
        let letters: Vec<String> = text.chars().map(String::from).collect();
        let letters: Vec<&str> = letters.iter().map(String::as_str).collect();
        assert_eq!(lines(&letters), expected);
        for at in 0..text.len() {
            assert_eq!(lines(&[&text[..at], &text[at..]]), expected, "{at}");
        }
    }

    #[test]
    fn truncated_line_is_no_line() {
        assert_eq!(
            lines(&["{\"a\"}\n{\"b"]),
            (vec!["{\"a\"}".to_owned()], true)
        );
    }

    #[test]
    fn endless_line_is_noticed() {
        let mut lines = Lines::default();
        lines.push(&vec![b'x'; MAX_RESPONSE + 1]);
        assert!(lines.next().is_none() && lines.is_too_long());
    }
}
