//! Checksums: whether two programs run with the same flags.

use std::fmt;
use std::hash::Hasher;

use crate::order::order;

/// A digest of the names and values of all static or all dynamic flags.
///
/// It is equal on every machine, in every run and every version for equal names and values,
/// so that a fleet can be compared at a glance. It is 64-bit FNV-1a over the names and the values'
/// texts: it tells accidents apart, and is no proof against someone who wants two sets to look alike.
///
/// Secrets do not count in it, neither name nor value: a digest for everyone to see
/// would help to guess a short one.
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

    /// Digests pairs of name and value, no two of a name. Their order does not count.
    pub(crate) fn of(pairs: &[(&str, Option<&str>)]) -> Self {
        let names: Vec<&str> = pairs.iter().map(|(name, _)| *name).collect();
        let mut hasher = fnv::FnvHasher::default();
        // Lengths keep `a` = `bc` apart from `ab` = `c`, and the marker no value from an empty one.
        let mut text = |text: &str| {
            hasher.write(&(text.len() as u64).to_le_bytes());
            hasher.write(text.as_bytes());
        };
        for (name, value) in order(&names)
            .into_iter()
            .filter_map(|place| pairs.get(place))
        {
            text(name);
            text(if value.is_some() { "=" } else { "" });
            text(value.unwrap_or_default());
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
    fn it_is_the_same_in_every_version() {
        let checksum = Checksum::of(&[("b", Some("2")), ("a", Some("1")), ("c", None)]);
        assert_eq!(checksum.to_string(), "12bb527086780f7d");
    }

    #[test]
    fn neither_order_nor_where_a_name_ends_can_confuse_it() {
        assert_eq!(
            Checksum::of(&[("a", Some("1")), ("b", Some("2"))]),
            Checksum::of(&[("b", Some("2")), ("a", Some("1"))]),
        );
        assert_ne!(
            Checksum::of(&[("a", Some("bc"))]),
            Checksum::of(&[("ab", Some("c"))])
        );
        assert_ne!(
            Checksum::of(&[("a", Some(""))]),
            Checksum::of(&[("a", None)])
        );
    }
}
