//! The schema of a flag: what is known of it and of the texts that set it.

use crate::listing::info::FlagInfo;

/// A flag and the texts that a source may set it to, as [`Flags::describe`](crate::Flags::describe) returns it.
///
/// It is for tools that judge texts without the program, or write them: a manifest, a JSON Schema, an admission policy.
/// Every text that sets the flag fits its schema, but not every text that fits sets it: a check, a rule or a parser of
/// the program's own may reject it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct FlagSchema {
    /// Names, help, bounds, and the value that the command line, the environment or the default gives. Unlike in a
    /// [listing](crate::Flags::list), the bounds of a secret are there, too: they are no secret, and its values are masked.
    pub info: FlagInfo,
    /// The type of the value; of a [list](Self::list), of each member.
    pub value_type: ValueType,
    /// The form of a list's text; `None` if the flag takes one value.
    pub list: Option<ListForm>,
    /// Whether an empty text is valid and may mean no value: the field is an `Option`.
    pub optional: bool,
    /// Whether the command line has to have a value, or a source in its place.
    pub required: bool,
    /// Whether white space around the text, a byte-order mark before it, and empty members count for nothing: not so with
    /// `#[flag(trim = false)]`.
    pub trim: bool,
    /// Whether a source that gives the text of [`info.value`](FlagInfo::value) gives an equal value. Not so without a value,
    /// for a secret, whose text is masked, and for a value that only the command line can give, such as a text with white
    /// space around it.
    pub reads_back: bool,
    /// Regular expressions of [`validate::matches`](crate::validate). Each matches some part of every valid text; of a list,
    /// of every member. Those of a secret are left out.
    pub patterns: Vec<String>,
}

/// The type of a value, as far as it decides which texts are valid.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub enum ValueType {
    /// `true` or `false`, or one of the words that a file may have instead.
    Boolean {
        /// All words, `true` and `false` among them. ASCII case does not matter.
        words: Vec<String>,
    },
    /// A decimal integer with an optional sign.
    Integer {
        /// The least value: the type's, or that of a bound.
        min: i128,
        /// The greatest value.
        max: i128,
    },
    /// A number as [`f64::from_str`](std::str::FromStr) reads it, `inf` and `nan` among them.
    Float {
        /// Whether it is an `f32`, to which the number in the text is rounded, and no `f64`.
        single: bool,
    },
    /// One of a few values.
    Choice {
        /// All of them, with their aliases and those that help hides.
        values: Vec<String>,
        /// Whether ASCII case does not matter.
        ignore_case: bool,
    },
    /// Any text.
    Text,
    /// JSON; see `dflag::value::json`.
    Json,
    /// Raw bytes, or base64; see `dflag::value::Bytes`.
    Bytes,
    /// Not known, since the parser is the program's own, or that of a type that clap has no parser for.
    Other,
}

/// How the text of a list is written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ListForm {
    /// What separates members, in addition to line breaks.
    pub delimiter: Option<char>,
    /// The least number of members.
    pub min: usize,
    /// The greatest number of members, if there is one.
    pub max: Option<usize>,
    /// Whether empty members count for nothing. In groups of several values, their positions matter.
    pub skips_empty: bool,
    /// Whether equal members count once: the value is a set.
    pub distinct: bool,
}
