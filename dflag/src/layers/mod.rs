//! Layers: what each source proposes, resolved to flags, parsed, and stacked by precedence.

pub(crate) mod accept;
pub(crate) mod canonical;
pub(crate) mod clap_bounds;
pub(crate) mod content;
pub(crate) mod edit;
mod flag_of_key;
pub(crate) mod layer;
pub(crate) mod parse;
pub(crate) mod precedence;
pub(crate) mod reason;
