//! The few facts that the derive needs from clap's attributes.
//!
//! Names, defaults and parsers are not among them: the runtime reads those from clap's `Command`.
//! Errors in clap's attributes are not reported here, because clap's own derive reports them.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens as _;
use syn::{Attribute, Expr, ExprLit, Lit, LitStr};

use crate::attr::keys::Target;
use crate::attr::meta::{self, MetaItem, MetaValue};

/// `#[arg(...)]` and `#[command(...)]` on a field.
pub(crate) struct ClapAttr {
    pub(crate) kind: ClapKind,
    /// Whether the argument has a long name.
    pub(crate) long: bool,
    /// The argument's id, if it is not the field's name.
    pub(crate) id: Option<TokenStream>,
    /// The default, if it is a literal.
    pub(crate) default: Option<LitStr>,
    /// Whether the program names a parser that is not one of clap's own for integers.
    pub(crate) own_parser: bool,
    /// Keys of ours, which clap does not know.
    pub(crate) misplaced: Vec<Ident>,
    /// Whether all attributes could be parsed. If not, the other fields may be wrong.
    pub(crate) readable: bool,
}

/// What clap makes of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClapKind {
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
            kind: ClapKind::Arg,
            long: false,
            id: None,
            default: None,
            own_parser: false,
            misplaced: Vec::new(),
            readable: true,
        };
        for attr in attrs {
            // `clap` and `structopt` are the old names of `arg` and `command`. clap rejects its
            // other two attributes, `group` and `value`, on a field.
            let describes_arg = ["arg", "clap", "structopt"]
                .iter()
                .any(|name| attr.path().is_ident(name));
            if describes_arg || attr.path().is_ident("command") {
                for item in meta::items(attr) {
                    match item {
                        Ok(item) => read.add(item, describes_arg),
                        Err(_) => read.readable = false,
                    }
                }
            }
        }
        read
    }

    fn add(&mut self, MetaItem { key, value }: MetaItem, describes_arg: bool) {
        let name = key.to_string();
        match (name.as_str(), value) {
            ("long", _) => self.long = true,
            // `name` is the old name of `id`, which clap still accepts.
            ("id" | "name", MetaValue::Expr(id)) if describes_arg => {
                self.id = Some(id.into_token_stream());
            }
            ("id" | "name", MetaValue::Args(id)) if describes_arg => self.id = Some(id),
            ("default_value", MetaValue::Expr(default)) => self.default = literal(default),
            ("value_parser", MetaValue::Expr(parser)) => self.own_parser = !is_claps_own(&parser),
            ("value_parser", MetaValue::Args(parser)) => {
                self.own_parser = !syn::parse2(parser).is_ok_and(|parser| is_claps_own(&parser));
            }
            ("skip", MetaValue::None | MetaValue::Expr(_)) => self.kind = ClapKind::Skip,
            ("flatten", MetaValue::None) => self.kind = ClapKind::Flatten,
            ("subcommand", MetaValue::None) => self.kind = ClapKind::Subcommand,
            ("external_subcommand", MetaValue::None) => self.kind = ClapKind::ExternalSubcommand,
            ("from_global", MetaValue::None) => self.kind = ClapKind::FromGlobal,
            // With a value it may be a method that a program adds to clap's `Arg`.
            (name, MetaValue::None) if Target::Field.keys().contains(&name) => {
                self.misplaced.push(key);
            }
            _ => {}
        }
    }
}

/// Whether this is `value_parser!(u16).range(1..)`, or the same by the name of the type, or a list of possible values.
fn is_claps_own(parser: &Expr) -> bool {
    match parser {
        Expr::Group(group) => is_claps_own(&group.expr),
        Expr::Array(_) => true,
        Expr::MethodCall(call) => call.method == "range" && is_claps_own(&call.receiver),
        Expr::Macro(parser) => {
            let last = parser.mac.path.segments.last();
            last.is_some_and(|last| last.ident == "value_parser")
        }
        Expr::Call(call) => {
            let Expr::Path(function) = &*call.func else {
                return false;
            };
            let mut segments = function.path.segments.iter();
            segments.any(|segment| {
                segment.ident == "RangedI64ValueParser"
                    || segment.ident == "RangedU64ValueParser"
                    || segment.ident == "PossibleValuesParser"
            })
        }
        _ => false,
    }
}

fn literal(value: Expr) -> Option<LitStr> {
    match value {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Some(text),
        _ => None,
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
    fn everything_clap_accepts_is_readable() {
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
        assert_eq!(read.kind, ClapKind::Arg);
        assert!(read.id.is_none());
    }

    #[test]
    fn kind_of_each_attribute() {
        for (attrs, kind) in [
            (quote!(), ClapKind::Arg),
            (quote!(#[arg(value_name = "skip")]), ClapKind::Arg),
            (quote!(#[arg(skip)]), ClapKind::Skip),
            (quote!(#[arg(skip = Vec::new())]), ClapKind::Skip),
            (
                quote!(#[command(flatten, next_help_heading = "Limits")]),
                ClapKind::Flatten,
            ),
            (quote!(#[clap(flatten)]), ClapKind::Flatten),
            (quote!(#[command(subcommand)]), ClapKind::Subcommand),
            (
                quote!(#[command(external_subcommand)]),
                ClapKind::ExternalSubcommand,
            ),
            (quote!(#[arg(from_global)]), ClapKind::FromGlobal),
            (quote!(#[serde(flatten)]), ClapKind::Arg),
        ] {
            assert_eq!(read(attrs.clone()).kind, kind, "{attrs}");
        }
    }

    #[test]
    fn id_in_each_form() {
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
    fn long_name_in_each_form() {
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
    fn parsers_of_clap_are_distinguished_from_the_programs() {
        for attrs in [
            quote!(#[arg(long)]),
            quote!(#[arg(long, value_parser)]),
            quote!(#[arg(value_parser = clap::value_parser!(i64))]),
            quote!(#[arg(value_parser = value_parser!(i64).range(0..))]),
            quote!(#[arg(value_parser(value_parser!(i64).range(0..)))]),
            quote!(#[arg(value_parser = RangedU64ValueParser::<usize>::new().range(..9))]),
            quote!(#[arg(value_parser = ["a", "b"])]),
            quote!(#[arg(value_parser = builder::PossibleValuesParser::new(["a", "b"]))]),
        ] {
            assert!(!read(attrs.clone()).own_parser, "{attrs}");
        }
        for attrs in [
            quote!(#[arg(value_parser = percentage)]),
            quote!(#[arg(value_parser(percentage))]),
            quote!(#[arg(value_parser = |text: &str| text.parse::<u8>())]),
            quote!(#[arg(value_parser = value_parser!(u32).range(1..).map(|n| n * 1000))]),
            quote!(#[arg(value_parser = dflag::value::or_file(value_parser!(u32)))]),
        ] {
            assert!(read(attrs.clone()).own_parser, "{attrs}");
        }
    }

    #[test]
    fn keys_of_ours_are_misplaced() {
        let keys = |attrs| {
            let keys = read(attrs).misplaced.into_iter();
            keys.map(|key| key.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(
            keys(quote!(#[arg(long, dynamic, secret)])),
            ["dynamic", "secret"]
        );
        let clap = quote!(#[command(flatten)] #[arg(long, validate = 1, trim(false))]);
        assert!(keys(clap).is_empty());
    }

    #[test]
    fn malformed_attribute_is_unreadable() {
        for attrs in [
            quote!(#[arg]),
            quote!(#[arg(long = )]),
            quote!(#[arg(long short)]),
        ] {
            assert!(!read(attrs.clone()).readable, "{attrs}");
        }
    }
}
