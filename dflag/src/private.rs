//! The items that the derive's expansion names. Not public API: they may change in any version.

use std::fmt;
use std::marker::PhantomData;

pub use clap;

pub use crate::fields::check::{BoundedCheck, Checks};
pub use crate::fields::compare::{
    ByText, ByValue, Compare, DisplayMany, DisplayOne, DisplayOption, DisplayOptionMany,
    DisplayOptionOption, Equality, NoDisplay, Texts,
};
pub use crate::fields::declaration::Fields;
pub use crate::fields::duplicate::{ByClone, Duplicate, NoClone, NotClone};
pub use crate::fields::field::Field;
pub use crate::fields::finish::Finished;
pub use crate::fields::own_texts::{DisplayMap, DisplayOptionMap};
pub use crate::fields::value::Shared;
pub use crate::handles::Scope;
pub use crate::schema::flag_def::Form;

use crate::dynamic_flags::DynamicFlags;
use crate::dynamic_subcommand::DynamicSubcommand;

/// Implemented by structs that derive clap's traits. The compiler's error says what to add.
#[diagnostic::on_unimplemented(
    message = "`{Self}` must also derive `clap::Parser` or `clap::Args`",
    label = "add `clap::Parser` or `clap::Args` to its derives"
)]
pub trait DerivesClap {}

// Without this the error would name the bound `clap::Args` instead of this trait.
#[diagnostic::do_not_recommend]
impl<T: clap::Args> DerivesClap for T {}

/// Implemented by structs that derive `Clone`. The compiler's error says what to add, or what to do where
/// that is not possible.
#[diagnostic::on_unimplemented(
    message = "`{Self}` must also derive `Clone`, because each change is made on a copy of it",
    label = "add `Clone` to its derives",
    note = "if it holds a type without `Clone`, derive `DynamicFlags` for the dynamic part alone: move the dynamic flags into a struct of their own, such as `Live`, flatten it here by `#[command(flatten)] live: Live`, and create its flags from the matches of the whole command: `Flags::<Live>::from_arg_matches(&matches)`"
)]
pub trait DerivesClone {}

#[diagnostic::do_not_recommend]
impl<T: Clone> DerivesClone for T {}

/// Implemented by enums that derive clap's trait. The compiler's error says what to add.
#[diagnostic::on_unimplemented(
    message = "`{Self}` must also derive `clap::Subcommand`",
    label = "add `clap::Subcommand` to its derives"
)]
pub trait DerivesSubcommand {}

#[diagnostic::do_not_recommend]
impl<T: clap::Subcommand> DerivesSubcommand for T {}

/// Implemented by structs that can be flattened into another. The compiler's error says what to add.
#[diagnostic::on_unimplemented(
    message = "`{Self}` must derive `DynamicFlags` to be flattened by `#[flag(flatten)]`",
    label = "this struct does not derive `DynamicFlags`",
    note = "if its flags are not to change while the program runs, `#[command(flatten)]` alone is enough"
)]
pub trait DerivesDynamicFlags {}

#[diagnostic::do_not_recommend]
impl<T: DynamicFlags> DerivesDynamicFlags for T {}

/// Implemented by enums of subcommands that have flags. The compiler's error says what to add.
#[diagnostic::on_unimplemented(
    message = "`{Self}` must derive `DynamicFlags` for `#[flag(subcommand)]`",
    label = "this enum does not derive `DynamicFlags`",
    note = "if the flags of its subcommands are not to change while the program runs, `#[command(subcommand)]` alone is enough"
)]
pub trait DerivesDynamicSubcommand {}

#[diagnostic::do_not_recommend]
impl<T: DynamicSubcommand> DerivesDynamicSubcommand for T {}

/// Implemented by structs that hold the arguments of a subcommand. The compiler's error says what to add.
#[diagnostic::on_unimplemented(
    message = "`{Self}` must derive `DynamicFlags` for `#[flag(subcommand)]`",
    label = "this struct does not derive `DynamicFlags`",
    note = "if its flags are not to change while the program runs, remove `#[flag(subcommand)]` from the variant"
)]
pub trait DerivesDynamicVariant {}

#[diagnostic::do_not_recommend]
impl<T: DynamicFlags> DerivesDynamicVariant for T {}

/// In the struct of handles, the place of a field of type `T` that is not dynamic. It exists for the
/// compiler's warning about its use, which says how to read the field.
pub struct NotDynamic<T>(PhantomData<fn() -> T>);

impl<T> NotDynamic<T> {
    /// The only value.
    #[expect(clippy::new_without_default, reason = "only the derive makes one")]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T> Clone for NotDynamic<T> {
    fn clone(&self) -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for NotDynamic<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not dynamic")
    }
}

/// Compiles for a struct that can derive [`DynamicFlags`].
pub fn derives_clap<T: DerivesClone + DerivesClap>() {}

/// Compiles for a struct with a dynamic subcommand that can derive [`DynamicFlags`].
pub fn derives_clap_without_clone<T: DerivesClap>() {}

/// Compiles for an enum that can derive `DynamicFlags`.
pub fn derives_subcommand<T: DerivesSubcommand>() {}

/// Compiles for a struct that derives [`DynamicFlags`].
pub fn derives_dynamic_variant<T: DerivesDynamicVariant>() {}

/// Compiles for an enum that derives `DynamicFlags`.
pub fn derives_dynamic_subcommand<T: DerivesDynamicSubcommand>() {}

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

/// Whether the enum `T` derives `DynamicFlags`, in the same way.
#[derive(Debug)]
pub struct SubcommandProbe<T>(PhantomData<T>);

impl<T: DynamicSubcommand> SubcommandProbe<T> {
    /// It does.
    pub const DERIVED: bool = true;
}

impl<T> NotDerived for SubcommandProbe<T> {}
