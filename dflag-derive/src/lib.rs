//! The derive of [dflag](https://docs.rs/dflag): `#[derive(DynamicFlags)]`.
//!
//! Use it through `dflag`, which re-exports it and documents what the generated code does.
//! This crate reads a struct and its attributes, reports everything that is wrong with them in one
//! compile, and expands to thin code that calls the runtime. It computes no name, type or default
//! that clap computes.
//!
//! # On the struct: `#[flags(...)]`
//!
//! | key | meaning |
//! |---|---|
//! | `validate = PATH` | a rule across flags: a `fn(&Args) -> Result<(), E>` with `E: Display`; may be repeated |
//! | `crate = PATH` | the path of the runtime, if it is not `::dflag` |
//!
//! # On a field: `#[flag(...)]`
//!
//! | key | meaning |
//! |---|---|
//! | `dynamic` | the flag may change while the program runs; it gets a handle |
//! | `validate = EXPR` | a check of the value: a `Fn(&T) -> Result<(), E>` with `E: Display`; may be repeated |
//! | `secret` | the value is never printed |
//! | `trim = false` | white space around a file's content is part of the value |
//! | `flatten` | with clap's `flatten`: the nested struct's flags become flags of this struct |
//!
//! A field without `#[flag(...)]` is a static flag. All keys but `flatten` require a `long` name.

mod ast;
mod attr;
mod check;
mod ctxt;
mod expand;
mod fallback;
mod shape;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::ast::Struct;
use crate::ctxt::Ctxt;

/// Derives `dflag::DynamicFlags`, and the struct of handles on the dynamic flags.
///
/// For a struct `Args`, the struct of handles is `ArgsFlags`, with the visibility of `Args`. The
/// [crate's documentation](crate) lists the attributes.
#[proc_macro_derive(DynamicFlags, attributes(flag, flags))]
pub fn derive_dynamic_flags(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    derive(input.into()).into()
}

/// The derive on `proc_macro2`'s tokens, which also exist in unit tests.
fn derive(input: TokenStream) -> TokenStream {
    let input = match syn::parse2::<DeriveInput>(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let mut ctxt = Ctxt::default();
    let input = Struct::read(&input, &mut ctxt);
    check::check(&input, &mut ctxt);
    match ctxt.into_compile_errors() {
        None => expand::expand(&input),
        Some(errors) => fallback::expand(&input, &errors),
    }
}
