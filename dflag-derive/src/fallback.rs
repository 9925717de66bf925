//! The expansion of an invalid struct: its errors, and a stub that prevents follow-up errors.
//!
//! The rest of a program names the struct of handles, its fields and the trait's methods. The
//! stub has all of them with the right types. It never runs.

use proc_macro2::TokenStream;
use quote::quote;

use crate::ast::{Field, Role, Struct};
use crate::expand;

/// Expands to the errors and the stub.
pub(crate) fn expand(input: &Struct<'_>, errors: &TokenStream) -> TokenStream {
    let Struct {
        ident,
        handles,
        root,
        generics,
        ..
    } = input;
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let predicates = where_clause.iter().flat_map(|clause| &clause.predicates);
    let nested_bounds = expand::nested_bounds(input);
    let bounds = quote!(#(#predicates,)* #nested_bounds);

    let fields = input
        .fields
        .iter()
        .filter_map(|field| handle_field(field, input));
    // Uses every generic parameter; the fields that did may be missing.
    let unused = quote!(__unused: ::core::marker::PhantomData<fn() -> #ident #ty_generics>,);
    let handles_struct = expand::handles_struct(input, &quote!(#(#fields)* #unused));

    // `for<'__>`: the compiler does not report such a bound when it is not met.
    quote! {
        #errors

        #handles_struct

        #[automatically_derived]
        impl #impl_generics ::core::clone::Clone for #handles #ty_generics where #bounds {
            fn clone(&self) -> Self {
                ::core::unreachable!()
            }
        }

        #[automatically_derived]
        impl #impl_generics ::core::fmt::Debug for #handles #ty_generics where #bounds {
            fn fmt(&self, _: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::unreachable!()
            }
        }

        #[automatically_derived]
        impl #impl_generics #root::DynamicFlags for #ident #ty_generics
        where
            for<'__> Self: #root::__private::clap::Args
                + ::core::clone::Clone
                + ::core::marker::Send
                + ::core::marker::Sync
                + 'static,
            for<'__> #handles #ty_generics: ::core::marker::Send + ::core::marker::Sync + 'static,
            #bounds
        {
            type Handles = #handles #ty_generics;

            fn fields() -> #root::__private::Fields<Self> {
                ::core::unreachable!()
            }

            fn handles(_: &#root::__private::Scope<'_, Self>) -> Self::Handles {
                ::core::unreachable!()
            }
        }
    }
}

/// A handle for every field with a `#[flag(...)]`, valid or not: other code may use it.
fn handle_field(field: &Field<'_>, input: &Struct<'_>) -> Option<TokenStream> {
    let (ty, root) = (&field.ty, &input.root);
    if field.role() == Role::Nested {
        let ty = quote!(<#ty as #root::DynamicFlags>::Handles);
        Some(expand::documented(field, &ty))
    } else if field.flag.present || !field.clap.misplaced.is_empty() {
        Some(expand::documented(field, &quote!(#root::Dynamic<#ty>)))
    } else {
        None
    }
}
