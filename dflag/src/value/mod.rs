//! Value parsers and types that clap lacks.
//!
//! Pass a parser to clap like any other: `#[arg(long, value_parser = dflag::value::duration())]`.

#[cfg(feature = "bytes")]
mod bytes;
#[cfg(feature = "duration")]
mod duration;
#[cfg(feature = "json")]
mod json;
mod string_set;

#[cfg(feature = "bytes")]
pub use bytes::{Bytes, NotBase64};
#[cfg(feature = "duration")]
pub use duration::duration;
#[cfg(feature = "duration")]
pub(crate) use duration::duration_text;
#[cfg(feature = "json")]
pub(crate) use json::is_json;
#[cfg(feature = "json")]
pub use json::json;
pub use string_set::string_set;
pub(crate) use string_set::{set_members, set_text};
