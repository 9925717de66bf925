//! Floating-point numbers: expressions for the texts of a range.
//!
//! They compare digits, so they bound the numbers that are written without an exponent. A number beyond a bound can be so
//! near to it that the program reads the bound: it matches, too.

use super::expression::any;
use super::integer::digits;

/// A number as Rust parses it.
const NUMBER: &str = "[+-]?(?:[iI][nN][fF](?:[iI][nN][iI][tT][yY])?|[nN][aA][nN]\
    |(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?)";

/// What comes after the digits before the point, if they decide.
const REST: &str = "(?:\\.[0-9]*)?";

/// A number without a sign or an exponent, as a part of a greater expression.
const UNSIGNED: &str = "[0-9]*(?:\\.[0-9]*)?";

/// A number with an exponent, as a part of a greater expression.
const SCIENTIFIC: &str = "[+-]?[0-9.]+[eE][+-]?[0-9]+";

const INFINITY: &str = "[iI][nN][fF](?:[iI][nN][iI][tT][yY])?";

/// The most digits of a bound that an expression compares. People read it in error messages.
const MAX_DIGITS: usize = 12;

/// The type of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Precision {
    Single,
    Double,
}

/// The expressions that a number within the bounds matches. A bound that no expression can compare counts as none.
pub(super) fn floats(precision: Precision, min: Option<&str>, max: Option<&str>) -> Vec<String> {
    let bound = |text: Option<&str>| Bound::new(text?, precision);
    let min = bound(min).and_then(|min| at_least(&min));
    let max = bound(max).and_then(|max| at_most(&max));
    [Some(NUMBER.to_owned()), min, max]
        .into_iter()
        .flatten()
        .collect()
}

/// An expression for the numbers that are not less.
fn at_least(min: &Bound) -> Option<String> {
    let negative_or_positive = if min.is_negative || min.is_zero() {
        format!("\\+?{UNSIGNED}|-(?:{})", min.up_to()?)
    } else {
        format!("\\+?(?:{})", min.from()?)
    };
    Some(format!(
        "(?:{negative_or_positive}|{SCIENTIFIC}|\\+?{INFINITY})"
    ))
}

/// An expression for the numbers that are not greater.
fn at_most(max: &Bound) -> Option<String> {
    let negative_or_positive = if max.is_negative {
        format!("-(?:{})", max.from()?)
    } else {
        format!("-{UNSIGNED}|\\+?(?:{})", max.up_to()?)
    };
    Some(format!(
        "(?:{negative_or_positive}|{SCIENTIFIC}|-{INFINITY})"
    ))
}

/// The digits of a bound.
struct Bound {
    is_negative: bool,
    /// Before the point, without leading zeros: empty if there are no others.
    whole: String,
    /// After the point, without trailing zeros.
    fraction: String,
    precision: Precision,
}

impl Bound {
    fn new(text: &str, precision: Precision) -> Option<Self> {
        // The shortest text that is parsed into the bound.
        let (is_negative, digits) = match precision {
            Precision::Single => {
                let bound: f32 = text.parse().ok().filter(|bound: &f32| bound.is_finite())?;
                (bound < 0.0, bound.abs().to_string())
            }
            Precision::Double => {
                let bound: f64 = text.parse().ok().filter(|bound: &f64| bound.is_finite())?;
                (bound < 0.0, bound.abs().to_string())
            }
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
        (digits.len() <= MAX_DIGITS).then(|| Self {
            is_negative,
            whole: whole.trim_start_matches('0').to_owned(),
            fraction: fraction.trim_end_matches('0').to_owned(),
            precision,
        })
    }

    fn is_zero(&self) -> bool {
        self.whole.is_empty() && self.fraction.is_empty()
    }

    /// The numbers without a sign that are not greater. `None` if those that are can be too near to tell.
    fn up_to(&self) -> Option<String> {
        // With so many zeros after the bound's digits, the program may read the bound.
        let zeros = self.longest(|count| {
            let beyond = format!("{}.{}{:0>count$}", self.whole_or_zero(), self.fraction, 1);
            self.is_greater(&beyond, &self.text())
        })?;
        let mut fraction = format!("(?:0*|0{{{zeros}}}[0-9]*)");
        for digit in self.fraction.bytes().rev() {
            let less = less(digit).map_or_else(String::new, |less| format!("{less}[0-9]*|"));
            fraction = format!("(?:{less}{}{fraction})?", char::from(digit));
        }
        let mut expressions = Vec::new();
        match self.whole_number()? {
            0 => {}
            1 => expressions.push(format!("0*{REST}")),
            whole => expressions.push(format!("0*(?:{})?{REST}", digits(0, whole - 1))),
        }
        expressions.push(format!("0*{}(?:\\.{fraction})?", self.whole));
        Some(any(&expressions))
    }

    /// The numbers without a sign that are not less, if the bound is not 0.
    fn from(&self) -> Option<String> {
        let (whole, fraction) = self.predecessor()?;
        // With so many nines after the digits before, the program may read the bound.
        let nines = self.longest(|count| {
            let below = format!("0{whole}.{fraction}{}", "9".repeat(count));
            self.is_greater(&self.text(), &below)
        })?;
        let mut expressions = vec![format!("0*{whole}\\.{fraction}9{{{nines}}}[0-9]*")];
        let mut rest = if self.fraction.is_empty() {
            REST
        } else {
            "[0-9]*"
        }
        .to_owned();
        for digit in self.fraction.bytes().rev() {
            let greater =
                greater(digit).map_or_else(String::new, |greater| format!("{greater}[0-9]*|"));
            rest = format!("(?:{greater}{}{rest})", char::from(digit));
        }
        let point = if self.fraction.is_empty() { "" } else { "\\." };
        expressions.push(format!("0*{}{point}{rest}", self.whole));
        let length = self.whole.len().max(1);
        let (above, end) = (
            self.whole_number()? + 1,
            10_u128.pow(u32::try_from(length).ok()?),
        );
        if above < end {
            expressions.push(format!("0*{}{REST}", digits(above, end - 1)));
        }
        expressions.push(format!("0*[1-9][0-9]{{{length},}}{REST}"));
        Some(any(&expressions))
    }

    fn text(&self) -> String {
        format!("{}.{}", self.whole_or_zero(), self.fraction)
    }

    fn whole_or_zero(&self) -> &str {
        if self.whole.is_empty() {
            "0"
        } else {
            &self.whole
        }
    }

    fn whole_number(&self) -> Option<u128> {
        self.whole_or_zero().parse().ok()
    }

    /// The digits of the greatest number below with as many digits.
    fn predecessor(&self) -> Option<(String, String)> {
        let all: u64 = format!("{}{}", self.whole_or_zero(), self.fraction)
            .parse()
            .ok()?;
        let length = self.fraction.len();
        let all = format!("{:0>width$}", all.checked_sub(1)?, width = length + 1);
        let (whole, fraction) = all.split_at_checked(all.len() - length)?;
        Some((
            whole.trim_start_matches('0').to_owned(),
            fraction.to_owned(),
        ))
    }

    /// The largest count of digits for which something holds that holds for each smaller one. `None` if it holds for none.
    fn longest(&self, holds: impl Fn(usize) -> bool) -> Option<usize> {
        // No number has so many.
        let most = match self.precision {
            Precision::Single => 60,
            Precision::Double => 400,
        };
        (1..=most).take_while(|count| holds(*count)).last()
    }

    /// Whether the program reads one number as greater than another one.
    fn is_greater(&self, one: &str, other: &str) -> bool {
        match self.precision {
            Precision::Single => one.parse::<f32>().ok() > other.parse::<f32>().ok(),
            Precision::Double => one.parse::<f64>().ok() > other.parse::<f64>().ok(),
        }
    }
}

/// The digits that are less.
fn less(digit: u8) -> Option<String> {
    match digit {
        b'0' => None,
        b'1' => Some("0".to_owned()),
        _ => Some(format!("[0-{}]", char::from(digit - 1))),
    }
}

/// The digits that are greater.
fn greater(digit: u8) -> Option<String> {
    match digit {
        b'9' => None,
        b'8' => Some("9".to_owned()),
        _ => Some(format!("[{}-9]", char::from(digit + 1))),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex::Regex;

    use super::{Precision, floats};

    fn expressions(precision: Precision, min: &str, max: &str) -> Vec<Regex> {
        let [min, max] = [min, max].map(|text| Some(text).filter(|text| !text.is_empty()));
        let expressions = floats(precision, min, max);
        let whole = |expression: &String| Regex::new(&format!("^(?:{expression})$")).unwrap();
        expressions.iter().map(whole).collect()
    }

    fn is_match(expressions: &[Regex], text: &str) -> bool {
        expressions
            .iter()
            .all(|expression| expression.is_match(text))
    }

    #[test]
    fn numbers_beyond_a_bound_do_not_match() {
        for (min, max, within, beyond) in [
            (
                "0.0",
                "1.0",
                &[
                    "0",
                    "-0",
                    "1",
                    "+1.000",
                    ".5",
                    "0.",
                    "1.",
                    "00.25",
                    "1e-3",
                    "5e0",
                    "-0.00",
                    "1.00000000000000001",
                ][..],
                &[
                    "1.1",
                    "2",
                    "-0.5",
                    "-1",
                    "10",
                    "1.01",
                    "25",
                    "inf",
                    "-inf",
                    "nan",
                    "1.0000001",
                    "abc",
                    "-.5",
                    ".",
                ][..],
            ),
            (
                "0.05",
                "0.25",
                &["0.05", "0.25", ".1", "0.24999", "0.0501", "0.250"],
                &["0.04", "0.3", "0.251", "0.2501", "0", "1", ".049", "0.0499"],
            ),
            (
                "-1.5",
                "-0.5",
                &["-1.5", "-0.5", "-1", "-.75", "-1.49"],
                &["-1.51", "-2", "-0.4", "0", "1", "-.49", "-10", "+1"],
            ),
            (
                "-2.0",
                "12.5",
                &["-2", "12.5", "0", "12.49", "-1.99", "9", "10.7"],
                &["-2.5", "12.51", "13", "100", "20", "-3", "-10"],
            ),
            (
                "100.0",
                "",
                &["100", "100.5", "999", "1000", "0100", "+inf"],
                &["99", "99.9", "0", "-100", "-inf", "10"],
            ),
            (
                "",
                "99.0",
                &["99", "-1000", "98.9", "0"],
                &["99.1", "100", "990"],
            ),
        ] {
            let expressions = expressions(Precision::Double, min, max);
            for text in within {
                assert!(is_match(&expressions, text), "{text} in {min}..={max}");
            }
            for text in beyond {
                assert!(!is_match(&expressions, text), "{text} in {min}..={max}");
            }
        }
        assert_eq!(
            floats(Precision::Double, Some("1e-300"), Some("inf")).len(),
            1
        );
    }

    /// Texts of numbers, of which many are near to a bound.
    fn number() -> impl Strategy<Value = String> {
        let near = prop::sample::select(vec![
            "0.1", "0.25", "1", "2.5", "99", "0.0", "100", "1.5", "16777216",
        ]);
        let after = prop_oneof![
            "[0-9]{0,4}",
            (0..40_usize, "[0-9]{0,3}").prop_map(|(zeros, digits)| "0".repeat(zeros) + &digits),
            (320..330_usize, "[1-9]").prop_map(|(zeros, digit)| "0".repeat(zeros) + &digit),
        ];
        let above = ("[+-]?0{0,2}", near, after).prop_map(|(sign, near, after)| {
            let point = if near.contains('.') { "" } else { "." };
            format!("{sign}{near}{point}{after}")
        });
        let below = (
            "[+-]?",
            prop::sample::select(vec!["0.0", "0.24", "0.", "2.4", "98.", ".09", "1.4"]),
            0..40_usize,
        )
            .prop_map(|(sign, start, nines)| format!("{sign}{start}{}", "9".repeat(nines)));
        prop_oneof![
            above,
            below,
            "[+-]?[0-9]{0,4}[.]?[0-9]{0,4}(e-?[0-9]{1,3})?",
            "[+-]?(inf|nan)"
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn numbers_within_the_bounds_match(
            text in number(),
            min in prop::sample::select(vec!["", "-100.0", "-0.25", "-0.0", "0.0", "0.1", "0.25", "1.0", "2.5"]),
            max in prop::sample::select(vec!["", "-0.1", "0.0", "0.1", "0.25", "1.0", "2.5", "99.0", "16777216.0"]),
        ) {
            let is_within_single = {
                let within = |number: f32| {
                    (min.is_empty() || number >= min.parse().unwrap()) && (max.is_empty() || number <= max.parse().unwrap())
                };
                text.parse().is_ok_and(within)
            };
            let is_within_double = {
                let within = |number: f64| {
                    (min.is_empty() || number >= min.parse().unwrap()) && (max.is_empty() || number <= max.parse().unwrap())
                };
                text.parse().is_ok_and(within)
            };
            let matches = |precision| is_match(&expressions(precision, min, max), &text);
            prop_assert!(!is_within_single || matches(Precision::Single), "{} in {}..={}", text, min, max);
            prop_assert!(!is_within_double || matches(Precision::Double), "{} in {}..={}", text, min, max);
        }
    }
}
