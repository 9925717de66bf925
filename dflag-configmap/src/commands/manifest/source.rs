//! Sources: the text of a manifest, as the parser gets it.

use std::borrow::Cow;

use super::position::Position;
use crate::commands::unusable::Unusable;

/// The text of a manifest.
#[derive(Debug)]
pub(crate) struct Source<'a> {
    text: Cow<'a, str>,
    /// The places in the parser's text where it has fewer characters than the manifest.
    shortened: Vec<Shortened>,
}

/// An escape that was replaced by the character that it stands for.
#[derive(Debug)]
struct Shortened {
    line: usize,
    /// The column of the character, which counts from 0.
    column: usize,
}

/// The length of an escaped surrogate pair, such as `\ud83d\ude00`.
const PAIR: usize = 12;

impl<'a> Source<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Result<Self, Unusable> {
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let valid = String::from_utf8_lossy(valid);
            Unusable::at(end(&valid), "not UTF-8 text")
        })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        // go-yaml ends a line there, as YAML 1.1 says, and no editor does.
        if let Some((before, _)) = text.split_once(['\u{85}', '\u{2028}', '\u{2029}']) {
            let breaks = "U+0085, U+2028 and U+2029 end a line for Kubernetes, which editors do not show; \
                          write such a character as an escape in double quotes, \"\\u2028\"";
            return Err(Unusable::at(end(before), breaks));
        }
        let is_json = text.trim_start().starts_with(['{', '[']);
        let mut source = Self {
            text: Cow::Borrowed(text),
            shortened: Vec::new(),
        };
        if is_json && text.contains("\\u") {
            source.replace_pairs(text);
        }
        Ok(source)
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The position in the manifest of one in the parser's text, whose column counts from 0.
    pub(crate) fn position(&self, line: usize, column: usize) -> Position {
        let before = |place: &&Shortened| place.line == line && place.column < column;
        let first = self.shortened.partition_point(|place| place.line < line);
        let places = self.shortened.iter().skip(first);
        let removed = places.take_while(before).count() * (PAIR - 1);
        Position {
            line,
            column: column + removed + 1,
        }
    }

    /// Replaces each escaped surrogate pair in a string by its character. JSON has such pairs, and YAML has not.
    fn replace_pairs(&mut self, text: &str) {
        let mut replaced = String::with_capacity(text.len());
        let mut in_string = false;
        for (index, line) in text.split_inclusive('\n').enumerate() {
            let mut column = 0;
            let mut rest = line;
            while let Some(next) = rest.chars().next() {
                let pair = surrogate_pair(rest).filter(|_| in_string);
                let length = if let Some(character) = pair {
                    let line = index + 1;
                    self.shortened.push(Shortened { line, column });
                    replaced.push(character);
                    PAIR
                } else {
                    // The character after a backslash belongs to it: `\\ud83d` is no escape of a surrogate.
                    let escaped = rest.chars().nth(1).filter(|_| in_string && next == '\\');
                    in_string ^= next == '"';
                    replaced.push(next);
                    replaced.extend(escaped);
                    column += usize::from(escaped.is_some());
                    next.len_utf8() + escaped.map_or(0, char::len_utf8)
                };
                rest = rest.get(length..).unwrap_or_default();
                column += 1;
            }
        }
        self.text = Cow::Owned(replaced);
    }
}

/// The character of an escaped surrogate pair at the beginning of a text.
fn surrogate_pair(text: &str) -> Option<char> {
    let unit = |text: &str| {
        let digits = text.strip_prefix("\\u")?.get(..4)?;
        u16::from_str_radix(digits, 16).ok()
    };
    let units = [unit(text)?, unit(text.get(PAIR / 2..)?)?];
    let mut characters = char::decode_utf16(units);
    match (characters.next(), characters.next()) {
        (Some(Ok(character)), None) => Some(character),
        _ => None,
    }
}

/// The position after a text.
fn end(text: &str) -> Position {
    let lines = text.split_inclusive('\n');
    let (mut line, mut column) = (1, 1);
    for part in lines {
        if part.ends_with('\n') {
            line += 1;
            column = 1;
        } else {
            column = part.chars().count() + 1;
        }
    }
    Position { line, column }
}
