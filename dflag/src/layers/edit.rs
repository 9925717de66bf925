//! Edits: setting and clearing overrides.

use std::fmt;

/// An override to set or to clear, for [`FlagSet::edit`](crate::FlagSet::edit).
///
/// ```
/// # use clap::Parser;
/// # use dflag::DynamicFlags;
/// use std::sync::Arc;
/// use dflag::{Edit, FlagSet};
///
/// # #[derive(Clone, Parser, DynamicFlags)]
/// # struct Args {
/// #     #[arg(long, default_value_t = 1)]
/// #     #[flag(dynamic)]
/// #     low: u8,
/// #     #[arg(long, default_value_t = 9)]
/// #     #[flag(dynamic)]
/// #     high: u8,
/// # }
/// let args = Args::try_parse_dynamic_from(["server"])?;
/// args.set("high", "20")?;
///
/// let set: Arc<dyn FlagSet> = (&args).into();
/// let applied = set.edit(&[
///     Edit::Set { name: "low", value: "2" },
///     Edit::Clear { name: "high" },
/// ])?;
/// assert_eq!(applied.changed.len(), 2);
/// assert_eq!((args.low.get(), args.high.get()), (2, 9));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Edit<'a> {
    /// Overrides a flag with the text that would follow `--name=` on the command line.
    Set {
        /// The flag's long name, an alias or its clap id; `-` and `_` are the same.
        name: &'a str,
        /// The value.
        value: &'a str,
    },
    /// Clears a flag's override. The flag then has the value of the layers below.
    /// A flag without an override keeps its value.
    Clear {
        /// The flag's long name, an alias or its clap id; `-` and `_` are the same.
        name: &'a str,
    },
}

/// Shows the name only: the value may be a secret's.
impl fmt::Debug for Edit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Set { name, .. } => write!(f, "Set({name})"),
            Self::Clear { name } => write!(f, "Clear({name})"),
        }
    }
}
