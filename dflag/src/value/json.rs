//! JSON: a flag of any `serde` type.

use std::any::{Any, TypeId};
use std::sync::{PoisonError, RwLock};

use clap::builder::{TypedValueParser, ValueParser};
use serde::de::DeserializeOwned;

/// The types that are parsed as JSON.
///
/// clap reveals the type that a parser produces but not the parser, so a type that one flag parses
/// with [`json`] counts as JSON for every flag.
static TYPES: RwLock<Vec<TypeId>> = RwLock::new(Vec::new());

/// Parses JSON.
///
/// `T`'s `Deserialize` decides what happens to unknown and missing fields. For a JSON array, write the type of the field as
/// `std::vec::Vec<T>`: clap takes `Vec<T>` for a flag that is given several times.
///
/// ```
/// use clap::Parser;
/// use dflag::DynamicFlags;
///
/// #[derive(Clone, Debug, PartialEq, serde::Deserialize)]
/// struct Policy {
///     rate: u32,
/// }
///
/// #[derive(Clone, Parser, DynamicFlags)]
/// struct Args {
///     #[arg(long, default_value = r#"{"rate": 50}"#, value_parser = dflag::value::json::<Policy>())]
///     #[flag(dynamic)]
///     policy: Policy,
/// }
///
/// let args = Args::try_parse_dynamic_from(["server"])?;
/// assert!(args.list()[0].json);
///
/// args.set("policy", r#"{"rate": 60}"#)?;
/// assert_eq!(args.policy.get(), Policy { rate: 60 });
///
/// let rejected = args.set("policy", r#"{"rate": "high"}"#).unwrap_err();
/// assert!(rejected.to_string().contains("invalid type: string \"high\", expected u32"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn json<T: DeserializeOwned + Any + Clone + Send + Sync>() -> impl TypedValueParser<Value = T> {
    let mut types = TYPES.write().unwrap_or_else(PoisonError::into_inner);
    let json = TypeId::of::<T>();
    if !types.contains(&json) {
        types.push(json);
    }
    |text: &str| serde_json::from_str::<T>(text)
}

/// Whether the parser produces a type that is parsed as JSON.
pub(crate) fn is_json(parser: &ValueParser) -> bool {
    let types = TYPES.read().unwrap_or_else(PoisonError::into_inner);
    types.iter().any(|json| parser.type_id() == *json)
}
