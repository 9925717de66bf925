//! Scalars: what Kubernetes reads an unquoted text as.
//!
//! kubectl and most tools for Kubernetes read YAML by `sigs.k8s.io/yaml`, which resolves scalars as go-yaml 2 does: nearly
//! as YAML 1.1 says. An unquoted `on` is a boolean, `017` a number, and `2026-01-01` a text.

/// The type of a scalar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Scalar {
    Text,
    Null,
    Bool(bool),
    Integer(i128),
    Float(f64),
}

impl Scalar {
    /// The type of an unquoted text.
    pub(crate) fn of(text: &str) -> Self {
        match text {
            "" | "~" | "null" | "Null" | "NULL" => return Self::Null,
            "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "true" | "True" | "TRUE" => {
                return Self::Bool(true);
            }
            "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "false" | "False"
            | "FALSE" => return Self::Bool(false),
            ".nan" | ".NaN" | ".NAN" => return Self::Float(f64::NAN),
            ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => {
                return Self::Float(f64::INFINITY);
            }
            "-.inf" | "-.Inf" | "-.INF" => return Self::Float(f64::NEG_INFINITY),
            _ => {}
        }
        match text.as_bytes().first() {
            Some(b'.' | b'+' | b'-' | b'0'..=b'9') if !is_timestamp(text) => {
                number(&text.replace('_', ""))
            }
            _ => Self::Text,
        }
    }

    /// What it is, with an article, as a person calls it.
    pub(crate) fn described(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Integer(_) | Self::Float(_) => "a number",
        }
    }

    /// What the API server calls it in its error.
    pub(crate) fn json_type(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Null => "null",
            Self::Bool(_) => "bool",
            Self::Integer(_) | Self::Float(_) => "number",
        }
    }

    /// The key that an unquoted text becomes. `None` for null and for integers of more than 64 bits, which can't be keys.
    pub(crate) fn as_key(self, text: &str) -> Option<String> {
        match self {
            Self::Text => Some(text.to_owned()),
            Self::Null => None,
            Self::Bool(value) => Some(value.to_string()),
            Self::Integer(value) => i64::try_from(value).ok().map(|value| value.to_string()),
            Self::Float(value) => Some(float_key(value)),
        }
    }
}

fn number(text: &str) -> Scalar {
    integer(text)
        .map(Scalar::Integer)
        .or_else(|| float(text).map(Scalar::Float))
        .unwrap_or(Scalar::Text)
}

/// An integer of 64 bits with a prefix as in Go: `0x`, `0o`, `0b` or `0`.
fn integer(text: &str) -> Option<i128> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => (-1, text.get(1..)?),
        b'+' => (1, text.get(1..)?),
        _ => (1, text),
    };
    let prefixed = |prefix: &str| {
        let (start, rest) = digits.split_at_checked(prefix.len())?;
        start.eq_ignore_ascii_case(prefix).then_some(rest)
    };
    let (digits, radix) = if let Some(digits) = prefixed("0x") {
        (digits, 16)
    } else if let Some(digits) = prefixed("0o") {
        (digits, 8)
    } else if let Some(digits) = prefixed("0b") {
        (digits, 2)
    } else if let Some(digits) = digits.strip_prefix('0').filter(|digits| !digits.is_empty()) {
        (digits, 8)
    } else {
        (digits, 10)
    };
    if !digits.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let value = sign * i128::from(u64::from_str_radix(digits, radix).ok()?);
    // Only a number without a sign may use the 64th bit.
    let least = i128::from(i64::MIN);
    let greatest = match text.as_bytes().first() {
        Some(b'+') => i128::from(i64::MAX),
        _ => i128::from(u64::MAX),
    };
    (least..=greatest).contains(&value).then_some(value)
}

/// Whether it is a decimal number as YAML writes it.
fn is_decimal(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_number = |text: &str| !text.is_empty() && is_digits(text);
    let is_mantissa = match mantissa.split_once('.') {
        Some(("", fraction)) => is_number(fraction),
        Some((whole, fraction)) => is_number(whole) && is_digits(fraction),
        None => is_number(mantissa),
    };
    let is_exponent =
        |exponent: &str| is_number(exponent.strip_prefix(['-', '+']).unwrap_or(exponent));
    is_mantissa && exponent.is_none_or(is_exponent)
}

/// A float of the range that Go parses.
fn float(text: &str) -> Option<f64> {
    is_decimal(text)
        .then(|| text.parse().ok())?
        .filter(|value: &f64| value.is_finite())
}

/// Whether a text is a date, or a date and a time. go-yaml keeps these as texts.
fn is_timestamp(text: &str) -> bool {
    let is_date = |date: &str| {
        let mut parts = date.split('-');
        let mut part = |lengths: std::ops::RangeInclusive<usize>, greatest: u32| {
            let part = parts.next().filter(|part| lengths.contains(&part.len()));
            let number = part.filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
            number
                .and_then(|number| number.parse().ok())
                .is_some_and(|number: u32| number <= greatest)
        };
        part(4..=4, 9999) && part(1..=2, 12) && part(1..=2, 31) && parts.next().is_none()
    };
    // No number has both, so it does not matter whether the rest is a time.
    text.split(['T', 't', ' ']).next().is_some_and(is_date)
}

/// A float as a key of JSON, by Go's `FormatFloat(value, 'g', -1, 32)`.
fn float_key(value: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "this is what it is read as"
    )]
    let value = value as f32;
    if value.is_nan() {
        return ".nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let scientific = format!("{value:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else {
        return scientific;
    };
    match exponent.parse::<i32>() {
        Ok(exponent) if !(-4..6).contains(&exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.abs())
        }
        _ => value.to_string(),
    }
}
