//! The derive of [dflag](https://docs.rs/dflag): `#[derive(DynamicFlags)]`.
//!
//! Use it through `dflag`, which re-exports it and documents what the generated code does.
//! This crate reads a struct and its attributes, complains of all that is wrong with them at once,
//! and writes thin code that calls the runtime. It decides nothing at run time, and computes
//! no name, type or default that clap computes.
//!
//! # On the struct: `#[flags(...)]`
//!
//! | key | meaning |
//! |---|---|
//! | `validate = PATH` | a rule across flags, `fn(&Args) -> Result<(), E>` with `E: Display`; may be repeated |
//! | `crate = PATH` | where the runtime is, if not at `::dflag` |
//!
//! # On a field: `#[flag(...)]`
//!
//! | key | meaning |
//! |---|---|
//! | `dynamic` | the flag may change while the program runs; it gets a handle |
//! | `validate = EXPR` | a check of the value, `Fn(&T) -> Result<(), E>` with `E: Display`; may be repeated |
//! | `secret` | the value is never printed |
//! | `trim = false` | white space around a file's content is part of the value |
//! | `flatten` | beside clap's `flatten`: the nested struct's flags are part of this struct's |
//!
//! A field without `#[flag(...)]` is a static flag. All but `flatten` need a `long` name.

mod attr;
mod check;
mod clap_attr;
mod errors;
mod expand;
mod fallback;
mod list;
mod model;
mod place;
#[cfg(test)]
mod tests;
mod ty;

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::errors::Errors;
use crate::model::Struct;

/// Derives `dflag::DynamicFlags`, and the struct of handles on the dynamic flags.
///
/// For a struct `Args` the handles are `ArgsFlags`, as visible as `Args` itself. See the
/// [crate's documentation](crate) for the attributes.
#[proc_macro_derive(DynamicFlags, attributes(flag, flags))]
pub fn derive_dynamic_flags(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    derive(input.into()).into()
}

/// The derive, on tokens that also exist outside the compiler.
fn derive(input: TokenStream) -> TokenStream {
    let input = match syn::parse2::<DeriveInput>(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let mut errors = Errors::default();
    let read = Struct::read(&input, &mut errors);
    check::check(&read, &mut errors);
    match errors.into_compile_errors() {
        None => expand::expand(&read),
        Some(complaints) => fallback::expand(&read, &complaints),
    }
}
