//! The struct and its fields, with their attributes, each read once.
//!
//! Reading reports what cannot be parsed, and anything but a struct with named fields. Whether
//! the attributes fit each other is [`check`](crate::check)'s task.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens as _, format_ident};
use syn::ext::IdentExt as _;
use syn::{
    Attribute, Data, DeriveInput, Expr, Fields, Generics, Path, Type, Visibility, parse_quote,
};

use crate::attr::{ClapAttr, ClapKind, FlagAttr, FlagsAttr, lint};
use crate::ctxt::Ctxt;
use crate::shape::{self, Shape};

/// The struct that derives `DynamicFlags`.
pub(crate) struct Struct<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) vis: &'a Visibility,
    pub(crate) generics: &'a Generics,
    /// The lint attributes, for the generated items.
    pub(crate) lints: Vec<Attribute>,
    /// The name of the struct of handles.
    pub(crate) handles: Ident,
    /// The path of the runtime crate.
    pub(crate) root: Path,
    /// The rules across fields.
    pub(crate) rules: Vec<Expr>,
    pub(crate) fields: Vec<Field<'a>>,
}

/// One named field.
pub(crate) struct Field<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) vis: &'a Visibility,
    /// The type, with the struct's name in place of `Self`.
    pub(crate) ty: TokenStream,
    /// `T` of an `Option<T>`, else the whole type.
    pub(crate) inner_ty: TokenStream,
    /// The field's index in the struct.
    pub(crate) index: usize,
    pub(crate) docs: Vec<&'a Attribute>,
    pub(crate) shape: Shape,
    pub(crate) clap: ClapAttr,
    pub(crate) flag: FlagAttr,
}

/// What a field is to the runtime.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// An argument. The runtime drops one without a long name.
    Flag,
    /// A flattened struct that has flags of its own.
    Nested,
    /// Neither: skipped, a subcommand, or a flattened struct that is clap's alone.
    None,
}

impl<'a> Struct<'a> {
    /// Reads the whole input. What cannot be parsed is reported and left out.
    pub(crate) fn read(input: &'a DeriveInput, ctxt: &mut Ctxt) -> Self {
        let flags = FlagsAttr::read(&input.attrs, ctxt);
        Self {
            ident: &input.ident,
            vis: &input.vis,
            generics: &input.generics,
            lints: lint::attributes(&input.attrs),
            handles: flags
                .handles
                .unwrap_or_else(|| format_ident!("{}Flags", input.ident)),
            root: flags.root.unwrap_or_else(|| parse_quote!(::dflag)),
            rules: flags.rules,
            fields: fields(input, ctxt),
        }
    }

    /// The types of the flattened structs that have flags of their own.
    pub(crate) fn nested(&self) -> impl Iterator<Item = &TokenStream> {
        self.fields
            .iter()
            .filter(|field| field.role() == Role::Nested)
            .map(|field| &field.ty)
    }
}

fn fields<'a>(input: &'a DeriveInput, ctxt: &mut Ctxt) -> Vec<Field<'a>> {
    let (what, tokens) = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => {
                return fields
                    .named
                    .iter()
                    .enumerate()
                    .filter_map(|(index, field)| Field::read(input, index, field, ctxt))
                    .collect();
            }
            Fields::Unnamed(fields) => ("a tuple struct", fields.to_token_stream()),
            Fields::Unit => ("a unit struct", input.ident.to_token_stream()),
        },
        Data::Enum(data) => ("an enum", data.enum_token.to_token_stream()),
        Data::Union(data) => ("a union", data.union_token.to_token_stream()),
    };
    ctxt.error_at(
        tokens,
        format!("`DynamicFlags` requires a struct with named fields; this is {what}"),
    );
    Vec::new()
}

impl<'a> Field<'a> {
    fn read(
        input: &DeriveInput,
        index: usize,
        field: &'a syn::Field,
        ctxt: &mut Ctxt,
    ) -> Option<Self> {
        let without_self = |ty: &Type| replace_self(ty.to_token_stream(), &input.ident);
        Some(Self {
            ident: field.ident.as_ref()?,
            vis: &field.vis,
            ty: without_self(&field.ty),
            inner_ty: without_self(shape::argument_of("Option", &field.ty).unwrap_or(&field.ty)),
            index,
            docs: field
                .attrs
                .iter()
                .filter(|attr| attr.path().is_ident("doc"))
                .collect(),
            shape: Shape::of(&field.ty),
            clap: ClapAttr::read(&field.attrs),
            flag: FlagAttr::read(&field.attrs, ctxt),
        })
    }

    /// What the field is to the runtime.
    pub(crate) fn role(&self) -> Role {
        match self.clap.kind {
            ClapKind::Flatten if self.flag.flattens() && self.shape == Shape::One => Role::Nested,
            ClapKind::Arg if self.shape != Shape::Unit => Role::Flag,
            _ => Role::None,
        }
    }

    /// The id that clap gives the argument.
    pub(crate) fn id(&self) -> TokenStream {
        match &self.clap.id {
            Some(id) => id.clone(),
            None => self.name().into_token_stream(),
        }
    }

    /// The field's name without a raw prefix: `type`, not `r#type`.
    pub(crate) fn name(&self) -> String {
        self.ident.unraw().to_string()
    }
}

/// Replaces `Self`, which means another struct inside the struct of handles, and nothing in a
/// function.
fn replace_self(tokens: TokenStream, ident: &Ident) -> TokenStream {
    let replace = |token| match token {
        TokenTree::Ident(word) if word == "Self" => {
            let mut ident = ident.clone();
            ident.set_span(ident.span().located_at(word.span()));
            TokenTree::Ident(ident)
        }
        TokenTree::Group(group) => {
            let mut replaced = Group::new(group.delimiter(), replace_self(group.stream(), ident));
            replaced.set_span(group.span());
            TokenTree::Group(replaced)
        }
        other => other,
    };
    tokens.into_iter().map(replace).collect()
}
