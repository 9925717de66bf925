//! What secrets look like.

/// Replaces a secret's value wherever a value is shown.
pub const MASK: &str = "********";
