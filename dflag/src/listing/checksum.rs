//! Checksums: digests that show whether two programs run with the same flags.

use std::borrow::Cow;
use std::fmt;
use std::hash::Hasher;

/// A digest of the names and values of all static or all dynamic flags.
///
/// Equal names and values have equal checksums on every machine, in every run and in every version,
/// so the pods of a fleet can be compared. The digest is 64-bit FNV-1a over the names and the texts
/// of the values. It is not a cryptographic hash: it detects accidental differences only.
///
/// Equal values with different texts, such as `5s` and `5000ms`, have equal checksums if they have a
/// canonical text: if clap knows the possible values, or if the flag's own parser reads back what the
/// type's `Display` writes, in at most 256 bytes.
///
/// Secrets are left out, name and value: a public digest would help to guess a short secret.
///
/// ```
/// # use clap::Parser;
/// # use dflag::{DynamicFlags, FlagKind};
/// # #[derive(Clone, Parser, DynamicFlags)]
/// # struct Args {
/// #     #[arg(long, default_value_t = 3)]
/// #     #[flag(dynamic)]
/// #     limit: u8,
/// # }
/// let one = Args::try_parse_dynamic_from(["server", "--limit=5"])?;
/// let two = Args::try_parse_dynamic_from(["server"])?;
/// assert_ne!(one.checksum(FlagKind::Dynamic), two.checksum(FlagKind::Dynamic));
///
/// two.set("limit", "5")?;
/// assert_eq!(one.checksum(FlagKind::Dynamic), two.checksum(FlagKind::Dynamic));
/// assert_eq!(one.checksum(FlagKind::Dynamic).to_string().len(), 16);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Checksum(u64);

impl Checksum {
    /// The digest as a number.
    pub fn as_u64(self) -> u64 {
        self.0
    }

    /// Digests pairs of name and value, in any order of the names. A name may occur twice, in a program and in
    /// its subcommand; these stay in an order that depends on the names alone.
    pub(crate) fn of<'a>(pairs: impl IntoIterator<Item = (&'a str, Option<Cow<'a, str>>)>) -> Self {
        let mut pairs: Vec<_> = pairs.into_iter().collect();
        pairs.sort_unstable_by_key(|(name, _)| *name);
        let mut hasher = fnv::FnvHasher::default();
        // Lengths distinguish `a` = `bc` from `ab` = `c`, and the marker no value from an empty one.
        let mut write = |text: &str| {
            hasher.write(&(text.len() as u64).to_le_bytes());
            hasher.write(text.as_bytes());
        };
        for (name, value) in pairs {
            write(name);
            write(if value.is_some() { "=" } else { "" });
            write(value.as_deref().unwrap_or_default());
        }
        Self(hasher.finish())
    }
}

/// Sixteen hexadecimal digits.
impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Checksum;

    #[test]
    fn checksum_is_the_same_in_every_version() {
        let checksum = Checksum::of([
            ("b", Some("2".into())),
            ("a", Some("1".into())),
            ("c", None),
        ]);
        assert_eq!(checksum.to_string(), "12bb527086780f7d");
    }

    #[test]
    fn checksum_ignores_order_and_distinguishes_names_from_values() {
        assert_eq!(
            Checksum::of([("a", Some("1".into())), ("b", Some("2".into()))]),
            Checksum::of([("b", Some("2".into())), ("a", Some("1".into()))]),
        );
        assert_ne!(
            Checksum::of([("a", Some("bc".into()))]),
            Checksum::of([("ab", Some("c".into()))])
        );
        assert_ne!(
            Checksum::of([("a", Some("".into()))]),
            Checksum::of([("a", None)])
        );
    }
}
