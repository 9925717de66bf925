//! Edits: what an operator does to overrides.

use std::fmt;

/// An override to set or to clear.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Edit<'a> {
    /// Override the flag `name` with `value`, text as one would type it after `--name=`.
    Set {
        /// The flag's long name, an alias or its clap id; `-` and `_` are the same.
        name: &'a str,
        /// The value.
        value: &'a str,
    },
    /// Clear the override of the flag `name`, so that it follows the layers below again.
    /// A flag without an override is left as it is.
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
