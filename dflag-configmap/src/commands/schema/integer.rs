//! Integers: expressions for the texts of a range.

use super::expression::any;

/// The number of digits up to which an expression says a bound exactly. It grows with each digit, and people read it
/// in error messages.
const EXACT: usize = 5;

/// The integers from `min` to `max`, as Rust parses them. Of large bounds, only the number of digits is checked.
pub(super) fn integers(min: i128, max: i128) -> String {
    let mut expressions = Vec::new();
    if max >= 0 {
        let least = u128::try_from(min).unwrap_or(0);
        let digits = digits(least, max.unsigned_abs());
        expressions.push(format!("\\+?0*{digits}"));
    }
    if min < 0 {
        let least = if max < 0 { max.unsigned_abs() } else { 0 };
        let digits = digits(least, min.unsigned_abs());
        expressions.push(format!("-0*{digits}"));
    } else if min == 0 {
        // clap reads the shorter unsigned integers as signed ones first.
        expressions.push("-0+".to_owned());
    }
    any(&expressions)
}

/// The digits of a number from `min` to `max`, after any zeros.
pub(super) fn digits(min: u128, max: u128) -> String {
    let longest = max.to_string().len();
    if longest > EXACT {
        return format!("[0-9]{{1,{longest}}}");
    }
    let mut expressions = Vec::new();
    // The numbers with one digit more each time.
    let (mut first, mut end) = (0, 10);
    while first <= max {
        if min < end {
            let (low, high) = (min.max(first).to_string(), max.min(end - 1).to_string());
            alike_long(low.as_bytes(), high.as_bytes(), "", &mut expressions);
        }
        (first, end) = (end, end * 10);
    }
    any(&expressions)
}

/// Appends expressions for the numbers from `low` to `high`, which have the same number of digits, after others.
fn alike_long(low: &[u8], high: &[u8], before: &str, expressions: &mut Vec<String>) {
    let (Some((first, low)), Some((last, high))) = (low.split_first(), high.split_first()) else {
        expressions.push(before.to_owned());
        return;
    };
    let after = |digit: u8| format!("{before}{}", char::from(digit));
    if first == last {
        return alike_long(low, high, &after(*first), expressions);
    }
    // The first digits after which any others may come.
    let (mut from, mut to) = (*first, *last);
    if low.iter().any(|digit| *digit != b'0') {
        from += 1;
        alike_long(low, &vec![b'9'; low.len()], &after(*first), expressions);
    }
    let is_partial = high.iter().any(|digit| *digit != b'9');
    if is_partial {
        to -= 1;
    }
    if from <= to {
        let (from, to) = (char::from(from), char::from(to));
        let class = if from == to {
            from.to_string()
        } else {
            format!("[{from}-{to}]")
        };
        let rest = match low.len() {
            0 => String::new(),
            1 => "[0-9]".to_owned(),
            rest => format!("[0-9]{{{rest}}}"),
        };
        expressions.push(format!("{before}{class}{rest}"));
    }
    if is_partial {
        alike_long(&vec![b'0'; high.len()], high, &after(*last), expressions);
    }
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::integers;

    fn expression(min: i128, max: i128) -> Regex {
        Regex::new(&format!("^(?:{})$", integers(min, max))).unwrap()
    }

    #[test]
    fn small_ranges_are_exact() {
        for (min, max) in [
            (0, 255),
            (-128, 127),
            (1, 64),
            (0, 65_535),
            (-5, -2),
            (5, 5),
            (0, 0),
            (17, 1234),
            (-1234, -99),
            (100, 999),
            (-1, 10),
            (0, 99_999),
        ] {
            let expression = expression(min, max);
            for number in (-1500_i128..1500)
                .chain(65_000..66_000)
                .chain(99_990..100_010)
            {
                let is_match = expression.is_match(&number.to_string());
                assert_eq!(
                    is_match,
                    (min..=max).contains(&number),
                    "{number} in {min}..={max}: {expression}"
                );
            }
        }
    }

    #[test]
    fn integers_are_written_in_all_ways_that_parse() {
        let expression = expression(0, 255);
        for text in ["+5", "007", "+000", "-0", "-00"] {
            assert!(
                text.parse::<i64>().is_ok() && expression.is_match(text),
                "{text}"
            );
        }
        for text in [
            "", "+", "-", "--5", "5.0", "0x5", "5 ", "1_000", "-5", "abc", "+-5", "99999",
        ] {
            assert!(!expression.is_match(text), "{text}");
        }
    }

    #[test]
    fn of_large_bounds_the_number_of_digits_counts() {
        let expression = expression(i128::from(i64::MIN), i128::from(u64::MAX));
        for text in [
            "-9223372036854775808",
            "18446744073709551615",
            "0",
            "+00000000000000000000000001",
        ] {
            assert!(expression.is_match(text), "{text}");
        }
        assert!(!expression.is_match("118446744073709551615"));
    }
}
