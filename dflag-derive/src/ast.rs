//! The struct and its fields, with their attributes, each read once.
//!
//! Reading reports what cannot be parsed, and anything but a struct with named fields. Whether
//! the attributes fit each other is [`check`](crate::check)'s task.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens as _, format_ident};
use syn::ext::IdentExt as _;
use syn::{
    Attribute, Data, DeriveInput, Expr, Fields, Generics, Path, Type, Visibility, parse_quote,
};

use crate::attr::{ClapAttr, ClapKind, FlagAttr, FlagsAttr};
use crate::ctxt::Ctxt;
use crate::shape::Shape;

/// The struct that derives `DynamicFlags`.
pub(crate) struct Struct<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) vis: &'a Visibility,
    pub(crate) generics: &'a Generics,
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
    pub(crate) ty: &'a Type,
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
            handles: format_ident!("{}Flags", input.ident),
            root: flags.root.unwrap_or_else(|| parse_quote!(::dflag)),
            rules: flags.rules,
            fields: fields(input, ctxt),
        }
    }

    /// The types of the flattened structs that have flags of their own.
    pub(crate) fn nested(&self) -> impl Iterator<Item = &'a Type> {
        self.fields
            .iter()
            .filter(|field| field.role() == Role::Nested)
            .map(|field| field.ty)
    }
}

fn fields<'a>(input: &'a DeriveInput, ctxt: &mut Ctxt) -> Vec<Field<'a>> {
    let (what, tokens) = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => {
                return fields
                    .named
                    .iter()
                    .filter_map(|field| Field::read(field, ctxt))
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
    fn read(field: &'a syn::Field, ctxt: &mut Ctxt) -> Option<Self> {
        Some(Self {
            ident: field.ident.as_ref()?,
            vis: &field.vis,
            ty: &field.ty,
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
            ClapKind::Flatten if self.flag.flatten.is_some() && self.shape == Shape::One => {
                Role::Nested
            }
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
