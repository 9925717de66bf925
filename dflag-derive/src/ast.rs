//! The struct or enum, with its fields or variants and their attributes, each read once.
//!
//! Reading reports what cannot be parsed, and anything but an enum and a struct with named fields. Whether
//! the attributes fit each other is [`check`](crate::check)'s task.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens as _, format_ident};
use syn::ext::IdentExt as _;
use syn::{
    Attribute, Data, DataEnum, DeriveInput, Expr, Fields, Generics, Path, Type, Visibility,
    parse_quote,
};

use crate::attr::{ClapAttr, ClapKind, FlagAttr, FlagsAttr, is_ours, lint};
use crate::ctxt::Ctxt;
use crate::shape::{self, Shape};

/// What derives `DynamicFlags`, without its fields or variants.
pub(crate) struct Item<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) vis: &'a Visibility,
    pub(crate) generics: &'a Generics,
    /// The lint attributes, for the generated items.
    pub(crate) lints: Vec<Attribute>,
    /// The name of the struct or enum of handles.
    pub(crate) handles: Ident,
    /// The path of the runtime crate.
    pub(crate) root: Path,
    /// Whether `--help` says which flags are dynamic.
    pub(crate) mark_dynamic: bool,
    /// The rules across fields.
    pub(crate) rules: Vec<Expr>,
    /// The function that edits each candidate.
    pub(crate) finish: Option<Expr>,
}

/// A struct that derives `DynamicFlags`.
pub(crate) struct Struct<'a> {
    pub(crate) item: Item<'a>,
    pub(crate) fields: Vec<Field<'a>>,
}

/// An enum of subcommands that derives `DynamicFlags`.
pub(crate) struct Enum<'a> {
    pub(crate) item: Item<'a>,
    pub(crate) variants: Vec<Variant<'a>>,
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
    /// A subcommand that has flags of its own.
    Subcommand,
    /// None of these: skipped, or a subcommand or a flattened struct that is clap's alone.
    None,
}

/// One subcommand.
pub(crate) struct Variant<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) fields: &'a Fields,
    /// The types of the fields, with the enum's name in place of `Self`.
    pub(crate) types: Vec<TokenStream>,
    /// The variant's index in the enum.
    pub(crate) index: usize,
    pub(crate) docs: Vec<&'a Attribute>,
    pub(crate) clap: ClapAttr,
    pub(crate) flag: FlagAttr,
    /// `#[flag(...)]` on its fields.
    pub(crate) inner: Vec<&'a Attribute>,
}

/// A type in a struct or an enum that has flags of its own.
pub(crate) struct Part<'a> {
    pub(crate) ty: &'a TokenStream,
    pub(crate) kind: PartKind,
}

/// What a part is to clap.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum PartKind {
    /// A struct of arguments.
    Struct,
    /// An enum of subcommands.
    Subcommands,
}

impl<'a> Item<'a> {
    fn read(input: &'a DeriveInput, ctxt: &mut Ctxt) -> Self {
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
            mark_dynamic: flags.mark_dynamic.is_some(),
            rules: flags.rules,
            finish: flags.finish,
        }
    }
}

impl<'a> Struct<'a> {
    /// Reads the whole input. What cannot be parsed is reported and left out.
    pub(crate) fn read(input: &'a DeriveInput, ctxt: &mut Ctxt) -> Self {
        Self {
            item: Item::read(input, ctxt),
            fields: fields(input, ctxt),
        }
    }

    /// The types that have flags of their own.
    pub(crate) fn parts(&self) -> Vec<Part<'_>> {
        self.fields.iter().filter_map(Field::part).collect()
    }

    /// Whether it has a subcommand with flags of its own.
    pub(crate) fn has_subcommand(&self) -> bool {
        let mut fields = self.fields.iter();
        fields.any(|field| field.role() == Role::Subcommand)
    }
}

impl<'a> Enum<'a> {
    /// Reads the whole input. What cannot be parsed is reported and left out.
    pub(crate) fn read(input: &'a DeriveInput, data: &'a DataEnum, ctxt: &mut Ctxt) -> Self {
        let variants = data.variants.iter().enumerate();
        Self {
            item: Item::read(input, ctxt),
            variants: variants
                .map(|(index, variant)| Variant::read(input, index, variant, ctxt))
                .collect(),
        }
    }

    /// The types that have flags of their own.
    pub(crate) fn parts(&self) -> Vec<Part<'_>> {
        self.variants.iter().filter_map(Variant::part).collect()
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
        // `Enum::read` reads one.
        Data::Enum(_) => return Vec::new(),
        Data::Union(data) => ("a union", data.union_token.to_token_stream()),
    };
    ctxt.error_at(
        tokens,
        format!("`DynamicFlags` requires a struct with named fields or an enum of subcommands; this is {what}"),
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
            docs: docs(&field.attrs),
            shape: Shape::of(&field.ty),
            clap: ClapAttr::read(&field.attrs),
            flag: FlagAttr::read(&field.attrs, ctxt),
        })
    }

    /// What the field is to the runtime.
    pub(crate) fn role(&self) -> Role {
        match self.clap.kind {
            ClapKind::Flatten if self.flag.flattens() && self.shape == Shape::One => Role::Nested,
            ClapKind::Subcommand if self.flag.has_subcommand() && self.is_one_or_none() => {
                Role::Subcommand
            }
            ClapKind::Arg if self.shape != Shape::Unit => Role::Flag,
            _ => Role::None,
        }
    }

    pub(crate) fn is_one_or_none(&self) -> bool {
        matches!(self.shape, Shape::One | Shape::Optional)
    }

    fn part(&self) -> Option<Part<'_>> {
        match self.role() {
            Role::Nested => Some(Part {
                ty: &self.ty,
                kind: PartKind::Struct,
            }),
            Role::Subcommand => Some(Part {
                ty: &self.inner_ty,
                kind: PartKind::Subcommands,
            }),
            Role::Flag | Role::None => None,
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

impl<'a> Variant<'a> {
    fn read(input: &DeriveInput, index: usize, variant: &'a syn::Variant, ctxt: &mut Ctxt) -> Self {
        let fields = variant.fields.iter();
        Self {
            ident: &variant.ident,
            fields: &variant.fields,
            types: fields
                .clone()
                .map(|field| replace_self(field.ty.to_token_stream(), &input.ident))
                .collect(),
            index,
            docs: docs(&variant.attrs),
            clap: ClapAttr::read(&variant.attrs),
            flag: FlagAttr::read(&variant.attrs, ctxt),
            inner: fields
                .flat_map(|field| &field.attrs)
                .filter(|attr| is_ours(attr))
                .collect(),
        }
    }

    /// The struct or enum that the variant holds.
    pub(crate) fn content(&self) -> Option<&TokenStream> {
        match (self.fields, &self.types[..]) {
            (Fields::Unnamed(_), [content]) => Some(content),
            _ => None,
        }
    }

    /// What the content is to clap, if it may have flags of its own.
    pub(crate) fn kind(&self) -> Option<PartKind> {
        match self.clap.kind {
            ClapKind::Arg => Some(PartKind::Struct),
            ClapKind::Flatten | ClapKind::Subcommand => Some(PartKind::Subcommands),
            _ => None,
        }
    }

    /// The content, if it has flags of its own.
    pub(crate) fn part(&self) -> Option<Part<'_>> {
        let is_live = match self.clap.kind {
            ClapKind::Flatten => self.flag.flattens(),
            _ => self.flag.has_subcommand(),
        };
        Some(Part {
            ty: self.content().filter(|_| is_live)?,
            kind: self.kind()?,
        })
    }
}

fn docs(attrs: &[Attribute]) -> Vec<&Attribute> {
    let docs = attrs.iter().filter(|attr| attr.path().is_ident("doc"));
    docs.collect()
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
