//! The expansion of a valid struct: thin tokens that call the runtime.
//!
//! The tokens contain no logic, and only absolute paths, which a user's code cannot shadow.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Path, Type};

use crate::ast::{Field, Role, Struct};
use crate::shape::Shape;

/// Expands to the struct of handles and the impl of `DynamicFlags`.
pub(crate) fn expand(input: &Struct<'_>) -> TokenStream {
    let Struct {
        ident,
        handles,
        root,
        rules,
        ..
    } = input;

    let handle_fields = input
        .fields
        .iter()
        .filter_map(|field| handle_field(field, root));
    let handles_struct = handles_struct(input, &handle_fields.collect());
    let nested = input.nested();
    let nested_bounds = nested_bounds(input);
    let accessors = input
        .fields
        .iter()
        .filter_map(|field| accessors(field, ident));
    let fields = input.fields.iter().filter_map(field_call);
    let scoped = input.fields.iter().filter_map(scope_call);

    // The compiler does not report a `for<'__>` bound that is not met. So the `const` items alone
    // report a missing derive, once and in words that say what to add.
    quote! {
        const _: fn() = #root::__private::derives_clap::<#ident>;
        #(const _: fn() = #root::__private::derives_dynamic_flags::<#nested>;)*

        #[derive(::core::clone::Clone, ::core::fmt::Debug)]
        #handles_struct

        const _: () = {
            #[allow(unused_imports)]
            use #root::__private::{
                ByText as _, ByValue as _, Compare as __Compare, DisplayMany as _, DisplayOne as _,
                DisplayOption as _, DisplayOptionMany as _, Field as __Field, NoDisplay as _,
            };

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

/// The struct of handles, with the given fields.
pub(crate) fn handles_struct(input: &Struct<'_>, fields: &TokenStream) -> TokenStream {
    let Struct {
        ident,
        vis,
        handles,
        generics,
        ..
    } = input;
    let predicates = generics
        .where_clause
        .iter()
        .flat_map(|clause| &clause.predicates);
    let nested_bounds = nested_bounds(input);
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

/// `Type: DynamicFlags` for each flattened struct, in the form that the compiler does not report.
pub(crate) fn nested_bounds(input: &Struct<'_>) -> TokenStream {
    let root = &input.root;
    let nested = input.nested();
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

/// A field of the struct of handles, with the doc comment and visibility of the user's field.
pub(crate) fn documented(field: &Field<'_>, ty: &TokenStream) -> TokenStream {
    let Field {
        ident, vis, docs, ..
    } = field;
    // Under `missing_docs`, an undocumented field would be an error in generated code.
    let default_doc = docs.is_empty().then(|| {
        let doc = format!(" Handle on `{}`.", field.name());
        quote!(#[doc = #doc])
    });
    quote!(#(#docs)* #default_doc #vis #ident: #ty,)
}

/// The two functions that borrow the field from the struct.
///
/// Named functions, because `fields` and `handles` share them: a closure in each would be one
/// more function to compile for every field.
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
    let dynamic = field.flag.dynamic.as_ref().map(|_| quote!(.dynamic()));
    // Each method is in several traits; autoref selects the one whose bound the type meets.
    let compared = quote! {
        .compared(
            (&__Compare::<#ty>::NEW).__dflag_equality(),
            (&__Compare::<#ty>::NEW).__dflag_texts(),
        )
    };
    quote!(#(.check(#checks))* #keeps #secret #dynamic #compared)
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

/// Located at the type, where the compiler then shows an unmet bound, but resolved at the call site.
fn at(ty: &Type) -> Span {
    Span::call_site().located_at(ty.to_token_stream().span())
}
