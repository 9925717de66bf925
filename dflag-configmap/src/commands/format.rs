//! The format of what a command prints.

use clap::ValueEnum;
use clap::builder::PossibleValue;

/// The format of what a command prints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

// By the derive, the comments of the variants would become help, with which clap prints the long form of the program's
// whole `--help`.
impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Text, Self::Json]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self {
            Self::Text => "text",
            Self::Json => "json",
        }))
    }
}
