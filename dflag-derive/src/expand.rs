//! The expansion of a valid struct: thin tokens that call the runtime.
//!
//! The tokens contain no logic, and only absolute paths, which a user's code cannot shadow.

use std::collections::HashSet;

use proc_macro2::{Delimiter, Group, Ident, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Expr, Path};

use crate::ast::{Field, Item, Role, Struct};
use crate::attr::{ClapKind, FlagAttr, Text};
use crate::expand_subcommand as subcommand;
use crate::shape::Shape;
use crate::tokens::{self, at, get, get_mut};

/// Expands to the struct of handles and the impl of `DynamicFlags`.
pub(crate) fn expand(input: &Struct<'_>) -> TokenStream {
    let Item {
        ident,
        handles,
        root,
        lints,
        ..
    } = &input.item;

    let handle_fields = input.fields.iter().map(|field| handle_field(field, root));
    let handles_struct = handles_struct(input, &handle_fields.collect());
    let parts = input.parts();
    let nested_bounds = tokens::bounds(&parts, root);
    let parts = parts.iter().map(|part| tokens::part_assertion(part, root));
    let accessors = input
        .fields
        .iter()
        .filter_map(|field| accessors(field, ident));
    let fields = input
        .fields
        .iter()
        .filter_map(|field| field_call(field, root));
    let scoped = input.fields.iter().map(|field| scope_call(field, root));
    let fields = tokens::fields(&input.item, &format_ident!("of_struct"), fields);
    let shared = shared(input);
    let forgotten = input.fields.iter().filter_map(forgotten);
    let blanks = input.fields.iter().filter_map(blank_default);
    let (derives_clap, clone_bound) = if input.has_subcommand() {
        (quote!(derives_clap_without_clone), None)
    } else {
        (quote!(derives_clap), Some(quote!(+ ::core::clone::Clone)))
    };
    let duplicate = subcommand::duplicate(input);

    // The compiler does not report a `for<'__>` bound that is not met. So the `const` items alone
    // report a missing derive or bound, once and in words that say what to change.
    quote! {
        #[derive(::core::clone::Clone, ::core::fmt::Debug)]
        #handles_struct

        #(#lints)*
        const _: () = {
            #[allow(unused_imports)]
            use #root::__private::{
                ByText as _, ByValue as _, Checks as __Checks, Compare as __Compare,
                DisplayMany as _, DisplayMap as _, DisplayOne as _, DisplayOption as _,
                DisplayOptionMany as _, DisplayOptionMap as _, DisplayOptionOption as _,
                NoDisplay as _, NotDerived as _, Probe as __Probe,
                Shared as __Shared, SubcommandProbe as __SubcommandProbe,
            };

            const _: fn() = #root::__private::#derives_clap::<#ident>;
            #(#parts)*
            #(#shared)*
            #(#forgotten)*
            #(#blanks)*

            #(#accessors)*

            #[automatically_derived]
            impl #root::DynamicFlags for #ident
            where
                for<'__> Self: #root::__private::clap::Args
                    #clone_bound
                    + ::core::marker::Send
                    + ::core::marker::Sync,
                for<'__> #handles: ::core::marker::Send + ::core::marker::Sync,
                #nested_bounds
            {
                type Handles = #handles;

                #fields

                #[allow(deprecated)]
                fn handles(__scope: &#root::__private::Scope<'_, Self>) -> Self::Handles {
                    #handles { #(#scoped,)* }
                }

                fn duplicate(
                    &self,
                ) -> ::core::result::Result<Self, #root::__private::NotClone> {
                    ::core::result::Result::Ok(#duplicate)
                }
            }
        };
    }
}

/// The struct of handles, with the given fields.
pub(crate) fn handles_struct(input: &Struct<'_>, fields: &TokenStream) -> TokenStream {
    let Item {
        ident,
        vis,
        handles,
        generics,
        lints,
        ..
    } = &input.item;
    let bounds = tokens::all_bounds(&input.item, &input.parts());
    let doc = format!(" Handles on the dynamic flags of [`{ident}`].");
    quote! {
        #(#lints)*
        #[doc = #doc]
        #vis struct #handles #generics
        where
            #bounds
        {
            #fields
        }
    }
}

/// `port: ::dflag::Dynamic<u16>,`
fn handle_field(field: &Field<'_>, root: &Path) -> TokenStream {
    let ty = &field.ty;
    match field.role() {
        Role::Flag if field.flag.dynamic.is_some() => {
            documented(field, &quote!(#root::Dynamic<#ty>))
        }
        Role::Nested => documented(field, &quote!(<#ty as #root::DynamicFlags>::Handles)),
        Role::Subcommand => documented(field, &subcommand::handles_type(field, root)),
        Role::Flag | Role::None => without_handle(field, root),
    }
}

/// A field in place of a handle. Code that reads it as if it were the user's field gets a warning that says
/// how to read that field.
fn without_handle(field: &Field<'_>, root: &Path) -> TokenStream {
    let ty = &field.ty;
    let name = field.name();
    let note = format!("`{name}` is not dynamic: read it with `.load().{name}`");
    let field = documented(field, &quote!(#root::__private::NotDynamic<#ty>));
    quote! {
        #[deprecated(note = #note)]
        #[allow(dead_code)]
        #field
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

/// An item for the type of each field, which the compiler accepts only if threads can share it.
///
/// The compiler checks items before function bodies, so this is the first error about the type. A
/// flattened struct has the items of its own derive.
fn shared(input: &Struct<'_>) -> impl Iterator<Item = TokenStream> {
    // Most structs have many fields of few types.
    let mut seen = HashSet::new();
    let fields = input.fields.iter();
    fields
        .filter(|field| !matches!(field.role(), Role::Nested | Role::Subcommand))
        .filter(move |field| seen.insert(field.ty.to_string()))
        .map(|field| tokens::shared_assertion(&field.ty))
}

/// An assertion that a part has no flags which the struct forgets.
fn forgotten(field: &Field<'_>) -> Option<TokenStream> {
    subcommand::forgotten(field).or_else(|| forgotten_flatten(field))
}

fn forgotten_flatten(field: &Field<'_>) -> Option<TokenStream> {
    if field.clap.kind != ClapKind::Flatten || field.flag.flatten.is_some() {
        return None;
    }
    let ty = &field.inner_ty;
    let remedy = if field.shape == Shape::Optional {
        "a struct that may be absent has no flags to change: write `#[flag(flatten = false)]` \
         on this field if its flags are the command line's alone"
    } else {
        "write `#[flag(flatten)]` on this field as well, or `#[flag(flatten = false)]` \
         if its flags are the command line's alone"
    };
    let message = format!(
        "the struct that is flattened into `{}` derives `DynamicFlags`; {remedy}",
        field.name()
    );
    Some(quote_spanned! {at(ty)=>
        const _: () = ::core::assert!(!__Probe::<#ty>::DERIVED, #message);
    })
}

/// A warning about a default with white space at an edge, which the value of a source would lose.
///
/// A deprecated item is the only warning that a derive can give on stable Rust.
fn blank_default(field: &Field<'_>) -> Option<TokenStream> {
    let default = field.clap.default.as_ref()?;
    let text = default.value();
    let is_flag = field.role() == Role::Flag && field.clap.long;
    if !is_flag || field.flag.trim.is_some() || text.trim() == text {
        return None;
    }
    let note = format!(
        "the default of `{}` begins or ends with white space, which is removed where a source sets this flag: write \
         `#[flag(trim = false)]` to keep it, or `#[flag(trim = true)]` if it has no meaning",
        field.name()
    );
    // The compiler skips this lint in code with a derive's spans, so the span is the user's own.
    Some(quote_spanned! {default.span()=>
        const _: () = {
            #[deprecated(note = #note)]
            const DEFAULT: () = ();
            DEFAULT
        };
    })
}

/// The two functions that borrow the field from the struct.
///
/// Named functions, because `fields` and `handles` share them: a closure in each would be one
/// more function to compile for every field.
fn accessors(field: &Field<'_>, of: &Ident) -> Option<TokenStream> {
    let Field { ident, ty, .. } = field;
    let (get, get_mut) = (get(field), get_mut(field));
    if field.role() == Role::Subcommand {
        return Some(subcommand::accessors(field, of));
    }
    (field.role() != Role::None).then(|| {
        quote_spanned! {at(ty)=>
            fn #get(__args: &#of) -> &#ty {
                &__args.#ident
            }
            fn #get_mut(__args: &mut #of) -> &mut #ty {
                &mut __args.#ident
            }
        }
    })
}

/// A call that adds the field: `__fields.one(...)` or `__fields.nested(...)`, for instance.
fn field_call(field: &Field<'_>, root: &Path) -> Option<TokenStream> {
    let ty = &field.ty;
    let span = at(ty);
    let (get, get_mut) = (get(field), get_mut(field));
    match field.role() {
        Role::Flag => {
            let shape = Ident::new(constructor(field.shape)?, span);
            let id = field.id();
            let settings = settings(field);
            Some(quote_spanned! {span=>
                __fields.#shape(#id, #get, #get_mut) #settings;
            })
        }
        Role::Nested => Some(quote_spanned! {span=>
            __fields.nested(<#ty as #root::DynamicFlags>::fields(), #get, #get_mut);
        }),
        Role::Subcommand => Some(subcommand::field_call(field, root)),
        Role::None => field.flag.show.as_ref().map(|_| {
            let ty = &field.inner_ty;
            quote_spanned! {at(ty)=>
                __fields.shown(<#ty as #root::__private::clap::Args>::augment_args);
            }
        }),
    }
}

/// The calls on one `Field`; the last one ends the statement.
fn settings(field: &Field<'_>) -> TokenStream {
    let get = get(field);
    let checks = field
        .flag
        .validate
        .iter()
        .map(|validate| check(field, &validate.check));
    let keeps = field
        .flag
        .keeps_white_space()
        .then(|| quote!(.keep_white_space()));
    let secret = field.flag.secret.as_ref().map(|_| quote!(.secret()));
    let dynamic = field.flag.dynamic.as_ref().map(|_| quote!(.dynamic()));
    let own_parser = field.clap.own_parser.then(|| quote!(.own_parser()));
    let FlagAttr {
        salt,
        unit,
        deprecated,
        ..
    } = &field.flag;
    let texts = [salt, unit, deprecated];
    let texts = texts.into_iter().flatten().map(text);
    // Each method is in several traits; autoref selects the one whose bound the type meets.
    let compared = quote! {
        .compared(
            (&__Compare::of(#get)).__dflag_equality(),
            (&__Compare::of(#get)).__dflag_texts(),
        )
    };
    quote!(#(#checks)* #keeps #secret #dynamic #own_parser #(#texts)* #compared)
}

/// `.salt(...)`, a call with the name of its key.
fn text(Text { key, text }: &Text) -> TokenStream {
    quote_spanned!(at(text)=> .#key(#text))
}

/// `.check(...)`, with an inner call that has exactly the span of the user's expression.
///
/// If the expression does not fit the field, the compiler may report both the expression and the call
/// that it is passed to. It drops the second error if the spans are equal.
fn check(field: &Field<'_>, check: &Expr) -> TokenStream {
    let get = get(field);
    let tokens = check.to_token_stream();
    let first = tokens.span();
    let last = tokens
        .into_iter()
        .last()
        .map_or(first, |token| token.span());
    let mut argument = Group::new(Delimiter::Parenthesis, check.to_token_stream());
    argument.set_span(last);
    let check = quote_spanned!(first=> __Checks::of(#get).check #argument);
    quote!(.check(#check))
}

/// `port: scope.handle(...)`, a field of the struct of handles.
fn scope_call(field: &Field<'_>, root: &Path) -> TokenStream {
    let (ident, ty) = (field.ident, &field.ty);
    let get = get(field);
    match field.role() {
        Role::Flag if field.flag.dynamic.is_some() => {
            let id = field.id();
            quote_spanned!(at(ty)=> #ident: __scope.handle(#id, #get))
        }
        Role::Nested => quote! {
            #ident: <#ty as #root::DynamicFlags>::handles(&__scope.nested(#get))
        },
        Role::Subcommand => subcommand::scope_call(field, root),
        Role::Flag | Role::None => quote!(#ident: #root::__private::NotDynamic::new()),
    }
}

/// The method of `Fields` for a shape.
fn constructor(shape: Shape) -> Option<&'static str> {
    match shape {
        Shape::Unit => None,
        Shape::One => Some("one"),
        Shape::Optional => Some("optional"),
        Shape::OptionalOptional => Some("optional_optional"),
        Shape::Many => Some("many"),
        Shape::OptionalMany => Some("optional_many"),
    }
}
