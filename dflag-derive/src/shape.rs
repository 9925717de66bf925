//! The shape of a field's type: how many values clap reads for it, and whether it may be absent.
//!
//! Like clap's derive, this decides by the tokens of the type, not by its meaning: only a bare
//! `Option` or `Vec` counts, never an alias or a path.

use syn::{GenericArgument, PathArguments, PathSegment, Type};

/// How the values of one argument form a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `()`: no value
    Unit,
    /// `T`
    One,
    /// `Option<T>`
    Optional,
    /// `Option<Option<T>>`
    OptionalOptional,
    /// `Vec<T>`
    Many,
    /// `Option<Vec<T>>`
    OptionalMany,
}

impl Shape {
    /// The shape that clap's derive gives a type.
    pub(crate) fn of(ty: &Type) -> Self {
        if matches!(ty, Type::Tuple(tuple) if tuple.elems.is_empty()) {
            Self::Unit
        } else if argument_of("Vec", ty).is_some() {
            Self::Many
        } else if let Some(inner) = argument_of("Option", ty) {
            if argument_of("Option", inner).is_some() {
                Self::OptionalOptional
            } else if argument_of("Vec", inner).is_some() {
                Self::OptionalMany
            } else {
                Self::Optional
            }
        } else {
            Self::One
        }
    }
}

/// `T` of a `Name<T>`.
pub(crate) fn argument_of<'a>(name: &str, ty: &'a Type) -> Option<&'a Type> {
    let segment = only_segment(ty).filter(|segment| segment.ident == name)?;
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
        return None;
    };
    match only(arguments.args.iter())? {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    }
}

fn only_segment(mut ty: &Type) -> Option<&PathSegment> {
    // A `$ty` from a `macro_rules!` arrives in an invisible group.
    while let Type::Group(group) = ty {
        ty = &group.elem;
    }
    match ty {
        Type::Path(ty) if ty.qself.is_none() && ty.path.leading_colon.is_none() => {
            only(ty.path.segments.iter())
        }
        _ => None,
    }
}

fn only<T>(mut items: impl Iterator<Item = T>) -> Option<T> {
    items.next().filter(|_| items.next().is_none())
}

#[cfg(test)]
mod tests {
    use quote::ToTokens as _;
    use syn::parse_quote;

    use super::*;

    #[test]
    fn shape_follows_the_tokens_of_the_type() {
        let table: [(Type, Shape); 13] = [
            (parse_quote!(()), Shape::Unit),
            (parse_quote!((u8,)), Shape::One),
            (parse_quote!(u8), Shape::One),
            (parse_quote!([u8; 4]), Shape::One),
            (parse_quote!(Option<u8>), Shape::Optional),
            (parse_quote!(Option<Option<u8>>), Shape::OptionalOptional),
            (parse_quote!(Vec<u8>), Shape::Many),
            (parse_quote!(Vec<Option<u8>>), Shape::Many),
            (parse_quote!(Option<Vec<u8>>), Shape::OptionalMany),
            (parse_quote!(Box<Vec<u8>>), Shape::One),
            (parse_quote!(Vec<u8, Global>), Shape::One),
            (parse_quote!(std::option::Option<u8>), Shape::One),
            (parse_quote!(::std::vec::Vec<u8>), Shape::One),
        ];
        for (ty, shape) in table {
            assert_eq!(Shape::of(&ty), shape, "{}", ty.to_token_stream());
        }
    }
}
