//! The fallback: what is written beside the complaints, so that they are the only ones.
//!
//! The rest of a program names the struct of handles, its fields and the trait's methods. They
//! are all here, with the right types, and not one of them does anything: it never runs.

use proc_macro2::TokenStream;
use quote::quote;

use crate::expand;
use crate::model::{Field, Role, Struct};

/// Writes the complaints and a stub.
pub(crate) fn expand(model: &Struct<'_>, complaints: &TokenStream) -> TokenStream {
    let Struct {
        ident,
        handles,
        root,
        generics,
        ..
    } = model;
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let predicates = where_clause.iter().flat_map(|clause| &clause.predicates);
    let nested_bounds = expand::nested_bounds(model);
    let bounds = quote!(#(#predicates,)* #nested_bounds);

    let fields = model
        .fields
        .iter()
        .filter_map(|field| handle_field(field, model));
    // Uses every parameter, whichever of the fields are left.
    let unused = quote!(__unused: ::core::marker::PhantomData<fn() -> #ident #ty_generics>,);
    let handles_struct = expand::handles_struct(model, &quote!(#(#fields)* #unused));

    // Bounds over a lifetime are ones that the compiler does not complain of when they don't hold.
    quote! {
        #complaints

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

/// A handle on whatever has an attribute of ours, rightly or not: other code may ask for it.
fn handle_field(field: &Field<'_>, model: &Struct<'_>) -> Option<TokenStream> {
    let (ty, root) = (field.ty, &model.root);
    if field.role() == Role::Nested {
        let ty = quote!(<#ty as #root::DynamicFlags>::Handles);
        Some(expand::documented(field, &ty))
    } else if field.flag.present {
        Some(expand::documented(field, &quote!(#root::Dynamic<#ty>)))
    } else {
        None
    }
}
