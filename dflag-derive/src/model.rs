//! The model: a struct and its fields, with all that the attributes say, each read once.
//!
//! Reading complains of what can't be read and of what is not a struct with named fields.
//! Whether what was read makes sense together is for [`check`](crate::check).

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens as _, format_ident};
use syn::ext::IdentExt as _;
use syn::{
    Attribute, Data, DeriveInput, Expr, Fields, Generics, Path, Type, Visibility, parse_quote,
};

use crate::attr::{FlagAttr, FlagsAttr};
use crate::clap_attr::{ClapAttr, Kind};
use crate::errors::Errors;
use crate::ty::Shape;

/// The struct that derives.
pub(crate) struct Struct<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) vis: &'a Visibility,
    pub(crate) generics: &'a Generics,
    /// The name of the struct of handles.
    pub(crate) handles: Ident,
    /// Where the runtime is.
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
    /// An argument of clap's. The runtime itself drops one without a long name.
    Flag,
    /// A flattened struct that has flags of its own.
    Nested,
    /// Nothing that a value could be taken for.
    None,
}

impl<'a> Struct<'a> {
    /// Reads the whole input. What can't be read is left out, and complained of.
    pub(crate) fn read(input: &'a DeriveInput, errors: &mut Errors) -> Self {
        let flags = FlagsAttr::read(&input.attrs, errors);
        Self {
            ident: &input.ident,
            vis: &input.vis,
            generics: &input.generics,
            handles: format_ident!("{}Flags", input.ident),
            root: flags.root.unwrap_or_else(|| parse_quote!(::dflag)),
            rules: flags.rules,
            fields: fields(input, errors),
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

fn fields<'a>(input: &'a DeriveInput, errors: &mut Errors) -> Vec<Field<'a>> {
    let (what, tokens) = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => {
                return fields
                    .named
                    .iter()
                    .filter_map(|field| Field::read(field, errors))
                    .collect();
            }
            Fields::Unnamed(fields) => ("a tuple struct", fields.to_token_stream()),
            Fields::Unit => ("a unit struct", input.ident.to_token_stream()),
        },
        Data::Enum(data) => ("an enum", data.enum_token.to_token_stream()),
        Data::Union(data) => ("a union", data.union_token.to_token_stream()),
    };
    errors.at(
        tokens,
        format!("`DynamicFlags` is for structs with named fields, and this is {what}"),
    );
    Vec::new()
}

impl<'a> Field<'a> {
    fn read(field: &'a syn::Field, errors: &mut Errors) -> Option<Self> {
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
            flag: FlagAttr::read(&field.attrs, errors),
        })
    }

    /// What the field is to the runtime.
    pub(crate) fn role(&self) -> Role {
        match self.clap.kind {
            Kind::Flatten if self.flag.flatten.is_some() && self.shape == Shape::One => {
                Role::Nested
            }
            Kind::Arg if self.shape != Shape::Unit => Role::Flag,
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

    /// The field's name, for people: `type`, not `r#type`.
    pub(crate) fn name(&self) -> String {
        self.ident.unraw().to_string()
    }
}
