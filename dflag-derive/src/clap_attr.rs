//! The few facts that clap's attributes hold and this derive needs.
//!
//! Names, defaults and parsers are not among them: they are read from clap's own `Command` at
//! run time. An attribute that can't be read here is clap's to complain of.

use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::Attribute;

use crate::list::{self, Entry, Value};

/// What clap's attributes say of a field.
pub(crate) struct ClapAttr {
    pub(crate) kind: Kind,
    /// Whether the argument has a long name.
    pub(crate) long: bool,
    /// The argument's id, where it is not the field's name.
    pub(crate) id: Option<TokenStream>,
    /// Whether all of it could be read. If not, the rest may be wrong.
    pub(crate) readable: bool,
}

/// What a field is to clap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Arg,
    ExternalSubcommand,
    Flatten,
    FromGlobal,
    Skip,
    Subcommand,
}

impl ClapAttr {
    /// Reads all of clap's attributes of one field.
    pub(crate) fn read(attrs: &[Attribute]) -> Self {
        let mut read = Self {
            kind: Kind::Arg,
            long: false,
            id: None,
            readable: true,
        };
        for attr in attrs {
            // clap rejects `group` and `value` on a field, and so says all that there is to say.
            // `clap` and `structopt` are its old names for `arg` and `command`.
            let names_the_arg = ["arg", "clap", "structopt"]
                .iter()
                .any(|name| attr.path().is_ident(name));
            if names_the_arg || attr.path().is_ident("command") {
                for entry in list::entries(attr) {
                    match entry {
                        Ok(entry) => read.entry(entry, names_the_arg),
                        Err(_) => read.readable = false,
                    }
                }
            }
        }
        read
    }

    fn entry(&mut self, Entry { key, value }: Entry, names_the_arg: bool) {
        let key = key.to_string();
        match (key.as_str(), value) {
            ("long", _) => self.long = true,
            // `name` is the id's old name, which clap still takes.
            ("id" | "name", Value::Expr(id)) if names_the_arg => {
                self.id = Some(id.into_token_stream());
            }
            ("id" | "name", Value::Args(id)) if names_the_arg => self.id = Some(id),
            ("skip", Value::None | Value::Expr(_)) => self.kind = Kind::Skip,
            ("flatten", Value::None) => self.kind = Kind::Flatten,
            ("subcommand", Value::None) => self.kind = Kind::Subcommand,
            ("external_subcommand", Value::None) => self.kind = Kind::ExternalSubcommand,
            ("from_global", Value::None) => self.kind = Kind::FromGlobal,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;
    use syn::parse::Parser as _;

    use super::*;

    fn read(attrs: TokenStream) -> ClapAttr {
        ClapAttr::read(&Attribute::parse_outer.parse2(attrs).unwrap())
    }

    #[test]
    fn whatever_clap_takes_can_be_read() {
        let read = read(quote! {
            /// Something integery here.
            #[arg(short, long, env = "X", default_value_t = 1337, num_args(1..), )]
            #[arg(value_parser = clap::value_parser!(i64).range(0..), requires_ifs([("a", "b")]))]
            #[arg(default_value = r#"{"policy":"allow","rate":50}"#, hide = true)]
            #[arg(value_parser = |s: &str| -> Result<i64, String> { s.parse().map_err(|_| "no".into()) })]
            #[arg(default_value_if("a", clap::builder::ArgPredicate::IsPresent, Some("1")))]
            #[arg(value_parser = parse::<i64, u8>, action = clap::ArgAction::Set)]
        });
        assert!(read.readable);
        assert!(read.long);
        assert_eq!(read.kind, Kind::Arg);
        assert!(read.id.is_none());
    }

    #[test]
    fn what_a_field_is_to_clap() {
        for (attrs, kind) in [
            (quote!(), Kind::Arg),
            (quote!(#[arg(value_name = "skip")]), Kind::Arg),
            (quote!(#[arg(skip)]), Kind::Skip),
            (quote!(#[arg(skip = Vec::new())]), Kind::Skip),
            (
                quote!(#[command(flatten, next_help_heading = "Limits")]),
                Kind::Flatten,
            ),
            (quote!(#[clap(flatten)]), Kind::Flatten),
            (quote!(#[command(subcommand)]), Kind::Subcommand),
            (
                quote!(#[command(external_subcommand)]),
                Kind::ExternalSubcommand,
            ),
            (quote!(#[arg(from_global)]), Kind::FromGlobal),
            (quote!(#[serde(flatten)]), Kind::Arg),
        ] {
            assert_eq!(read(attrs.clone()).kind, kind, "{attrs}");
        }
    }

    #[test]
    fn an_id_in_each_of_its_forms() {
        for attrs in [
            quote!(#[arg(long, id = ID)]),
            quote!(#[arg(id(ID))]),
            quote!(#[clap(id = ID)]),
            quote!(#[arg(name = ID)]),
            quote!(#[arg(id = "first")] #[arg(id = ID)]),
        ] {
            let id = read(attrs.clone()).id.map(|id| id.to_string());
            assert_eq!(id.as_deref(), Some("ID"), "{attrs}");
        }
    }

    #[test]
    fn a_long_name_in_each_of_its_forms() {
        for attrs in [
            quote!(#[arg(long)]),
            quote!(#[arg(short, long = "other-name")]),
            quote!(#[clap(long("other-name"))]),
        ] {
            assert!(read(attrs.clone()).long, "{attrs}");
        }
        assert!(!read(quote!(#[arg(short, alias = "long")])).long);
    }

    #[test]
    fn what_clap_will_reject_is_left_to_clap() {
        for attrs in [
            quote!(#[arg]),
            quote!(#[arg(long = )]),
            quote!(#[arg(long short)]),
        ] {
            assert!(!read(attrs.clone()).readable, "{attrs}");
        }
    }
}
