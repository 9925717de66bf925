//! Layers: what each source proposes, resolved to flags, parsed, and stacked by precedence.

pub(crate) mod accept;
pub(crate) mod canonical;
pub(crate) mod content;
pub(crate) mod edit;
pub(crate) mod layer;
pub(crate) mod parse;
mod reason;
mod resolve;
pub(crate) mod stack;
