//! The expansion of an invalid struct or enum: its errors, and a stub that prevents follow-up errors.
//!
//! The rest of a program names the struct of handles, its fields and the trait's methods. The
//! stub has all of them with the right types. It never runs.

use proc_macro2::TokenStream;
use quote::quote;

use crate::ast::{Enum, Field, Item, PartKind, Role, Struct};
use crate::expand::{documented, handles_struct};
use crate::expand_enum::handles_enum;
use crate::expand_subcommand::handles_type;
use crate::tokens;

/// Expands to the errors and the stub.
pub(crate) fn expand(input: &Struct<'_>, errors: &TokenStream) -> TokenStream {
    let (ident, generics) = (input.item.ident, input.item.generics);
    let (_, ty_generics, _) = generics.split_for_impl();
    let bounds = tokens::all_bounds(&input.item, &input.parts());
    let fields = input
        .fields
        .iter()
        .filter_map(|field| handle_field(field, input));
    // Uses every generic parameter; the fields that did may be missing.
    let unused = quote!(__unused: ::core::marker::PhantomData<fn() -> #ident #ty_generics>,);
    let handles = handles_struct(input, &quote!(#(#fields)* #unused));

    let stub = stub(&input.item, PartKind::Struct, &bounds);
    quote! {
        #errors

        #handles

        #stub
    }
}

/// Expands to the errors and the stub.
pub(crate) fn expand_enum(input: &Enum<'_>, errors: &TokenStream) -> TokenStream {
    let (ident, generics) = (input.item.ident, input.item.generics);
    let (_, ty_generics, _) = generics.split_for_impl();
    let bounds = tokens::all_bounds(&input.item, &input.parts());
    let unused = quote!(__Unused(::core::marker::PhantomData<fn() -> #ident #ty_generics>),);
    let handles = handles_enum(input, Some(&unused));
    let stub = stub(&input.item, PartKind::Subcommands, &bounds);
    quote! {
        #errors

        #handles

        #stub
    }
}

/// The impls for the handles and of the trait.
fn stub(item: &Item<'_>, kind: PartKind, bounds: &TokenStream) -> TokenStream {
    let Item {
        ident,
        handles,
        root,
        generics,
        ..
    } = item;
    let (impl_generics, ty_generics, _) = generics.split_for_impl();
    let interface = tokens::interface(kind, root);
    let clap = match kind {
        PartKind::Struct => quote!(Args),
        PartKind::Subcommands => quote!(Subcommand),
    };

    // `for<'__>`: the compiler does not report such a bound when it is not met.
    quote! {
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
        impl #impl_generics #interface for #ident #ty_generics
        where
            for<'__> Self: #root::__private::clap::#clap
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

            fn duplicate(&self) -> ::core::result::Result<Self, #root::__private::NotClone> {
                ::core::unreachable!()
            }
        }
    }
}

/// A handle for every field with a `#[flag(...)]`, valid or not: other code may use it.
fn handle_field(field: &Field<'_>, input: &Struct<'_>) -> Option<TokenStream> {
    let (ty, root) = (&field.ty, &input.item.root);
    if field.role() == Role::Nested {
        let ty = quote!(<#ty as #root::DynamicFlags>::Handles);
        Some(documented(field, &ty))
    } else if field.role() == Role::Subcommand {
        let ty = handles_type(field, root);
        Some(documented(field, &ty))
    } else if field.flag.present || !field.clap.misplaced.is_empty() {
        Some(documented(field, &quote!(#root::Dynamic<#ty>)))
    } else {
        None
    }
}
