//! The context of one derive: collects its errors, so that one compile reports all of them.

use std::fmt::Display;

use proc_macro2::TokenStream;
use quote::ToTokens;

/// The errors so far, each with the tokens that it is shown under.
#[derive(Default)]
pub(crate) struct Ctxt {
    errors: Option<syn::Error>,
}

impl Ctxt {
    /// Adds an error, to be shown under `tokens`.
    pub(crate) fn error_at(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.syn_error(syn::Error::new_spanned(tokens, message));
    }

    /// Adds one of syn's errors.
    pub(crate) fn syn_error(&mut self, error: syn::Error) {
        match &mut self.errors {
            Some(errors) => errors.combine(error),
            none => *none = Some(error),
        }
    }

    /// One `compile_error!` for each error, or `None` if there are none.
    pub(crate) fn into_compile_errors(self) -> Option<TokenStream> {
        self.errors.map(syn::Error::into_compile_error)
    }
}
