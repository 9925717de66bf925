//! The history: the last publishes and rejections, and going back to an earlier generation.

pub(crate) mod attempt;
pub(crate) mod entry;
pub(crate) mod record;
pub(crate) mod rejected_update;
pub(crate) mod revert;
pub(crate) mod ring;
pub(crate) mod trigger;
pub(crate) mod undo;
