//! Lint attributes, carried over to the generated items, which name the same types and fields.

use quote::format_ident;
use syn::{Attribute, Meta, MetaList, parse_quote};

/// The lint attributes among `attrs`, in the form for generated items.
///
/// `expect` becomes `allow`, since the user's own item decides whether the expectation is met.
/// `forbid` becomes `deny`, since the generated items contain an `allow` of their own.
pub(crate) fn attributes(attrs: &[Attribute]) -> Vec<Attribute> {
    attrs.iter().filter_map(carried_over).collect()
}

fn carried_over(attr: &Attribute) -> Option<Attribute> {
    let Meta::List(MetaList { path, tokens, .. }) = &attr.meta else {
        return None;
    };
    let level = match path.get_ident()?.to_string().as_str() {
        "allow" | "expect" => "allow",
        "warn" => "warn",
        "deny" | "forbid" => "deny",
        _ => return None,
    };
    let level = format_ident!("{level}");
    Some(parse_quote!(#[#level(#tokens)]))
}

#[cfg(test)]
mod tests {
    use quote::{ToTokens as _, quote};
    use syn::parse::Parser as _;

    use super::*;

    #[test]
    fn every_level_is_carried_over_in_its_form_for_generated_items() {
        let attrs = quote! {
            /// Documentation.
            #[allow(clippy::struct_excessive_bools)]
            #[expect(dead_code, reason = "for a test")]
            #[warn(missing_docs)]
            #[deny(unused)]
            #[forbid(unsafe_code)]
            #[must_use]
            #[command(version)]
        };
        let attrs = Attribute::parse_outer.parse2(attrs).unwrap();
        let carried: Vec<String> = attributes(&attrs)
            .iter()
            .map(|attr| attr.to_token_stream().to_string())
            .collect();
        let expected = [
            quote!(#[allow(clippy::struct_excessive_bools)]),
            quote!(#[allow(dead_code, reason = "for a test")]),
            quote!(#[warn(missing_docs)]),
            quote!(#[deny(unused)]),
            quote!(#[deny(unsafe_code)]),
        ];
        assert_eq!(carried, expected.map(|attr| attr.to_string()));
    }
}
