//! The kind of text that a flag's values are.

use std::any::TypeId;
use std::collections::BTreeSet;

use clap::Arg;

/// The kind of text that a flag's values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueKind {
    /// A `bool`.
    Boolean,
    /// A file's bytes as they are, or base64.
    Bytes,
    /// JSON.
    Json,
    /// A set of strings, as `string_set` parses it.
    StringSet,
    /// Any other text.
    Plain,
}

impl ValueKind {
    pub(super) fn of(arg: &Arg) -> Self {
        if arg.get_value_parser().type_id() == TypeId::of::<bool>() {
            Self::Boolean
        } else if is_bytes(arg) {
            Self::Bytes
        } else if is_json(arg) {
            Self::Json
        } else if arg.get_value_parser().type_id() == TypeId::of::<BTreeSet<String>>() {
            Self::StringSet
        } else {
            Self::Plain
        }
    }
}

#[cfg(feature = "bytes")]
fn is_bytes(arg: &Arg) -> bool {
    arg.get_value_parser().type_id() == TypeId::of::<crate::value::Bytes>()
}

#[cfg(not(feature = "bytes"))]
fn is_bytes(_: &Arg) -> bool {
    false
}

#[cfg(feature = "json")]
fn is_json(arg: &Arg) -> bool {
    crate::value::is_json(arg.get_value_parser())
}

#[cfg(not(feature = "json"))]
fn is_json(_: &Arg) -> bool {
    false
}
