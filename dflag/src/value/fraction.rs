//! Fractions: how much of something, and who belongs to it.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

/// A fraction from 0 to 1, such as `0.25` or `25%`, that decides which users, requests or pods
/// belong to it.
///
/// It shows the text that it was parsed from, and is compared as a number: `25%` equals `0.25`.
///
/// ```
/// use clap::Parser;
/// use dflag::{DynamicFlags, value::Fraction};
///
/// #[derive(Clone, Parser, DynamicFlags)]
/// struct Args {
///     /// Users that get the new checkout.
///     #[arg(long, default_value = "0%")]
///     #[flag(dynamic)]
///     new_checkout: Fraction,
/// }
///
/// let args = Args::try_parse_dynamic_from(["shop"])?;
/// assert!(!args.new_checkout.includes("user-17"));
///
/// args.set("new-checkout", "25%")?;
/// assert_eq!(args.new_checkout.load().get(), 0.25);
/// assert_eq!(args.new_checkout.load().to_string(), "25%");
///
/// args.set("new-checkout", "100%")?;
/// assert!(args.new_checkout.includes("user-17"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Texts
/// A decimal number from 0 to 1, or one from 0 to 100 before a `%`; a blank may precede the `%`. A
/// number without `%` may have an exponent, because some programs write small numbers so: `1e-3`.
/// There is no sign, so `-0` is rejected, and so are `NaN` and `inf`. `25` is rejected, too; it may have
/// been meant as `25%`. Note that `1` is all, and `1%` is not.
///
/// ```
/// # use dflag::value::Fraction;
/// for (text, number) in [("0.25", 0.25), ("25%", 0.25), ("12.5 %", 0.125), ("1e-3", 0.001)] {
///     assert_eq!(text.parse::<Fraction>()?.get(), number);
/// }
/// for text in ["", "%", "-0", "+1", "1.1", "25", "101%", "NaN", "inf", "1e1%", "0,5", "1/4"] {
///     assert!(text.parse::<Fraction>().is_err(), "{text}");
/// }
/// let error = "25".parse::<Fraction>().unwrap_err();
/// assert_eq!(error.to_string(), "more than 1; as a percentage it is written `25%`");
/// # Ok::<(), dflag::value::InvalidFraction>(())
/// ```
///
/// # Who belongs to it
/// [`includes`](Self::includes) depends on the fraction, the salt and the key alone. The answer is the
/// same in each process, on each machine and in each version of this crate, so that a user who gets the
/// new checkout from one pod gets it from all of them. A larger fraction includes everyone whom a
/// smaller one includes: those who are in at 10 % are in at 20 %.
///
/// Another salt includes other keys. Use the name of the feature, so that it is not always the same
/// users who get what is new. [`Dynamic::includes`](crate::Dynamic::includes) does that.
///
/// # The hash
/// To answer the same question elsewhere, for example in a database:
///
/// 1. Hash these bytes with 64-bit FNV-1a: the length of the salt as 8 bytes, little-endian, then the
///    salt, then the key.
/// 2. Mix the result as the finalizer `fmix64` of `MurmurHash3` does:
///    `h ^= h >> 33; h *= 0xff51afd7ed558ccd; h ^= h >> 33; h *= 0xc4ceb9fe1a85ec53; h ^= h >> 33`,
///    modulo 2⁶⁴.
/// 3. The point of the key is `(h >> 11) / 2⁵³`, from 0 up to but not including 1. A double holds it
///    exactly. The fraction includes the key if the point is less than the fraction.
///
/// | salt | key | `h` | point |
/// |---|---|---|---|
/// |  |  | `0x7bd3144f29c0cc9e` | 0.4836895650166780 |
/// |  | `user-17` | `0x541c66b16ae4891b` | 0.3285583670757594 |
/// | `new-checkout` | `user-17` | `0x4e3bbe79a8cd0cd4` | 0.3055991217632262 |
/// | `new-checkout` | `user-18` | `0x08fd30346db08577` | 0.0351133468627172 |
/// | `ab` | `c` | `0xafb5dedf7aee8b23` | 0.6863688750844920 |
/// | `a` | `bc` | `0x72577830b6d9ad1d` | 0.4466471785479827 |
#[derive(Clone, Default)]
pub struct Fraction {
    number: f64,
    /// `None` if it was not parsed.
    text: Option<Arc<str>>,
}

impl Fraction {
    /// Includes no key.
    pub const ZERO: Self = Self::of(0.0);

    /// Includes every key.
    pub const ONE: Self = Self::of(1.0);

    const fn of(number: f64) -> Self {
        Self { number, text: None }
    }

    /// The number, from 0 to 1.
    ///
    /// ```
    /// # use dflag::value::Fraction;
    /// assert_eq!("25%".parse::<Fraction>()?.get(), 0.25);
    /// # Ok::<(), dflag::value::InvalidFraction>(())
    /// ```
    pub fn get(&self) -> f64 {
        self.number
    }

    /// Whether the key belongs to the fraction.
    ///
    /// A key is a string or bytes. For a number, pass the bytes of a fixed order or its decimal text,
    /// and the same everywhere: `id.to_le_bytes()` and `id.to_string()` are different keys.
    ///
    /// ```
    /// # use dflag::value::Fraction;
    /// let half: Fraction = "50%".parse()?;
    /// let users = 0..10_000_u64;
    /// let included = users.filter(|id| half.includes("new-checkout", id.to_le_bytes()));
    /// assert!((4_800..5_200).contains(&included.count()));
    /// # Ok::<(), dflag::value::InvalidFraction>(())
    /// ```
    pub fn includes(&self, salt: impl AsRef<[u8]>, key: impl AsRef<[u8]>) -> bool {
        point(hash(salt.as_ref(), key.as_ref())) < self.number
    }
}

/// The finalized hash of a key.
fn hash(salt: &[u8], key: &[u8]) -> u64 {
    let mut hasher = fnv::FnvHasher::default();
    // The length distinguishes `ab`, `c` from `a`, `bc`.
    hasher.write(&(salt.len() as u64).to_le_bytes());
    hasher.write(salt);
    hasher.write(key);
    // FNV alone barely mixes its high bits for short keys.
    let mut hash = hasher.finish();
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

/// The place of a hash between 0 and 1, which it does not reach.
#[expect(
    clippy::cast_precision_loss,
    reason = "53 bits are what a double holds exactly"
)]
fn point(hash: u64) -> f64 {
    const STEPS: f64 = (1_u64 << 53) as f64;
    (hash >> 11) as f64 / STEPS
}

/// Why a text or a number is no [`Fraction`].
///
/// ```
/// # use dflag::value::Fraction;
/// let error = "101%".parse::<Fraction>().unwrap_err();
/// assert_eq!(error.to_string(), "more than 100%");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct InvalidFraction(#[from] Reason);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum Reason {
    #[error(
        "expected a number from 0 to 1, such as `0.25`, or a percentage, such as `25%`, without a sign"
    )]
    NotANumber,
    #[error("more than 1")]
    MoreThanOne,
    #[error("more than 1; as a percentage it is written `{0}%`")]
    PercentageWithoutSign(String),
    #[error("more than 100%")]
    MoreThanHundredPercent,
}

impl FromStr for Fraction {
    type Err = InvalidFraction;

    fn from_str(text: &str) -> Result<Self, InvalidFraction> {
        let percentage = text.strip_suffix('%').map(str::trim_end);
        let number = match percentage {
            // The exponent divides exactly: 33.3 / 100.0 is not 0.333.
            Some(percentage) if is_decimal(percentage) => format!("{percentage}e-2").parse(),
            None if is_decimal(mantissa(text)) => text.parse(),
            _ => return Err(Reason::NotANumber.into()),
        };
        let number: f64 = number.map_err(|_| Reason::NotANumber)?;
        match percentage {
            _ if number <= 1.0 => Ok(Self {
                number,
                text: Some(text.into()),
            }),
            Some(_) => Err(Reason::MoreThanHundredPercent.into()),
            None if number <= 100.0 => {
                Err(Reason::PercentageWithoutSign(number.to_string()).into())
            }
            None => Err(Reason::MoreThanOne.into()),
        }
    }
}

/// The number without its exponent, if that is one.
fn mantissa(number: &str) -> &str {
    match number.split_once(['e', 'E']) {
        Some((mantissa, exponent)) if is_exponent(exponent) => mantissa,
        _ => number,
    }
}

fn is_exponent(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether the text consists of digits and at most one point.
fn is_decimal(text: &str) -> bool {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let mut digits = whole.bytes().chain(rest.bytes()).peekable();
    digits.peek().is_some() && digits.all(|byte| byte.is_ascii_digit())
}

/// # Errors
/// The number is less than 0, more than 1, or `NaN`.
///
/// ```
/// # use dflag::value::Fraction;
/// assert_eq!(Fraction::try_from(0.25)?.to_string(), "0.25");
/// assert!(Fraction::try_from(f64::NAN).is_err());
/// # Ok::<(), dflag::value::InvalidFraction>(())
/// ```
impl TryFrom<f64> for Fraction {
    type Error = InvalidFraction;

    fn try_from(number: f64) -> Result<Self, InvalidFraction> {
        if number > 1.0 {
            Err(Reason::MoreThanOne.into())
        } else if number >= 0.0 {
            // -0.0 + 0.0 is 0.0.
            Ok(Self::of(number + 0.0))
        } else {
            Err(Reason::NotANumber.into())
        }
    }
}

/// The text that it was parsed from, else the number. With a precision, as in `{:.2}`, always the number.
///
/// ```
/// # use dflag::value::Fraction;
/// let share: Fraction = "12.5%".parse()?;
/// assert_eq!(format!("{share}|{share:>7}|{share:.2}"), "12.5%|  12.5%|0.12");
/// # Ok::<(), dflag::value::InvalidFraction>(())
/// ```
impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.text {
            // Padding a text with a precision would cut it off.
            Some(text) if f.precision().is_none() => f.pad(text),
            _ => self.number.fmt(f),
        }
    }
}

/// As [`Display`](fmt::Display): a check's message shows a value so.
impl fmt::Debug for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl PartialEq for Fraction {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Fraction {}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Fraction {
    fn cmp(&self, other: &Self) -> Ordering {
        self.number.total_cmp(&other.number)
    }
}

impl Hash for Fraction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.number.to_bits().hash(state);
    }
}

/// The number of a fraction as text: the same for equal ones.
pub(crate) fn fraction_text(fraction: &Fraction) -> String {
    fraction.number.to_string()
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "the numbers are exact")]
mod tests {
    use super::{Fraction, hash, point};

    fn fraction(text: &str) -> Fraction {
        text.parse().unwrap()
    }

    #[test]
    fn hash_is_the_documented_one_in_every_version() {
        for (salt, key, expected) in VECTORS {
            assert_eq!(
                (hash(salt.as_bytes(), key.as_bytes()), salt, key),
                (expected, salt, key)
            );
            let documented = format!(
                "| `{salt}` | `{key}` | `{expected:#018x}` | {:.16} |",
                point(expected)
            );
            let documented = documented.replace("``", "");
            assert!(
                include_str!("fraction.rs").contains(&documented),
                "{documented}"
            );
        }
    }

    const VECTORS: [(&str, &str, u64); 6] = [
        ("", "", 0x7bd3_144f_29c0_cc9e),
        ("", "user-17", 0x541c_66b1_6ae4_891b),
        ("new-checkout", "user-17", 0x4e3b_be79_a8cd_0cd4),
        ("new-checkout", "user-18", 0x08fd_3034_6db0_8577),
        ("ab", "c", 0xafb5_dedf_7aee_8b23),
        ("a", "bc", 0x7257_7830_b6d9_ad1d),
    ];

    #[test]
    fn points_are_less_than_one_and_the_bounds_include_none_and_all() {
        assert_eq!(point(0), 0.0);
        assert!(point(u64::MAX) < 1.0);
        for key in 0..1_000_u32 {
            let key = key.to_le_bytes();
            assert!(!Fraction::ZERO.includes("s", key));
            assert!(Fraction::ONE.includes("s", key));
        }
    }

    #[test]
    fn texts_are_read_as_documented() {
        for (text, number) in [
            ("0", 0.0),
            ("1", 1.0),
            ("0.25", 0.25),
            (".5", 0.5),
            ("1.", 1.0),
            ("00.10", 0.1),
            ("1e-3", 0.001),
            ("1E-05", 0.000_01),
            ("0%", 0.0),
            ("100%", 1.0),
            ("25 %", 0.25),
            ("33.3%", 0.333),
            ("0.1%", 0.001),
        ] {
            assert_eq!(fraction(text).get(), number, "{text}");
            assert_eq!(fraction(text).to_string(), text);
        }
        for text in [
            "",
            " ",
            "%",
            ".",
            ".%",
            "e",
            "e-3",
            "1e",
            "1e-",
            "-0",
            "-0.5",
            "+0.5",
            "NaN",
            "nan",
            "inf",
            "infinity",
            "1.0.0",
            "0,5",
            "1/4",
            "101%",
            "100.1%",
            "1.1",
            "2",
            "1e3",
            "1e1%",
            "25%%",
            "%25",
            "25percent",
            "0x1",
            "1_0%",
            " 0.5",
            "٣%",
        ] {
            assert!(text.parse::<Fraction>().is_err(), "{text}");
        }
    }

    #[test]
    fn errors_say_what_to_write() {
        let error = |text: &str| text.parse::<Fraction>().unwrap_err().to_string();
        for (text, percentage) in [
            ("25", "25%"),
            ("1e1", "10%"),
            ("1E2", "100%"),
            ("1.50", "1.5%"),
        ] {
            assert!(error(text).ends_with(&format!("`{percentage}`")), "{text}");
            assert!(percentage.parse::<Fraction>().is_ok());
        }
        assert_eq!(error("1000"), "more than 1");
        assert_eq!(error("101%"), "more than 100%");
        assert!(error("-0").contains("without a sign"));
    }

    #[test]
    fn equal_numbers_are_equal_fractions() {
        assert_eq!(fraction("25%"), fraction("0.25"));
        assert_eq!(Fraction::try_from(-0.0).unwrap(), Fraction::ZERO);
        assert!(fraction("10%") < fraction("0.2"));
        for number in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
            assert!(Fraction::try_from(number).is_err(), "{number}");
        }
    }

    const KEYS: u32 = 100_000;

    /// The points of the keys under a salt, each key written in one of several forms.
    fn points(form: usize, salt: &str) -> Vec<f64> {
        let key = |id: u32| match form {
            0 => id.to_string().into_bytes(),
            1 => format!("user-{id:08}").into_bytes(),
            2 => u64::from(id).to_le_bytes().to_vec(),
            _ => u64::from(id).to_be_bytes().to_vec(),
        };
        let hashes = (0..KEYS).map(|id| hash(salt.as_bytes(), &key(id)));
        hashes.map(point).collect()
    }

    /// Whether the share that satisfies a condition is within five standard deviations of a binomial
    /// distribution.
    #[track_caller]
    fn assert_share<T>(of: impl Iterator<Item = T>, condition: impl Fn(&T) -> bool, share: f64) {
        let count = u32::try_from(of.filter(condition).count()).unwrap();
        let (n, count) = (f64::from(KEYS), f64::from(count));
        let deviation = (n * share * (1.0 - share)).sqrt();
        assert!(
            (count - n * share).abs() < 5.0 * deviation,
            "{count} of {n} for {share}"
        );
    }

    #[test]
    fn keys_are_spread_uniformly() {
        for form in 0..4 {
            let points = points(form, "salt");
            for percent in [1, 5, 10, 50, 90, 99] {
                let share = f64::from(percent) / 100.0;
                assert_share(points.iter(), |point| **point < share, share);
            }
            for hundredth in 0..100 {
                let interval = f64::from(hundredth) / 100.0..f64::from(hundredth + 1) / 100.0;
                assert_share(points.iter(), |point| interval.contains(*point), 0.01);
            }
        }
    }

    #[test]
    fn salts_are_independent_of_each_other() {
        let salts = ["a", "b", "c", "aa", "new-checkout", "new-checkouu", "x1"];
        for form in 0..4 {
            let points = salts.map(|salt| points(form, salt));
            for (index, one) in points.iter().enumerate() {
                for other in &points[index + 1..] {
                    let pairs = one.iter().zip(other);
                    assert_share(
                        pairs.clone(),
                        |(one, other)| **one < 0.1 && **other < 0.1,
                        0.01,
                    );
                    assert_share(pairs, |(one, other)| one < other, 0.5);
                }
            }
        }
    }

    #[test]
    fn larger_fractions_include_all_keys_of_smaller_ones() {
        let fractions: Vec<_> = (0..=20_u32)
            .map(|step| Fraction::try_from(f64::from(step) / 20.0).unwrap())
            .collect();
        for id in 0..10_000_u32 {
            let included = fractions
                .iter()
                .map(|it| it.includes("s", id.to_le_bytes()));
            assert!(included.is_sorted());
        }
    }

    #[test]
    fn salt_and_key_are_told_apart() {
        assert_ne!(hash(b"ab", b"c"), hash(b"a", b"bc"));
        let keys = (0..KEYS).map(|id| id.to_string());
        let differ = |key: &String| {
            let (salt, rest) = key.split_at(1);
            let half = fraction("50%");
            half.includes(salt, rest) != half.includes("", key)
        };
        assert_share(keys, differ, 0.5);
    }
}
