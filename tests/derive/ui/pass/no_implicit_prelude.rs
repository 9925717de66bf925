#![no_implicit_prelude]

mod args {
    // Names that the expansion must not resolve to.
    #[allow(dead_code, non_camel_case_types)]
    mod core {}
    #[allow(dead_code, non_camel_case_types)]
    mod dflag {}
    #[allow(dead_code)]
    struct Ok;
    #[allow(dead_code)]
    struct Dynamic;

    // What these structs and the expansion of clap need from the prelude.
    #[allow(unused_imports)]
    use ::std::prelude::rust_2024::{None, Option, Some, String, Vec};
    #[allow(unused_imports)]
    use ::std::{clone::Clone as _, convert::From as _, iter::Iterator as _, string::ToString as _};
    use ::clap;

    #[derive(::core::clone::Clone, ::clap::Parser, ::dflag::DynamicFlags)]
    #[flags(validate = check)]
    pub(super) struct Args {
        #[arg(long, default_value_t = 1)]
        #[flag(dynamic, validate = ::dflag::validate::range(0..=9))]
        pub(super) limit: u8,

        #[arg(long)]
        #[flag(dynamic)]
        pub(super) names: Vec<String>,

        #[arg(long)]
        #[flag(dynamic)]
        pub(super) maybe: Option<String>,

        #[command(flatten)]
        #[flag(flatten)]
        pub(super) part: Part,
    }

    #[derive(::core::clone::Clone, ::clap::Args, ::dflag::DynamicFlags)]
    pub(super) struct Part {}

    fn check(_: &Args) -> ::core::result::Result<(), String> {
        ::core::result::Result::Ok(())
    }
}

fn main() {
    use ::dflag::DynamicFlags as _;

    let args = args::Args::try_parse_dynamic_from(["args"]).unwrap();
    args.set("limit", "2").unwrap();
    args.set("names", "a").unwrap();
    ::std::assert_eq!(args.limit.get(), 2);
    ::std::assert_eq!(args.names.get().len(), 1);
    ::std::assert!(args.maybe.get().is_none());
}
