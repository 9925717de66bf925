//! The lint attributes of the struct also hold for what the derive generates.

#![deny(warnings, unreachable_pub, missing_docs)]

mod flags {
    use clap::Parser;
    use dflag::DynamicFlags;

    /// With lints that the struct of handles would trigger, too.
    #[allow(non_snake_case, unreachable_pub, missing_docs)]
    #[derive(Clone, Parser, DynamicFlags)]
    pub struct Allowed {
        #[arg(long = "limit", default_value_t = 1)]
        #[flag(dynamic, validate = |_: &u8| Ok::<_, String>(()))]
        pub maxLimit: u8,

        #[arg(long = "fixed", default_value_t = 1)]
        pub fixedLimit: u8,
    }

    /// With the expectation met by the struct itself, and not by what is generated.
    #[derive(Clone, Parser, DynamicFlags)]
    #[expect(non_snake_case, reason = "as in the protocol")]
    pub(crate) struct Expected {
        #[arg(long = "limit", default_value_t = 1)]
        #[flag(dynamic)]
        pub(crate) maxLimit: u8,
    }

    /// A lint that the generated items allow for themselves.
    #[derive(Clone, Parser, DynamicFlags)]
    #[forbid(unused_imports)]
    #[warn(unused_variables)]
    pub(crate) struct Forbidding {
        #[arg(long, default_value_t = 1)]
        #[flag(dynamic)]
        pub(crate) limit: u8,
    }
}

fn main() {
    use dflag::DynamicFlags as _;

    let allowed = flags::Allowed::try_parse_dynamic_from(["args"]).unwrap();
    allowed.set("limit", "2").unwrap();
    assert_eq!((allowed.maxLimit.get(), allowed.load().fixedLimit), (2, 1));
    let expected = flags::Expected::try_parse_dynamic_from(["args"]).unwrap();
    assert_eq!((expected.maxLimit.get(), expected.load().maxLimit), (1, 1));
    let forbidding = flags::Forbidding::try_parse_dynamic_from(["args"]).unwrap();
    assert_eq!((forbidding.limit.get(), forbidding.load().limit), (1, 1));
}
