//! The items that the derive's expansion names. Not public API: they may change in any version.

use std::marker::PhantomData;

pub use clap;

pub use crate::fields::check::Checks;
pub use crate::fields::compare::{
    ByText, ByValue, Compare, DisplayMany, DisplayOne, DisplayOption, DisplayOptionMany, Equality,
    NoDisplay, Texts,
};
pub use crate::fields::field::{Field, Fields};
pub use crate::fields::value::Shared;
pub use crate::handles::Scope;

use crate::dynamic_flags::DynamicFlags;

/// Implemented by structs that derive clap's traits. The compiler's error says what to add.
#[diagnostic::on_unimplemented(
    message = "`{Self}` must also derive `clap::Parser` or `clap::Args`",
    label = "add `clap::Parser` or `clap::Args` to its derives"
)]
pub trait DerivesClap {}

// Without this the error would name the bound `clap::Args` instead of this trait.
#[diagnostic::do_not_recommend]
impl<T: clap::Args> DerivesClap for T {}

/// Implemented by structs that can be flattened into another. The compiler's error says what to add.
#[diagnostic::on_unimplemented(
    message = "`{Self}` must derive `DynamicFlags` to be flattened by `#[flag(flatten)]`",
    label = "this struct does not derive `DynamicFlags`",
    note = "if its flags are not to change while the program runs, `#[command(flatten)]` alone is enough"
)]
pub trait DerivesDynamicFlags {}

#[diagnostic::do_not_recommend]
impl<T: DynamicFlags> DerivesDynamicFlags for T {}

/// Compiles for a struct that can derive [`DynamicFlags`].
pub fn derives_clap<T: Clone + DerivesClap>() {}

/// Compiles for a struct that derives [`DynamicFlags`].
pub fn derives_dynamic_flags<T: DerivesDynamicFlags>() {}

/// Whether `T` derives [`DynamicFlags`]: its own constant hides [`NotDerived`]'s if `T` does.
#[derive(Debug)]
pub struct Probe<T>(PhantomData<T>);

impl<T: DynamicFlags> Probe<T> {
    /// It does.
    pub const DERIVED: bool = true;
}

/// Answers for every type that does not derive [`DynamicFlags`].
pub trait NotDerived {
    /// It does not.
    const DERIVED: bool = false;
}

impl<T> NotDerived for Probe<T> {}
