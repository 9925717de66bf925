//! The expansion of a struct's field that is a subcommand with flags of its own.
//!
//! An accessor of an optional subcommand returns an `Option`, as those of an enum's variants do.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::Path;

use crate::ast::{Field, Role, Struct};
use crate::attr::ClapKind;
use crate::shape::Shape;
use crate::tokens::{at, get, get_mut};

/// The type of the subcommand's handles.
pub(crate) fn handles_type(field: &Field<'_>, root: &Path) -> TokenStream {
    let ty = &field.inner_ty;
    let handles = quote!(<#ty as #root::DynamicSubcommand>::Handles);
    if is_optional(field) {
        quote!(::core::option::Option<#handles>)
    } else {
        handles
    }
}

fn is_optional(field: &Field<'_>) -> bool {
    field.shape == Shape::Optional
}

/// An assertion that a subcommand has no flags which the struct forgets.
pub(crate) fn forgotten(field: &Field<'_>) -> Option<TokenStream> {
    if field.clap.kind != ClapKind::Subcommand || field.flag.subcommand.is_some() {
        return None;
    }
    let ty = &field.inner_ty;
    let message = format!(
        "the enum of the subcommand `{}` derives `DynamicFlags`; write `#[flag(subcommand)]` on this field \
         as well, or `#[flag(subcommand = false)]` if its flags are the command line's alone",
        field.name()
    );
    Some(quote_spanned! {at(ty)=>
        const _: () = ::core::assert!(!__SubcommandProbe::<#ty>::DERIVED, #message);
    })
}

/// The two functions that borrow the field from the struct.
pub(crate) fn accessors(field: &Field<'_>, of: &Ident) -> TokenStream {
    let (ident, ty) = (field.ident, &field.inner_ty);
    let (get, get_mut) = (get(field), get_mut(field));
    if is_optional(field) {
        quote_spanned! {at(ty)=>
            fn #get(__args: &#of) -> ::core::option::Option<&#ty> {
                __args.#ident.as_ref()
            }
            fn #get_mut(__args: &mut #of) -> ::core::option::Option<&mut #ty> {
                __args.#ident.as_mut()
            }
        }
    } else {
        quote_spanned! {at(ty)=>
            fn #get(__args: &#of) -> &#ty {
                &__args.#ident
            }
            fn #get_mut(__args: &mut #of) -> &mut #ty {
                &mut __args.#ident
            }
        }
    }
}

/// `__fields.nested(...);` or `__fields.chosen(...);`
pub(crate) fn field_call(field: &Field<'_>, root: &Path) -> TokenStream {
    let ty = &field.inner_ty;
    let (get, get_mut) = (get(field), get_mut(field));
    let method = if is_optional(field) {
        quote!(chosen)
    } else {
        quote!(nested)
    };
    quote_spanned! {at(ty)=>
        __fields.#method(<#ty as #root::DynamicSubcommand>::fields().subcommand(), #get, #get_mut);
    }
}

/// `command: Command::handles(...)`, or the same in an `Option`.
pub(crate) fn scope_call(field: &Field<'_>, root: &Path) -> TokenStream {
    let (ident, ty) = (field.ident, &field.inner_ty);
    let get = get(field);
    let handles = quote!(<#ty as #root::DynamicSubcommand>::handles);
    if is_optional(field) {
        quote!(#ident: __scope.chosen(#get).map(|__scope| #handles(&__scope.subcommand())))
    } else {
        quote!(#ident: #handles(&__scope.nested(#get).subcommand()))
    }
}

/// A copy of `self`.
///
/// A subcommand that is clap's alone may have no `Clone`, and then the struct does not implement it either.
pub(crate) fn duplicate(input: &Struct<'_>) -> TokenStream {
    if !input.has_subcommand() {
        return quote!(::core::clone::Clone::clone(self));
    }
    let root = &input.item.root;
    let fields = input.fields.iter().map(|field| {
        let (ident, ty) = (field.ident, &field.inner_ty);
        let subcommand = quote!(<#ty as #root::DynamicSubcommand>::duplicate);
        let copy = match field.role() {
            Role::Nested => quote!(<#ty as #root::DynamicFlags>::duplicate(&self.#ident)?),
            Role::Subcommand if is_optional(field) => {
                quote!(self.#ident.as_ref().map(#subcommand).transpose()?)
            }
            Role::Subcommand => quote!(#subcommand(&self.#ident)?),
            Role::Flag | Role::None => {
                let ty = &field.ty;
                quote_spanned!(at(ty)=> <#ty as ::core::clone::Clone>::clone(&self.#ident))
            }
        };
        quote!(#ident: #copy)
    });
    quote!(Self { #(#fields,)* })
}
