#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod ast;
mod attr;
mod check;
mod ctxt;
mod expand;
mod expand_enum;
mod expand_subcommand;
mod fallback;
mod shape;
#[cfg(test)]
mod tests;
mod tokens;

use proc_macro2::TokenStream;
use syn::{Data, DeriveInput};

use crate::ast::{Enum, Struct};
use crate::ctxt::Ctxt;

/// Derives `dflag::DynamicFlags`, and the struct of handles on the dynamic flags.
///
/// For a struct `Args`, the struct of handles is `ArgsFlags`, with the visibility of `Args`. For an enum of
/// subcommands, this derives `dflag::DynamicSubcommand`, and the enum of handles. The
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
    if let Data::Enum(data) = &input.data {
        let input = Enum::read(&input, data, &mut ctxt);
        check::check_enum(&input, &mut ctxt);
        return match ctxt.into_compile_errors() {
            None => expand_enum::expand(&input),
            Some(errors) => fallback::expand_enum(&input, &errors),
        };
    }
    let input = Struct::read(&input, &mut ctxt);
    check::check(&input, &mut ctxt);
    match ctxt.into_compile_errors() {
        None => expand::expand(&input),
        Some(errors) => fallback::expand(&input, &errors),
    }
}
