//! The bounds of clap's own parsers of integers, which tell them only in their errors.

use std::any::TypeId;
use std::error::Error as _;
use std::num::IntErrorKind;

use clap::Arg;

use crate::layers::parse::try_values;
use crate::schema::FlagSpec;
use crate::schema::bounds::Bounds;

/// The bounds of the flag's values: those of its checks, and those that its parser tells.
pub(crate) fn bounds<'a>(spec: &'a FlagSpec, arg: &Arg) -> &'a Bounds {
    spec.bounds.get_or_init(|| {
        let told = told_bounds(spec, arg);
        match &spec.def.metadata {
            Some(metadata) => told.and(metadata.bounds.clone()),
            None => told,
        }
    })
}

/// The bounds that the parser tells when it rejects a value. A parser that is known to be the program's own may have
/// effects, and is not asked.
///
/// clap does not say which parser an argument has. Where the struct does not say so either, because it does not derive
/// `DynamicFlags` or the program changed its command, any parser of an integer is asked.
fn told_bounds(spec: &FlagSpec, arg: &Arg) -> Bounds {
    if spec.def.own_parser {
        return Bounds::default();
    }
    let parser = arg.get_value_parser().type_id();
    let is = |integers: &[TypeId]| integers.iter().any(|integer| parser == *integer);
    // A parser with bounds rejects one of these as beyond them before it rejects one as no value of its type.
    let extremes = if is(&[TypeId::of::<u64>()]) {
        ["9223372036854775807", "0", "18446744073709551615"]
    } else if is(&[
        TypeId::of::<i8>(),
        TypeId::of::<i16>(),
        TypeId::of::<i32>(),
        TypeId::of::<i64>(),
        TypeId::of::<u8>(),
        TypeId::of::<u16>(),
        TypeId::of::<u32>(),
    ]) {
        ["9223372036854775807", "0", "-9223372036854775808"]
    } else {
        return Bounds::default();
    };
    let told = rejection(spec, arg, &extremes).and_then(|reason| {
        // The words of another parser may say anything.
        let rest = extremes.iter().find_map(|text| reason.strip_prefix(text));
        parse(rest?.strip_prefix(" is not in ")?)
    });
    // The bounds are those of the text. What the program makes of it may be on another scale.
    let is_value = |number: i64| value(spec, arg, &number.to_string()) == Some(number);
    match told {
        Some((min, max)) if is_value(min) && is_value(max) => bounds_of(min, max),
        _ => Bounds::default(),
    }
}

/// The parser's own words about the first of these values that it rejects.
fn rejection(spec: &FlagSpec, arg: &Arg, values: &[&str]) -> Option<String> {
    let error = try_values(spec, arg, values)?.err()?;
    Some(error.source()?.to_string())
}

/// What the parser makes of a number, if that is one.
fn value(spec: &FlagSpec, arg: &Arg, text: &str) -> Option<i64> {
    let matches = try_values(spec, arg, &[text])?.ok()?;
    let id = spec.def.id.as_str();
    macro_rules! first {
        ($($integer:ty),*) => {
            $(if let Ok(Some(number)) = matches.try_get_one::<$integer>(id) {
                return (*number).try_into().ok();
            })*
        };
    }
    first!(i8, i16, i32, i64, u8, u16, u32, u64);
    None
}

/// Reads `1..=64`, `1..65` or, of clap's unbounded range, `1..9223372036854775807`. Both are inclusive.
fn parse(range: &str) -> Option<(i64, i64)> {
    let (min, max) = range.split_once('.')?;
    let max = max.strip_prefix('.')?;
    let min: i64 = min.parse().ok()?;
    let (max, step) = match max.strip_prefix('=') {
        Some(max) => (max, 0),
        None => (max, 1),
    };
    let max: i64 = match max.parse() {
        Ok(max) => max,
        Err(error) if *error.kind() == IntErrorKind::PosOverflow => i64::MAX,
        Err(_) => return None,
    };
    Some((min, max.saturating_sub(step)))
}

/// Nothing is learnt from the bounds of the widest types.
fn bounds_of(min: i64, max: i64) -> Bounds {
    Bounds {
        min: (min > i64::MIN).then(|| min.to_string()),
        max: (max < i64::MAX - 1).then(|| max.to_string()),
        ..Bounds::default()
    }
}

#[cfg(test)]
mod tests {
    use super::{bounds_of, parse};

    #[test]
    fn ranges_are_read_as_clap_writes_them() {
        for (range, min, max) in [
            ("1..=64", Some("1"), Some("64")),
            ("-5..10", Some("-5"), Some("9")),
            ("1..9223372036854775807", Some("1"), None),
            ("-9223372036854775808..=5", None, Some("5")),
            ("0..18446744073709551615", Some("0"), None),
            ("0..=4294967295", Some("0"), Some("4294967295")),
        ] {
            let (first, last) = parse(range).unwrap();
            let bounds = bounds_of(first, last);
            let texts = (bounds.min.as_deref(), bounds.max.as_deref());
            assert_eq!(texts, (min, max), "{range}");
        }
        for other in ["", "1", "a..b", "1..=x", "..", "1.."] {
            assert_eq!(parse(other), None, "{other}");
        }
    }
}
