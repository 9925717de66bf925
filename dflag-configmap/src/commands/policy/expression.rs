//! Expressions: a list of problems, of rows of keys that have to pass equal checks.

use std::fmt::Write as _;

use super::cel::{cut, shown, without_mark};
use super::check::{Check, members};

/// How the text of a key is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Form {
    pub(super) trim: bool,
    /// Whether an empty text is valid.
    pub(super) optional: bool,
    /// Whether no message may show the text.
    pub(super) secret: bool,
    pub(super) shape: Shape,
}

/// What a text has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shape {
    /// One value.
    Value,
    /// Members on lines of their own, or between delimiters.
    List(Option<char>),
}

impl Shape {
    pub(super) fn is_list(self) -> bool {
        self != Self::Value
    }
}

/// When two texts of one flag are different values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Difference {
    Boolean,
    Integer,
    Text,
    UntrimmedText,
}

/// The problems of values: one text for each row with any.
pub(super) fn values(check: Check, form: Form, rows: &str, max_len: usize) -> String {
    let mut expression = format!(
        "!has(object.data) ? [] : [\n{rows}]\n.map(r, r[0]\n.filter(k, k in object.data)\n"
    );
    if form.trim {
        let trimmed = without_mark("t[1]");
        let _ = write!(
            expression,
            ".map(k, [k, object.data[k].trim()])\n.map(t, [t[0], {trimmed}])\n"
        );
    } else {
        expression.push_str(".map(k, [k, string(object.data[k])])\n");
    }
    if form.optional {
        expression.push_str(".filter(t, t[1] != '')\n");
    }
    match form.shape {
        Shape::Value => {
            let fails = check.fails("t[1]", "r[1]", max_len);
            let _ = writeln!(expression, ".filter(t, {fails})");
        }
        Shape::List(delimiter) => {
            let _ = writeln!(
                expression,
                ".filter(t, t[1].size() <= {max_len} && !t[1].matches('^(\\\\[|-([^0-9]|$))'))"
            );
            let members = members("t[1]", delimiter);
            let _ = if check == Check::Count {
                writeln!(
                    expression,
                    ".filter(t, {})",
                    check.fails(&members, "r[1]", max_len)
                )
            } else {
                let fails = check.fails("m", "r[1]", max_len);
                writeln!(
                    expression,
                    ".map(t, [t[0]] + {members}.filter(m, {fails}))\n.filter(t, t.size() > 1)"
                )
            };
        }
    }
    if form.secret {
        expression.push_str(".map(t, '`' + t[0] + '`: invalid value of a secret: ' + r[2][0])\n");
    } else {
        let (cut, shown) = (cut("t[1]"), shown("t[1]"));
        let _ = write!(
            expression,
            ".map(t, [t[0], {cut}])\n.map(t, '`' + t[0] + '`: invalid value ' + {shown} + ': ' + r[2][0])\n"
        );
    }
    expression.push_str(".join('; '))\n.filter(m, m != '')");
    expression
}

/// The pairs of keys that set one flag to different values. An empty text may set none.
pub(super) fn conflicts(difference: Difference, rows: &str) -> String {
    let trim = difference != Difference::UntrimmedText;
    let text = if trim {
        "object.data[k].trim()"
    } else {
        "object.data[k]"
    };
    let value = |v: &str| match difference {
        Difference::Boolean => {
            format!("({v}.lowerAscii() in ['true', 'yes', 'on', '1', 'y', 't'])")
        }
        Difference::Integer => {
            format!(
                "({v}.matches('[1-9]') && {v}.startsWith('-') ? '-' : '') + {v}.find('[1-9][0-9]*$')"
            )
        }
        Difference::Text | Difference::UntrimmedText => v.to_owned(),
    };
    let (one, other) = (value("v[0]"), value("v[1]"));
    let bound = match difference {
        Difference::Boolean | Difference::Integer => "t.size() <= 256",
        Difference::Text | Difference::UntrimmedText => "true",
    };
    format!(
        "!has(object.data) ? [] : [\n{rows}]\n.filter(p, p.all(k, k in object.data))\n\
         .filter(p, [p.map(k, {text})].exists(v, v.all(t, t != '' && !t.startsWith('\\ufeff') && {bound})\n\
         && {one} != {other}))\n\
         .map(p, '`' + p[0] + '` and `' + p[1] + '` set one flag to different values: remove one of them')"
    )
}

/// The keys in this field that mix `-` and `_`.
pub(super) fn mixed_spellings(rows: &str, field: &str) -> String {
    format!(
        "!has(object.{field}) ? [] : [\n{rows}]\n.map(r, r[0]\n.filter(k, k in object.{field})\n\
         .map(k, '`' + k + '`: mixes `-` and `_`: write `' + r[1][0] + '`')\n.join('; '))\n.filter(m, m != '')"
    )
}

/// The keys in `binaryData` that are a flag's.
pub(super) fn binary_keys(rows: &str) -> String {
    format!(
        "!has(object.binaryData) ? [] : [\n{rows}]\n.filter(k, k in object.binaryData)\n\
         .map(k, '`' + k + '`: a flag is set in `data`, not in `binaryData`')"
    )
}
