//! Checks: which texts of a flag the program rejects, said in CEL.

use dflag::{FlagSchema, ValueType};

use super::cel::quoted;
use super::pattern::{Domain, domain};

/// The greatest number of digits that always fits CEL's integers.
const DIGITS: u32 = 18;

/// The number of words that a message names, at most.
const NAMED_WORDS: usize = 16;

/// A kind of check. Checks of a kind are one expression with different parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Check {
    /// Parameters: the least and the greatest value.
    Integer,
    /// An integer that CEL's need not hold. Parameters: the least and the greatest value that they do, then the
    /// greatest distance from zero of a negative and of a positive one.
    WideInteger,
    Float,
    /// Parameters: the least and the greatest value.
    BoundedFloat,
    /// Parameters: the words.
    Word,
    /// Words whose ASCII case does not matter. Parameters: the words in lower case.
    WordInAnyCase,
    /// As [`WordInAnyCase`](Self::WordInAnyCase), of ASCII texts: of others a program may compare the case, too.
    AsciiWordInAnyCase,
    /// Parameters: the least and the greatest number of characters.
    Length,
    /// Parameter: the regular expression.
    Pattern,
    /// A regular expression for [ASCII texts](Domain::Ascii).
    AsciiPattern,
    /// Parameters: the least and the greatest number of a list's members.
    Count,
}

/// What a flag's texts have to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Requirement {
    pub(super) check: Check,
    pub(super) parameters: Vec<String>,
    /// The end of the message.
    pub(super) reason: String,
}

impl Check {
    /// The name of the variable.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Integer => "integers",
            Self::WideInteger => "wide_integers",
            Self::Float | Self::BoundedFloat => "numbers",
            Self::Word | Self::WordInAnyCase | Self::AsciiWordInAnyCase => "words",
            Self::Length => "lengths",
            Self::Pattern | Self::AsciiPattern => "patterns",
            Self::Count => "counts",
        }
    }

    /// Whether the text `v` fails the check with the parameters `p`. The expression evaluates without an error for any
    /// text, and within the limits of cost for a text of 1 MiB: only cheap operations precede the bound of its size.
    pub(super) fn fails(self, v: &str, p: &str, max_len: usize) -> String {
        let digits = |wide: &str| {
            format!(
                "!({v}.size() <= 256 ? {v}.matches('^[+-]?[0-9]+$') && [{v}.find('[1-9][0-9]*$')].exists(d, d.size() <= \
                 {DIGITS} ? [int(({v}.startsWith('-') ? '-0' : '0') + d)].exists(n, int({p}[0]) <= n && n <= \
                 int({p}[1])) : {wide}) : {v}.substring(0, 200).matches('^[+-]?0+$'))"
            )
        };
        let float = format!(
            "!({v}.size() <= 1000 ? {v}.matches('^[+-]?((?i:inf|infinity|nan)|([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?\
             [0-9]+)?)$') : {v}.substring(0, 1000).matches('^[-+.0-9eE]+$'))"
        );
        match self {
            Self::Integer => digits("false"),
            Self::WideInteger => digits(&format!(
                "[{p}[{v}.startsWith('-') ? 2 : 3]].exists(m, d.size() < m.size() || (d.size() == m.size() && d <= m))"
            )),
            Self::Float => float,
            // A greater exponent is infinite for Rust, and an error in CEL.
            Self::BoundedFloat => format!(
                "({float} || {v}.size() <= 64 && !{v}.matches('[eE][+-]?[0-9]{{3}}') && ({v}.matches('(?i:nan)$') || \
                 double({v}) < double({p}[0]) || double({v}) > double({p}[1])))"
            ),
            Self::Word => format!("!({v} in {p})"),
            Self::WordInAnyCase => format!("!({v}.lowerAscii() in {p})"),
            Self::AsciiWordInAnyCase => format!(
                "({v}.size() > 1000 || {v}.matches('^[\\\\x00-\\\\x7f]*$') && !({v}.lowerAscii() in {p}))"
            ),
            Self::Length => format!("({v}.size() < int({p}[0]) || {v}.size() > int({p}[1]))"),
            Self::Pattern => format!("({v}.size() <= {max_len} && !{v}.matches({p}[0]))"),
            Self::AsciiPattern => format!(
                "({v}.size() <= {max_len} && {v}.matches('^[\\\\x00-\\\\x0a\\\\x0c-\\\\x7f]*$') && \
                 !{v}.matches({p}[0]))"
            ),
            Self::Count => format!("[{v}.size()].exists(n, n < int({p}[0]) || n > int({p}[1]))"),
        }
    }
}

/// The requirements for a flag's value or, of a list, for each member. Adds what can't be said to `remarks`.
pub(super) fn of_value(flag: &FlagSchema, remarks: &mut Vec<String>) -> Vec<Requirement> {
    let mut requirements = Vec::new();
    match &flag.value_type {
        ValueType::Boolean { words } => requirements.push(boolean(words)),
        ValueType::Integer { min, max } => requirements.push(integer(*min, *max)),
        ValueType::Float { single } => requirements.extend(float(flag, *single)),
        ValueType::Choice {
            values,
            ignore_case,
        } => requirements.extend(choice(values, *ignore_case, remarks)),
        ValueType::Text => {
            if flag.list.is_none() {
                requirements.extend(length(flag));
            }
            if flag.info.min.is_some() || flag.info.max.is_some() {
                remarks.push("the bounds of its text".to_owned());
            }
        }
        ValueType::Json => remarks.push("JSON".to_owned()),
        ValueType::Bytes => remarks.push("raw bytes".to_owned()),
        _ => remarks.push("its values, whose parser the policy does not know".to_owned()),
    }
    if matches!(flag.value_type, ValueType::Text) {
        for pattern in &flag.patterns {
            match matches(pattern) {
                Some(requirement) => requirements.push(requirement),
                None => remarks.push(format!("the pattern {pattern}")),
            }
        }
    }
    requirements
}

/// The requirement for the number of a list's members. `None` if any number will do.
pub(super) fn count(flag: &FlagSchema) -> Option<Requirement> {
    let list = flag.list.as_ref()?;
    // An empty member may count, and an equal one may not: then fewer or more than these are certain.
    let min = flag.info.min_len.unwrap_or(0).max(list.min);
    let min = if list.skips_empty { min } else { 0 };
    let max = [list.max, flag.info.max_len.filter(|_| !list.distinct)];
    let max = max.into_iter().flatten().min();
    between(min, max, Check::Count, ("value", "values"))
}

fn length(flag: &FlagSchema) -> Option<Requirement> {
    let (min, max) = (flag.info.min_len.unwrap_or(0), flag.info.max_len);
    between(min, max, Check::Length, ("character", "characters"))
}

fn between(
    min: usize,
    max: Option<usize>,
    check: Check,
    (one, many): (&str, &str),
) -> Option<Requirement> {
    let unit = |number| if number == 1 { one } else { many };
    let reason = match (min, max) {
        (0, None) => return None,
        (min, None) => format!("at least {min} {} required", unit(min)),
        (0, Some(max)) => format!("at most {max} {} permitted", unit(max)),
        (min, Some(max)) => format!("{min} to {max} {} required", unit(max)),
    };
    let most = i64::try_from(max.unwrap_or(usize::MAX)).unwrap_or(i64::MAX);
    Some(Requirement {
        check,
        parameters: vec![min.to_string(), most.to_string()],
        reason,
    })
}

fn integer(min: i128, max: i128) -> Requirement {
    let limit = 10_i128.pow(DIGITS);
    let is_narrow = |bound: i128| -limit < bound && bound < limit;
    let reason = format!("an integer from {min} to {max} is required");
    let in_cel = |bound: i128| {
        let (least, most) = (i128::from(i64::MIN), i128::from(i64::MAX));
        bound.clamp(least, most).to_string()
    };
    let mut parameters = vec![in_cel(min), in_cel(max)];
    if is_narrow(min) && is_narrow(max) {
        return Requirement {
            check: Check::Integer,
            parameters,
            reason,
        };
    }
    let distance = |bound: i128, is_within: bool| {
        if is_within && !is_narrow(bound) {
            bound.unsigned_abs().to_string()
        } else {
            String::new()
        }
    };
    parameters.extend([distance(min, min < 0), distance(max, max > 0)]);
    Requirement {
        check: Check::WideInteger,
        parameters,
        reason,
    }
}

/// `None` if the program rejects every number, which it says itself when it starts.
fn float(flag: &FlagSchema, single: bool) -> Option<Requirement> {
    let bound = |text: &Option<String>| text.as_deref().map(str::parse::<f64>).transpose();
    let (Ok(min), Ok(max)) = (bound(&flag.info.min), bound(&flag.info.max)) else {
        return None;
    };
    let reason = match (&flag.info.min, &flag.info.max) {
        (None, None) => "a number is required".to_owned(),
        (Some(min), None) => format!("a number from {min} is required"),
        (None, Some(max)) => format!("a number up to {max} is required"),
        (Some(min), Some(max)) => format!("a number from {min} to {max} is required"),
    };
    if min.is_none() && max.is_none() {
        return Some(Requirement {
            check: Check::Float,
            parameters: Vec::new(),
            reason,
        });
    }
    // An `f32` rounds a text beyond its bound to the bound. CEL has only `f64`.
    let slack = if single { f64::from(f32::EPSILON) } else { 0.0 };
    let wider = |bound: f64, sign: f64| {
        let tiny = if slack > 0.0 {
            f64::from(f32::MIN_POSITIVE)
        } else {
            0.0
        };
        bound + sign * (bound.abs() * slack + tiny)
    };
    let min = min.map_or(f64::NEG_INFINITY, |min| wider(min, -1.0));
    let max = max.map_or(f64::INFINITY, |max| wider(max, 1.0));
    if min.is_nan() || max.is_nan() {
        return None;
    }
    Some(Requirement {
        check: Check::BoundedFloat,
        parameters: vec![format!("{min:?}"), format!("{max:?}")],
        reason,
    })
}

fn boolean(words: &[String]) -> Requirement {
    Requirement {
        check: Check::WordInAnyCase,
        parameters: words.to_vec(),
        reason: one_of(words),
    }
}

fn choice(values: &[String], ignore_case: bool, remarks: &mut Vec<String>) -> Option<Requirement> {
    let reason = one_of(values);
    if !ignore_case {
        return Some(Requirement {
            check: Check::Word,
            parameters: values.to_vec(),
            reason,
        });
    }
    if values
        .iter()
        .any(|value| !value.is_ascii() || value.len() > 1000)
    {
        remarks.push("possible values whose case is ignored and that are not ASCII".to_owned());
        return None;
    }
    Some(Requirement {
        check: Check::AsciiWordInAnyCase,
        parameters: values
            .iter()
            .map(|value| value.to_ascii_lowercase())
            .collect(),
        reason,
    })
}

fn one_of(words: &[String]) -> String {
    let named: Vec<&str> = words.iter().take(NAMED_WORDS).map(String::as_str).collect();
    let named = named.join(", ");
    match words.len().saturating_sub(NAMED_WORDS) {
        0 => format!("one of {named} is required"),
        others => format!("one of {named} and {others} more is required"),
    }
}

fn matches(pattern: &str) -> Option<Requirement> {
    let check = match domain(pattern)? {
        Domain::All => Check::Pattern,
        Domain::Ascii => Check::AsciiPattern,
    };
    Some(Requirement {
        check,
        parameters: vec![pattern.to_owned()],
        reason: format!("does not match {pattern}"),
    })
}

/// The expression that a list's members are, of the text `v`.
pub(super) fn members(v: &str, delimiter: Option<char>) -> String {
    let lines = match delimiter {
        Some(delimiter) if delimiter != '\n' => {
            let delimiter = quoted(delimiter.encode_utf8(&mut [0; 4]));
            format!("{v}.replace('\\n', {delimiter}).split({delimiter})")
        }
        _ => format!("{v}.split('\\n')"),
    };
    format!("{lines}.map(m, m.trim()).filter(m, m != '')")
}
