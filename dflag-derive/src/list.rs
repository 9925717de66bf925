//! Lists: `key`, `key = value` and `key(...)`, as they stand between an attribute's parentheses.
//!
//! This room knows the form and not one key. It is as tolerant as clap's own derive, so that
//! it can read clap's attributes too, and it goes on after an entry that it can't read.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::parse::discouraged::Speculative as _;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Expr, Token, token};

/// One entry of a list.
pub(crate) struct Entry {
    pub(crate) key: Ident,
    pub(crate) value: Value,
}

/// What follows an entry's key.
pub(crate) enum Value {
    /// `key`
    None,
    /// `key = value`
    Expr(Expr),
    /// `key(...)`, and what is between the parentheses.
    Args(TokenStream),
}

/// The entries of an attribute, each of which may be one that can't be read.
pub(crate) fn entries(attr: &Attribute) -> Vec<syn::Result<Entry>> {
    let read = |input: ParseStream<'_>| {
        let mut entries = Vec::new();
        while !input.is_empty() {
            entries.push(input.call(entry_and_its_end));
            skip_to_next(input)?;
        }
        Ok(entries)
    };
    attr.parse_args_with(read)
        .unwrap_or_else(|error| vec![Err(error)])
}

fn entry_and_its_end(input: ParseStream<'_>) -> syn::Result<Entry> {
    let entry = input.parse()?;
    if input.is_empty() || input.peek(Token![,]) {
        Ok(entry)
    } else {
        Err(input.error("expected `,`"))
    }
}

/// After an entry that was read, this is the comma; after one that wasn't, also what is left of it.
fn skip_to_next(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<TokenTree>()?;
    }
    input.parse::<Option<Token![,]>>()?;
    Ok(())
}

impl Parse for Entry {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        // `crate` is a keyword, and a key.
        let key = Ident::parse_any(input).map_err(|_| input.error("expected a key"))?;
        let value = if input.peek(Token![=]) {
            let equals: Token![=] = input.parse()?;
            if input.is_empty() || input.peek(Token![,]) {
                return Err(syn::Error::new_spanned(
                    equals,
                    format!("expected a value after `{key} =`"),
                ));
            }
            // On a fork: an expression that breaks off inside parentheses would otherwise make
            // syn fail the whole list, with every entry already read.
            let ahead = input.fork();
            let value = ahead.parse()?;
            input.advance_to(&ahead);
            Value::Expr(value)
        } else if input.peek(token::Paren) {
            Value::Args(input.parse::<Group>()?.stream())
        } else {
            Value::None
        };
        Ok(Self { key, value })
    }
}
