//! The syntax of attributes: a comma-separated list of `key`, `key = value` and `key(...)`.
//!
//! The parser knows no keys. It accepts whatever clap's own derive accepts, because it also reads
//! clap's attributes, and it continues after an item that it cannot parse.

use std::fmt;

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::parse::discouraged::Speculative as _;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Expr, Token, token};

/// One item of an attribute's list.
pub(crate) struct MetaItem {
    pub(crate) key: Ident,
    pub(crate) value: MetaValue,
}

/// What follows the key of an item.
pub(crate) enum MetaValue {
    /// `key`
    None,
    /// `key = value`
    Expr(Expr),
    /// `key(...)`: the tokens between the parentheses.
    Args(TokenStream),
}

/// For messages: without the value's tokens, which print with odd spacing.
impl fmt::Display for MetaItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, value } = self;
        match value {
            MetaValue::None => write!(f, "{key}"),
            MetaValue::Expr(_) => write!(f, "{key} = ..."),
            MetaValue::Args(_) => write!(f, "{key}(...)"),
        }
    }
}

/// Parses the items of an attribute, with one error for each item that cannot be parsed.
pub(crate) fn items(attr: &Attribute) -> Vec<syn::Result<MetaItem>> {
    let parser = |input: ParseStream<'_>| {
        let mut items = Vec::new();
        while !input.is_empty() {
            items.push(input.call(complete_item));
            skip_past_comma(input)?;
        }
        Ok(items)
    };
    attr.parse_args_with(parser)
        .unwrap_or_else(|error| vec![Err(error)])
}

/// An item that a comma or the end of the list follows.
fn complete_item(input: ParseStream<'_>) -> syn::Result<MetaItem> {
    let item = input.parse()?;
    if input.is_empty() || input.peek(Token![,]) {
        Ok(item)
    } else {
        Err(input.error("expected `,`"))
    }
}

/// Skips the next comma, and the unparsed rest of an item before it.
fn skip_past_comma(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<TokenTree>()?;
    }
    input.parse::<Option<Token![,]>>()?;
    Ok(())
}

impl Parse for MetaItem {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        // `parse_any`: one of the keys is `crate`, a keyword.
        let key = Ident::parse_any(input).map_err(|_| input.error("expected a key"))?;
        let value = if input.peek(Token![=]) {
            let equals: Token![=] = input.parse()?;
            if input.is_empty() || input.peek(Token![,]) {
                return Err(syn::Error::new_spanned(
                    equals,
                    format!("expected a value after `{key} =`"),
                ));
            }
            // On a fork: when an expression ends early inside parentheses, syn would otherwise
            // fail the whole list and drop the items that were parsed.
            let ahead = input.fork();
            let value = ahead.parse()?;
            input.advance_to(&ahead);
            MetaValue::Expr(value)
        } else if input.peek(token::Paren) {
            MetaValue::Args(input.parse::<Group>()?.stream())
        } else {
            MetaValue::None
        };
        Ok(Self { key, value })
    }
}
