//! The expansion of a valid enum of subcommands, in the manner of [`expand`](crate::expand).

use std::collections::HashSet;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Fields, Path};

use crate::ast::{Enum, Item, Part, PartKind, Variant};
use crate::attr::ClapKind;
use crate::tokens::{self, at};

/// Expands to the enum of handles and the impl of `DynamicSubcommand`.
pub(crate) fn expand(input: &Enum<'_>) -> TokenStream {
    let Item {
        ident,
        handles,
        root,
        lints,
        ..
    } = &input.item;

    let handles_enum = handles_enum(input, None);
    let parts = input.parts();
    let nested_bounds = tokens::bounds(&parts, root);
    let assertions = parts.iter().map(|part| assertion(part, root));
    let variants = &input.variants;
    let shared = shared(input);
    let forgotten = variants.iter().filter_map(forgotten);
    let accessors = variants.iter().filter_map(|it| accessors(it, ident));
    let fields = variants.iter().filter_map(|it| field_call(it, root));
    let fields = tokens::fields(&input.item, &format_ident!("new"), fields);
    let scoped = variants.iter().map(|it| scope_call(it, &input.item));
    let copies = variants.iter().map(|it| copy(it, root));

    quote! {
        #[derive(::core::clone::Clone, ::core::fmt::Debug)]
        #handles_enum

        #(#lints)*
        const _: () = {
            #[allow(unused_imports)]
            use #root::__private::{
                ByClone as _, Duplicate as __Duplicate, NoClone as _, NotDerived as _,
                Probe as __Probe, Shared as __Shared, SubcommandProbe as __SubcommandProbe,
            };

            const _: fn() = #root::__private::derives_subcommand::<#ident>;
            #(#assertions)*
            #(#shared)*
            #(#forgotten)*

            #(#accessors)*

            #[automatically_derived]
            impl #root::DynamicSubcommand for #ident
            where
                for<'__> Self: #root::__private::clap::Subcommand
                    + ::core::marker::Send
                    + ::core::marker::Sync,
                for<'__> #handles: ::core::marker::Send + ::core::marker::Sync,
                #nested_bounds
            {
                type Handles = #handles;

                #fields

                fn handles(__scope: &#root::__private::Scope<'_, Self>) -> Self::Handles {
                    __scope.with(|__command| match *__command { #(#scoped,)* })
                }

                fn duplicate(
                    &self,
                ) -> ::core::result::Result<Self, #root::__private::NotClone> {
                    match *self { #(#copies,)* }
                }
            }
        };
    }
}

/// The enum of handles, with another variant if it is not to be complete.
pub(crate) fn handles_enum(input: &Enum<'_>, more: Option<&TokenStream>) -> TokenStream {
    let Item {
        ident,
        vis,
        handles,
        root,
        generics,
        lints,
        ..
    } = &input.item;
    let bounds = tokens::all_bounds(&input.item, &input.parts());
    let doc = format!(" Handles on the dynamic flags of the chosen subcommand of [`{ident}`].");
    let variants = input.variants.iter().map(|it| handles_variant(it, root));
    // A program need not match on every variant, nor use what each holds.
    quote! {
        #(#lints)*
        #[doc = #doc]
        #[allow(dead_code, clippy::large_enum_variant)]
        #[non_exhaustive]
        #vis enum #handles #generics
        where
            #bounds
        {
            #(#variants,)*
            #more
        }
    }
}

/// `Serve(<ServeArgs as DynamicFlags>::Handles)`, or `Version`.
fn handles_variant(variant: &Variant<'_>, root: &Path) -> TokenStream {
    let Variant { ident, docs, .. } = variant;
    let default_doc = docs.is_empty().then(|| {
        let doc = format!(" `{ident}` was chosen.");
        quote!(#[doc = #doc])
    });
    let content = variant.part().map(|Part { ty, kind }| {
        let interface = tokens::interface(kind, root);
        quote!((<#ty as #interface>::Handles))
    });
    quote!(#(#docs)* #default_doc #ident #content)
}

/// An item for each type of the subcommands that are clap's alone, which the compiler accepts only if
/// threads can share it.
fn shared(input: &Enum<'_>) -> impl Iterator<Item = TokenStream> {
    let mut seen = HashSet::new();
    let alone = input.variants.iter().filter(|it| it.part().is_none());
    alone
        .flat_map(|variant| &variant.types)
        .filter(move |ty| seen.insert(ty.to_string()))
        .map(tokens::shared_assertion)
}

/// An item that the compiler accepts only if a variant's content derives `DynamicFlags`.
fn assertion(part: &Part<'_>, root: &Path) -> TokenStream {
    let ty = part.ty;
    match part.kind {
        PartKind::Struct => {
            quote!(const _: fn() = #root::__private::derives_dynamic_variant::<#ty>;)
        }
        PartKind::Subcommands => tokens::part_assertion(part, root),
    }
}

/// An assertion that a subcommand has no flags which the enum forgets.
fn forgotten(variant: &Variant<'_>) -> Option<TokenStream> {
    let key = match variant.clap.kind {
        ClapKind::Flatten => "flatten",
        _ => "subcommand",
    };
    if variant.flag.flatten.is_some() || variant.flag.subcommand.is_some() {
        return None;
    }
    let (ty, kind) = (variant.content()?, variant.kind()?);
    let (what, probe) = match kind {
        PartKind::Struct => ("struct", quote!(__Probe)),
        PartKind::Subcommands => ("enum", quote!(__SubcommandProbe)),
    };
    let message = format!(
        "the {what} in `{}` derives `DynamicFlags`; write `#[flag({key})]` on this variant as well, \
         or `#[flag({key} = false)]` if its flags are the command line's alone",
        variant.ident
    );
    Some(quote_spanned! {at(ty)=>
        const _: () = ::core::assert!(!#probe::<#ty>::DERIVED, #message);
    })
}

/// The two functions that borrow the content of a variant from the enum.
fn accessors(variant: &Variant<'_>, of: &Ident) -> Option<TokenStream> {
    let ty = variant.part()?.ty;
    let ident = variant.ident;
    let (get, get_mut) = (get(variant), get_mut(variant));
    Some(quote_spanned! {at(ty)=>
        fn #get(__command: &#of) -> ::core::option::Option<&#ty> {
            match __command {
                #of::#ident(__content) => ::core::option::Option::Some(__content),
                #[allow(unreachable_patterns)]
                _ => ::core::option::Option::None,
            }
        }
        fn #get_mut(__command: &mut #of) -> ::core::option::Option<&mut #ty> {
            match __command {
                #of::#ident(__content) => ::core::option::Option::Some(__content),
                #[allow(unreachable_patterns)]
                _ => ::core::option::Option::None,
            }
        }
    })
}

fn get(variant: &Variant<'_>) -> Ident {
    format_ident!("__get_{}", variant.index)
}

fn get_mut(variant: &Variant<'_>) -> Ident {
    format_ident!("__get_mut_{}", variant.index)
}

/// `__fields.chosen(...);`
fn field_call(variant: &Variant<'_>, root: &Path) -> Option<TokenStream> {
    let Part { ty, kind } = variant.part()?;
    let (get, get_mut) = (get(variant), get_mut(variant));
    let interface = tokens::interface(kind, root);
    let deeper = deeper(variant);
    Some(quote_spanned! {at(ty)=>
        __fields.chosen(<#ty as #interface>::fields() #deeper, #get, #get_mut);
    })
}

/// An arm that makes the handles of a variant.
fn scope_call(variant: &Variant<'_>, item: &Item<'_>) -> TokenStream {
    let Item {
        ident: of,
        handles,
        root,
        ..
    } = item;
    let ident = variant.ident;
    let content = variant.part().map(|Part { ty, kind }| {
        let interface = tokens::interface(kind, root);
        let (get, deeper) = (get(variant), deeper(variant));
        quote!((<#ty as #interface>::handles(&__scope.variant(#get) #deeper)))
    });
    quote!(#of::#ident { .. } => #handles::#ident #content)
}

/// `.subcommand()` for further subcommands, whose flags belong to another command.
fn deeper(variant: &Variant<'_>) -> Option<TokenStream> {
    (variant.clap.kind == ClapKind::Subcommand).then(|| quote!(.subcommand()))
}

/// An arm that copies a variant.
fn copy(variant: &Variant<'_>, root: &Path) -> TokenStream {
    let ident = variant.ident;
    let bindings: Vec<Ident> = (0..variant.types.len())
        .map(|index| format_ident!("__{index}"))
        .collect();
    let copies = bindings.iter().map(|binding| {
        if let Some(Part { ty, kind }) = variant.part() {
            let interface = tokens::interface(kind, root);
            quote!(<#ty as #interface>::duplicate(#binding)?)
        } else {
            quote!((&__Duplicate(#binding)).__dflag_duplicate()?)
        }
    });
    let copy = match variant.fields {
        Fields::Named(fields) => {
            let names = fields.named.iter().map(|field| &field.ident);
            quote!({ #(#names: #copies),* })
        }
        Fields::Unnamed(_) => quote!((#(#copies),*)),
        Fields::Unit => TokenStream::new(),
    };
    let pattern = match variant.fields {
        Fields::Named(fields) => {
            let names = fields.named.iter().map(|field| &field.ident);
            quote!({ #(#names: ref #bindings),* })
        }
        Fields::Unnamed(_) => quote!((#(ref #bindings),*)),
        Fields::Unit => TokenStream::new(),
    };
    quote!(Self::#ident #pattern => ::core::result::Result::Ok(Self::#ident #copy))
}
