//! Lists: how the members of a list are written as one text.

use std::borrow::Cow;

use crate::text::json_array::{self, JsonArray};

/// How a list's text is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ListFormat {
    /// Separates members, in addition to line breaks.
    pub(crate) delimiter: Option<char>,
    /// Whether white space around members is dropped.
    pub(crate) trim: bool,
    /// Whether empty members are dropped.
    pub(crate) drop_empty: bool,
    /// Whether JSON arrays and lines that begin with a dash are recognized.
    pub(crate) arrays: bool,
}

/// The ways in which a text can be read.
#[derive(Debug, PartialEq)]
pub(crate) enum Reading {
    /// Only in one way.
    Members(Vec<String>),
    /// As a JSON array of numbers or booleans, or as plain text. `members` are used if the plain
    /// reading is invalid.
    Literals {
        plain: Vec<String>,
        members: Vec<String>,
    },
    /// As lines that begin with a dash, like a YAML list, or as plain text. `members` are used if the
    /// plain reading is invalid. If both are valid, the text is ambiguous and rejected.
    Dashes {
        plain: Vec<String>,
        members: Vec<String>,
    },
}

/// The error for [`Reading::Dashes`] whose plain reading is valid.
pub(crate) const DASHES: &str = "lines that begin with a dash can be read in two ways: \
    write one value a line without the dash, or a JSON array of strings";

/// The text without surrounding white space and without a leading byte-order mark.
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
            Some(mut members) => {
                members.retain(|member| !(self.drop_empty && member.is_empty()));
                Reading::Dashes {
                    plain: self.split(text),
                    members,
                }
            }
            None => Reading::Members(self.split(text)),
        }
    }

    /// The members of a text that a flag has accepted.
    pub(crate) fn members(self, text: &str) -> Vec<String> {
        match self.read(text) {
            Reading::Members(members)
            | Reading::Literals { plain: members, .. }
            | Reading::Dashes { members, .. } => members,
        }
    }

    /// The members of a text that is not an array.
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

    /// The members as one text that reads back as the same members. It is a JSON array if a member
    /// contains the delimiter, begins or ends with white space, or is empty.
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

/// The lines of a text in which each begins with a dash and a space, without these. A dash alone, which a
/// template writes for an empty value, is an empty member.
fn dashed(text: &str) -> Option<Vec<String>> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let members: Option<Vec<String>> = lines
        .map(|line| match line.strip_prefix('-')? {
            "" => Some(String::new()),
            member => Some(member.strip_prefix(' ')?.trim().to_owned()),
        })
        .collect();
    members.filter(|members| members.iter().any(|member| !member.is_empty()))
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
    fn literals_and_dashes_also_have_a_plain_reading() {
        assert_eq!(
            COMMA.read("[1, 2]"),
            Reading::Literals {
                plain: owned(&["[1", "2]"]),
                members: owned(&["1", "2"])
            },
        );
        // A template writes a dash alone for an empty value.
        for empty in ["- eu\n-\n- us", "- eu\n- \n- us\n- "] {
            let Reading::Dashes { members, .. } = COMMA.read(empty) else {
                panic!("{empty:?}");
            };
            assert_eq!(members, ["eu", "us"]);
        }
        for other in ["-", "- ", "-\n-", "-5\n-6", "- a\nb"] {
            assert!(matches!(COMMA.read(other), Reading::Members(_)), "{other}");
        }
        assert_eq!(
            COMMA.read("- eu\n\n- us "),
            Reading::Dashes {
                plain: owned(&["- eu", "- us"]),
                members: owned(&["eu", "us"])
            },
        );
    }

    #[test]
    fn joined_members_read_back_as_the_same_members() {
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
