//! The names of enum variants, as a command line or a configuration file writes them.

use std::error::Error;
use std::fmt;
use std::str::FromStr;

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::layers::layer::{OnInvalid, Precedence};
use crate::schema::FlagKind;
use crate::text::escape::escaped;

/// The error of [`FromStr`] for [`FlagKind`], [`Precedence`] and [`OnInvalid`].
///
/// ```
/// let error = "changing".parse::<dflag::FlagKind>().unwrap_err();
/// assert_eq!(error.to_string(), "unknown value `changing` [possible values: static, dynamic]");
/// assert_eq!(error.possible_values(), ["static", "dynamic"]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseVariantError {
    text: String,
    possible_values: &'static [&'static str],
}

impl ParseVariantError {
    /// The valid values.
    pub fn possible_values(&self) -> &'static [&'static str] {
        self.possible_values
    }
}

impl fmt::Display for ParseVariantError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = escaped(&self.text);
        let values = self.possible_values.join(", ");
        write!(f, "unknown value `{text}` [possible values: {values}]")
    }
}

impl Error for ParseVariantError {}

/// Implements everything that has to do with names, for enums without fields.
macro_rules! named {
    ($($type:ident { $($variant:ident = $name:literal, $help:literal;)* })*) => {
        $(
            impl $type {
                const fn name(self) -> &'static str {
                    match self {
                        $(Self::$variant => $name,)*
                    }
                }
            }

            /// The name that [`FromStr`] reads.
            impl fmt::Display for $type {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.pad(self.name())
                }
            }

            impl FromStr for $type {
                type Err = ParseVariantError;

                fn from_str(text: &str) -> Result<Self, ParseVariantError> {
                    match text {
                        $($name => Ok(Self::$variant),)*
                        _ => Err(ParseVariantError {
                            text: text.to_owned(),
                            possible_values: &[$($name),*],
                        }),
                    }
                }
            }

            /// For programs that expose the choice as a flag.
            impl ValueEnum for $type {
                fn value_variants<'a>() -> &'a [Self] {
                    &[$(Self::$variant),*]
                }

                fn to_possible_value(&self) -> Option<PossibleValue> {
                    let help = match self {
                        $(Self::$variant => $help,)*
                    };
                    Some(PossibleValue::new(self.name()).help(help))
                }
            }

            #[cfg(feature = "serde")]
            impl serde::Serialize for $type {
                fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    serializer.serialize_str(self.name())
                }
            }
        )*
    };
}

named! {
    FlagKind {
        Static = "static", "Fixed once the program has started";
        Dynamic = "dynamic", "May change at any time";
    }
    Precedence {
        AboveCommandLine = "above-command-line", "The source wins over the command line";
        BelowCommandLine = "below-command-line", "The command line wins over the source";
        BelowEnvironment = "below-environment", "The command line and the environment win over the source";
    }
    OnInvalid {
        RejectAll = "reject-all", "One invalid key rejects the whole update";
        KeepValid = "keep-valid", "The valid keys are applied";
    }
}
