//! Tokens that several expansions share.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::Path;
use syn::spanned::Spanned as _;

use crate::ast::{Field, Item, Part, PartKind};

/// `Type: DynamicFlags` for each part, in the form that the compiler does not report.
pub(crate) fn bounds(parts: &[Part<'_>], root: &Path) -> TokenStream {
    let bounds = parts.iter().map(|Part { ty, kind }| {
        let interface = interface(*kind, root);
        quote!(for<'__> #ty: #interface,)
    });
    bounds.collect()
}

/// The function `fields`, which creates a list by `Fields::constructor()` and adds to it by `calls`.
pub(crate) fn fields(
    item: &Item<'_>,
    constructor: &Ident,
    calls: impl Iterator<Item = TokenStream>,
) -> TokenStream {
    let root = &item.root;
    let mark = item.mark_dynamic.then(|| quote!(__fields.mark_dynamic();));
    let rules = item
        .rules
        .iter()
        .map(|rule| quote_spanned!(at(rule)=> __fields.rule(#rule);));
    let finish = item
        .finish
        .iter()
        .map(|finish| quote_spanned!(at(finish)=> __fields.finish(#finish);));
    quote! {
        fn fields() -> #root::__private::Fields<Self> {
            let mut __all = #root::__private::Fields::#constructor();
            // The methods of a reference have precedence over a program's own blanket impls.
            let __fields = &mut __all;
            #(#calls)*
            #mark
            #(#rules)*
            #(#finish)*
            __all
        }
    }
}

/// The bounds that the user wrote, and those of each part.
pub(crate) fn all_bounds(item: &Item<'_>, parts: &[Part<'_>]) -> TokenStream {
    let clause = item.generics.where_clause.iter();
    let predicates = clause.flat_map(|clause| &clause.predicates);
    let of_parts = bounds(parts, &item.root);
    quote!(#(#predicates,)* #of_parts)
}

/// An item that the compiler accepts only if a part derives `DynamicFlags`.
pub(crate) fn part_assertion(part: &Part<'_>, root: &Path) -> TokenStream {
    let ty = part.ty;
    let assertion = match part.kind {
        PartKind::Struct => quote!(derives_dynamic_flags),
        PartKind::Subcommands => quote!(derives_dynamic_subcommand),
    };
    quote!(const _: fn() = #root::__private::#assertion::<#ty>;)
}

/// The trait that the derive implements for a part.
pub(crate) fn interface(kind: PartKind, root: &Path) -> TokenStream {
    match kind {
        PartKind::Struct => quote!(#root::DynamicFlags),
        PartKind::Subcommands => quote!(#root::DynamicSubcommand),
    }
}

/// An item that the compiler accepts only if threads can share a type.
pub(crate) fn shared_assertion(ty: &TokenStream) -> TokenStream {
    quote_spanned! {at(ty)=>
        const _: ::core::option::Option<__Shared<#ty>> = ::core::option::Option::None;
    }
}

/// The name of the function that borrows a field.
pub(crate) fn get(field: &Field<'_>) -> Ident {
    format_ident!("__get_{}", field.index, span = at(&field.ty))
}

/// The name of the function that borrows it mutably.
pub(crate) fn get_mut(field: &Field<'_>) -> Ident {
    format_ident!("__get_mut_{}", field.index, span = at(&field.ty))
}

/// Located at the user's tokens, where the compiler then shows an unmet bound, but resolved at the
/// call site.
pub(crate) fn at(tokens: &impl ToTokens) -> Span {
    Span::call_site().located_at(tokens.span())
}
