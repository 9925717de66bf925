//! Reverting: what to revert to, and what became of it.

use std::fmt;

use crate::error::Rejected;
use crate::listing::info::Change;

/// The generation to [revert](crate::Flags::revert_to) to, and perhaps who does so and why.
///
/// ```
/// use dflag::Revert;
///
/// let revert = Revert::to(3).by("alice").reason("more errors since generation 4");
/// assert_ne!(revert, Revert::from(3));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "it reverts nothing until it is passed to `revert_to`"]
pub struct Revert {
    pub(crate) generation: u64,
    pub(crate) if_generation: Option<u64>,
    pub(crate) by: Option<String>,
    pub(crate) reason: Option<String>,
}

impl Revert {
    /// Reverts to the values of this generation.
    pub fn to(generation: u64) -> Self {
        Self {
            generation,
            if_generation: None,
            by: None,
            reason: None,
        }
    }

    /// Reverts only if this is the [current generation](crate::Flags::generation): if no flag has changed since it was
    /// read. Otherwise [`RevertError::Outdated`] has the current one.
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// use dflag::{Revert, RevertError};
    ///
    /// # #[derive(Clone, Parser, DynamicFlags)]
    /// # struct Args {
    /// #     #[arg(long, default_value_t = 3)]
    /// #     #[flag(dynamic)]
    /// #     limit: u8,
    /// # }
    /// let args = Args::try_parse_dynamic_from(["server"])?;
    /// let seen = args.set("limit", "5")?.generation;
    /// args.set("limit", "7")?;
    ///
    /// let rejected = args.revert_to(Revert::to(1).if_generation(seen)).unwrap_err();
    /// assert!(matches!(rejected, RevertError::Outdated { current: 3, .. }));
    /// assert_eq!(args.limit.get(), 7);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn if_generation(mut self, generation: u64) -> Self {
        self.if_generation = Some(generation);
        self
    }

    /// Names who reverts, as [`Edit::by`](crate::Edit::by) does.
    pub fn by(mut self, name: impl Into<String>) -> Self {
        self.by = Some(name.into());
        self
    }

    /// Says why, as [`Edit::reason`](crate::Edit::reason) does.
    pub fn reason(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }
}

impl From<u64> for Revert {
    fn from(generation: u64) -> Self {
        Self::to(generation)
    }
}

/// The outcome of [reverting](crate::Flags::revert_to).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Reverted {
    /// The generation that was reverted to.
    pub to: u64,
    /// The generation that has the change; the current one if there was nothing to publish.
    pub generation: u64,
    /// The flags whose value changed, in the order of declaration.
    pub changed: Vec<Change>,
    /// The flags that were overridden. They no longer follow their source, until their overrides are cleared.
    pub overridden: Vec<String>,
    /// Static flags that had another value. They can't change while the program runs.
    pub static_flags: Vec<String>,
}

/// Says which flags no longer follow their source.
impl fmt::Display for Reverted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "reverted to generation {}: ", self.to)?;
        match self.overridden.as_slice() {
            [] => f.write_str("no flag had to be overridden")?,
            overridden => {
                write_names(f, overridden)?;
                f.write_str(" overridden, no longer following any source until cleared")?;
            }
        }
        if !self.static_flags.is_empty() {
            f.write_str("; ")?;
            write_names(f, &self.static_flags)?;
            f.write_str(" not reverted, because static flags can't change while the program runs")?;
        }
        Ok(())
    }
}

fn write_names(f: &mut fmt::Formatter<'_>, names: &[String]) -> fmt::Result {
    for (index, name) in names.iter().enumerate() {
        let separator = if index == 0 { "" } else { ", " };
        write!(f, "{separator}`{name}`")?;
    }
    Ok(())
}

/// Why the flags can't be [reverted](crate::Flags::revert_to). All flags keep their values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RevertError {
    /// The history does not reach back to the generation.
    #[error(
        "the history does not reach back to generation {generation}, only to {oldest}; all flags keep their values"
    )]
    #[non_exhaustive]
    TooOld {
        /// The generation to revert to.
        generation: u64,
        /// The oldest generation to which the flags can be reverted.
        oldest: u64,
    },
    /// The generation has not been published.
    #[error(
        "there is no generation {generation} yet, the current one is {current}; all flags keep their values"
    )]
    #[non_exhaustive]
    NotPublished {
        /// The generation to revert to.
        generation: u64,
        /// The current generation.
        current: u64,
    },
    /// The revert [names another generation](Revert::if_generation) than the current one.
    #[error(
        "the flags are in generation {current}, and not in {expected} any more; all flags keep their values; look at what has \
         changed, and revert again"
    )]
    #[non_exhaustive]
    Outdated {
        /// The generation that the revert names.
        expected: u64,
        /// The current generation.
        current: u64,
    },
    /// A value is not kept, or a check or a rule rejects the flags.
    #[error(transparent)]
    Rejected(#[from] Rejected),
}
