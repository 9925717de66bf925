//! The expansion: thin tokens that name each field once and call the runtime.
//!
//! There is no logic in what is written here, and no name that a user's code could take away:
//! every path is absolute. It is handed a model without mistakes, so it has nothing to reject.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Path, Type};

use crate::model::{Field, Role, Struct};
use crate::ty::Shape;

/// Writes the struct of handles and the impl.
pub(crate) fn expand(model: &Struct<'_>) -> TokenStream {
    let Struct {
        ident,
        handles,
        root,
        rules,
        ..
    } = model;

    let handle_fields = model
        .fields
        .iter()
        .filter_map(|field| handle_field(field, root));
    let handles_struct = handles_struct(model, &handle_fields.collect());
    let nested = model.nested();
    let nested_bounds = nested_bounds(model);
    let accessors = model
        .fields
        .iter()
        .filter_map(|field| accessors(field, ident));
    let fields = model.fields.iter().filter_map(field_call);
    let scoped = model.fields.iter().filter_map(scope_call);

    // A bound over a lifetime is one that the compiler does not complain of when it doesn't hold.
    // So each of them is told of once, by the first lines, in words that say what to add.
    quote! {
        const _: fn() = #root::__private::derives_clap::<#ident>;
        #(const _: fn() = #root::__private::derives_dynamic_flags::<#nested>;)*

        #[derive(::core::clone::Clone, ::core::fmt::Debug)]
        #handles_struct

        const _: () = {
            #[allow(unused_imports)]
            use #root::__private::{ByText as _, ByValue as _, Compare as __Compare, Field as __Field};

            #(#accessors)*

            #[automatically_derived]
            impl #root::DynamicFlags for #ident
            where
                for<'__> Self: #root::__private::clap::Args + ::core::clone::Clone,
                #nested_bounds
            {
                type Handles = #handles;

                fn fields() -> #root::__private::Fields<Self> {
                    #root::__private::Fields::new()
                        #(#fields)*
                        #(.rule(#rules))*
                }

                fn handles(scope: &#root::__private::Scope<'_, Self>) -> Self::Handles {
                    #handles { #(#scoped,)* }
                }
            }
        };
    }
}

/// The struct of handles, with fields that are already written.
pub(crate) fn handles_struct(model: &Struct<'_>, fields: &TokenStream) -> TokenStream {
    let Struct {
        ident,
        vis,
        handles,
        generics,
        ..
    } = model;
    let predicates = generics
        .where_clause
        .iter()
        .flat_map(|clause| &clause.predicates);
    let nested_bounds = nested_bounds(model);
    let doc = format!(" Handles on the dynamic flags of [`{ident}`].");
    quote! {
        #[doc = #doc]
        #vis struct #handles #generics
        where
            #(#predicates,)*
            #nested_bounds
        {
            #fields
        }
    }
}

/// What the flattened structs must derive, in the form that brings no complaint.
pub(crate) fn nested_bounds(model: &Struct<'_>) -> TokenStream {
    let root = &model.root;
    let nested = model.nested();
    quote!(#(for<'__> #nested: #root::DynamicFlags,)*)
}

/// `port: ::dflag::Dynamic<u16>,`
fn handle_field(field: &Field<'_>, root: &Path) -> Option<TokenStream> {
    let ty = field.ty;
    match field.role() {
        Role::Flag if field.flag.dynamic.is_some() => {
            Some(documented(field, &quote!(#root::Dynamic<#ty>)))
        }
        Role::Nested => Some(documented(
            field,
            &quote!(<#ty as #root::DynamicFlags>::Handles),
        )),
        _ => None,
    }
}

/// A field of the struct of handles, which says what the user's own field says.
pub(crate) fn documented(field: &Field<'_>, ty: &TokenStream) -> TokenStream {
    let Field {
        ident, vis, docs, ..
    } = field;
    // A strict user would be asked to document what they did not write.
    let otherwise = docs.is_empty().then(|| {
        let doc = format!(" What `{}` holds now.", field.name());
        quote!(#[doc = #doc])
    });
    quote!(#(#docs)* #otherwise #vis #ident: #ty,)
}

/// The two functions that find the field in the struct.
///
/// They are written once for all who want them: a closure for each would be a function more to
/// compile, for every field.
fn accessors(field: &Field<'_>, of: &Ident) -> Option<TokenStream> {
    let Field { ident, ty, .. } = field;
    let (get, get_mut) = (get(field), get_mut(field));
    (field.role() != Role::None).then(|| {
        quote_spanned! {at(ty)=>
            fn #get(args: &#of) -> &#ty {
                &args.#ident
            }
            fn #get_mut(args: &mut #of) -> &mut #ty {
                &mut args.#ident
            }
        }
    })
}

fn get(field: &Field<'_>) -> Ident {
    format_ident!("__get_{}", field.name())
}

fn get_mut(field: &Field<'_>) -> Ident {
    format_ident!("__get_mut_{}", field.name())
}

/// `.field(...)` or `.nested(...)`, a call on `Fields`.
fn field_call(field: &Field<'_>) -> Option<TokenStream> {
    let span = at(field.ty);
    let (get, get_mut) = (get(field), get_mut(field));
    match field.role() {
        Role::Flag => {
            let shape = constructor(field.shape)?;
            let id = field.id();
            let settings = settings(field);
            Some(quote_spanned! {span=>
                .field(__Field::#shape(#id, #get, #get_mut) #settings)
            })
        }
        Role::Nested => Some(quote_spanned!(span=> .nested(#get, #get_mut))),
        Role::None => None,
    }
}

/// The calls on one `Field`.
fn settings(field: &Field<'_>) -> TokenStream {
    let ty = field.ty;
    let checks = field.flag.validate.iter().map(|validate| &validate.check);
    let keeps = field
        .flag
        .keeps_white_space()
        .then(|| quote!(.keep_white_space()));
    let secret = field.flag.secret.as_ref().map(|_| quote!(.secret()));
    // The two traits have the same method, and the compiler takes the one that the type allows.
    let dynamic = field
        .flag
        .dynamic
        .as_ref()
        .map(|_| quote!(.dynamic((&__Compare::<#ty>::NEW).equality())));
    quote!(#(.check(#checks))* #keeps #secret #dynamic)
}

/// `port: scope.handle(...)`, a field of the struct of handles.
fn scope_call(field: &Field<'_>) -> Option<TokenStream> {
    let ident = field.ident;
    let get = get(field);
    match field.role() {
        Role::Flag if field.flag.dynamic.is_some() => {
            let id = field.id();
            Some(quote!(#ident: scope.handle(#id, #get)))
        }
        Role::Nested => Some(quote!(#ident: scope.nested(#get))),
        _ => None,
    }
}

/// The constructor of `Field` for a shape.
fn constructor(shape: Shape) -> Option<TokenStream> {
    match shape {
        Shape::Unit => None,
        Shape::One => Some(quote!(one)),
        Shape::Optional => Some(quote!(optional)),
        Shape::OptionalOptional => Some(quote!(optional_optional)),
        Shape::Many => Some(quote!(many)),
        Shape::OptionalMany => Some(quote!(optional_many)),
    }
}

/// Where the type is, so that the compiler shows a bound it fails under it; with our own hygiene.
fn at(ty: &Type) -> Span {
    Span::call_site().located_at(ty.to_token_stream().span())
}
