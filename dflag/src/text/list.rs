//! Lists: how the members of a list stand in one text.

use std::borrow::Cow;

use crate::text::json_array::{self, JsonArray};

/// How a list's text is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ListFormat {
    /// Separates members on one line, beside line breaks.
    pub(crate) delimiter: Option<char>,
    /// Whether white space around members is dropped.
    pub(crate) trim: bool,
    /// Whether empty members are dropped.
    pub(crate) drop_empty: bool,
    /// Whether JSON arrays, and lines with a dash in front, are recognized.
    pub(crate) arrays: bool,
}

/// How a text can be read.
#[derive(Debug, PartialEq)]
pub(crate) enum Reading {
    /// These are the members.
    Members(Vec<String>),
    /// A JSON array of numbers or booleans, which may also be a plain text: these are the members if
    /// the plain reading is invalid.
    Literals {
        plain: Vec<String>,
        members: Vec<String>,
    },
    /// Lines with a dash in front, as a YAML list has them: these are the members if the plain
    /// reading is invalid. If it is valid, nobody knows what was meant.
    Dashes {
        plain: Vec<String>,
        members: Vec<String>,
    },
}

/// What to do about [`Reading::Dashes`] with a valid plain reading.
pub(crate) const DASHES: &str = "lines that begin with a dash can be read in two ways: \
    write one value a line without the dash, or a JSON array of strings";

/// The text without a byte-order mark in front and without the white space around it.
pub(crate) fn trimmed(text: &str) -> &str {
    let text = text.trim();
    text.strip_prefix('\u{feff}').unwrap_or(text).trim()
}

impl ListFormat {
    pub(crate) fn read(self, text: &str) -> Reading {
        if !self.arrays {
            return Reading::Members(self.split(text));
        }
        match text.parse() {
            Ok(JsonArray::Strings(members)) => return Reading::Members(members),
            Ok(JsonArray::Literals(members)) => {
                let plain = self.split(text);
                return Reading::Literals { plain, members };
            }
            Err(()) => {}
        }
        match dashed(text) {
            Some(members) => Reading::Dashes {
                plain: self.split(text),
                members,
            },
            None => Reading::Members(self.split(text)),
        }
    }

    /// The members of a text that is no array.
    fn split(self, text: &str) -> Vec<String> {
        let members = text.lines().flat_map(|line| match self.delimiter {
            Some(delimiter) => line.split(delimiter).collect(),
            None => vec![line],
        });
        members
            .map(|member| if self.trim { member.trim() } else { member })
            .filter(|member| !(self.drop_empty && member.is_empty()))
            .map(str::to_owned)
            .collect()
    }

    /// The members as one text, which reads as these members again: a JSON array, where a member
    /// has the delimiter in it, a blank at an edge, or nothing.
    pub(crate) fn join(self, members: &[Cow<'_, str>]) -> String {
        let mut buffer = [0; 4];
        let delimiter = self.delimiter.unwrap_or('\n').encode_utf8(&mut buffer);
        let plain = members.join(delimiter);
        if !self.arrays {
            return plain;
        }
        let reads_back = match self.read(trimmed(&plain)) {
            Reading::Members(read) | Reading::Literals { plain: read, .. } => read == *members,
            Reading::Dashes { .. } => false,
        };
        if reads_back {
            plain
        } else {
            json_array::to_json(members.iter().map(AsRef::as_ref))
        }
    }
}

/// The lines of a text in which each begins with a dash and a blank, without both.
fn dashed(text: &str) -> Option<Vec<String>> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let members: Option<Vec<String>> = lines
        .map(|line| Some(line.strip_prefix("- ")?.trim().to_owned()))
        .collect();
    members.filter(|members| !members.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{ListFormat, Reading, trimmed};
    use std::borrow::Cow;

    const COMMA: ListFormat = ListFormat {
        delimiter: Some(','),
        trim: true,
        drop_empty: true,
        arrays: true,
    };
    const LINES: ListFormat = ListFormat {
        delimiter: None,
        ..COMMA
    };

    fn owned(members: &[&str]) -> Vec<String> {
        members.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn members_are_split_trimmed_and_dropped_if_empty() {
        for (format, text, expected) in [
            (COMMA, "", &[] as &[_]),
            (
                COMMA,
                "kind.local,ko.local, gcr.io",
                &["kind.local", "ko.local", "gcr.io"],
            ),
            (COMMA, "a,b,\nc\n", &["a", "b", "c"]),
            (COMMA, "a,\r\nb,\r\n", &["a", "b"]),
            (COMMA, r#"["a", "b,c", " "]"#, &["a", "b,c", " "]),
            (COMMA, r#"["a", 1]"#, &[r#"["a""#, "1]"]),
            (LINES, "a, b\n\n c", &["a, b", "c"]),
            (
                ListFormat {
                    drop_empty: false,
                    ..COMMA
                },
                "a,,b",
                &["a", "", "b"],
            ),
            (
                ListFormat {
                    trim: false,
                    drop_empty: false,
                    arrays: false,
                    ..COMMA
                },
                " a,\nb",
                &[" a", "", "b"],
            ),
        ] {
            assert_eq!(
                format.read(text),
                Reading::Members(owned(expected)),
                "{text}"
            );
        }
    }

    #[test]
    fn literals_and_dashes_have_a_plain_reading_too() {
        assert_eq!(
            COMMA.read("[1, 2]"),
            Reading::Literals {
                plain: owned(&["[1", "2]"]),
                members: owned(&["1", "2"])
            },
        );
        assert_eq!(
            COMMA.read("- eu\n\n- us "),
            Reading::Dashes {
                plain: owned(&["- eu", "- us"]),
                members: owned(&["eu", "us"])
            },
        );
    }

    #[test]
    fn what_is_joined_reads_back_as_the_same_members() {
        let parts = [
            "",
            " ",
            "a",
            "a,b",
            " a",
            "a ",
            "- a",
            "[",
            "]",
            "[1]",
            "\"a\"",
            "[\"a\"]",
            "a\nb",
            "\u{feff}",
            "\u{feff}a",
            "\\",
        ];
        let lists = parts
            .iter()
            .flat_map(|one| parts.iter().map(move |two| vec![*one, *two]));
        let lists = lists
            .chain(parts.iter().map(|one| vec![*one]))
            .chain([vec![]]);
        for members in lists {
            for format in [
                COMMA,
                LINES,
                ListFormat {
                    drop_empty: false,
                    ..COMMA
                },
            ] {
                let cows: Vec<Cow<'_, str>> =
                    members.iter().map(|member| Cow::from(*member)).collect();
                let joined = format.join(&cows);
                let (Reading::Members(read) | Reading::Literals { plain: read, .. }) =
                    format.read(trimmed(&joined))
                else {
                    panic!("{joined:?} reads as dashes");
                };
                assert_eq!(read, members, "{joined:?}");
            }
        }
    }
}
