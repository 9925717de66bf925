//! Derived values: what a program computes from its flags, published in the same snapshot as these.

pub(crate) mod node;
pub(crate) mod registry;
mod values;
