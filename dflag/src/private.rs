//! The items that the derive's expansion names. Not public API: they may change in any version.

pub use clap;

pub use crate::fields::compare::{
    ByText, ByValue, Compare, DisplayMany, DisplayOne, DisplayOption, DisplayOptionMany, Equality,
    NoDisplay, Texts,
};
pub use crate::fields::field::{Field, Fields};
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
