#[derive(::core::clone::Clone, ::core::fmt::Debug)]
/// Handles on the dynamic flags of [`Args`].
pub(crate) struct ArgsFlags
where
    for<'__> Limits: ::dflag::DynamicFlags,
{
    #[deprecated(note = "`port` is not dynamic: read it with `.load().port`")]
    #[allow(dead_code)]
    /// Port to listen on.
    port: ::dflag::__private::NotDynamic<u16>,
    /// Something integery here.
    ///
    /// More of it.
    pub example_my_dynamic_int: ::dflag::Dynamic<i64>,
    /// Handle on `rollout`.
    rollout: ::dflag::Dynamic<f64>,
    /// Handle on `new_checkout`.
    new_checkout: ::dflag::Dynamic<Fraction>,
    /// Token for the upstream.
    upstream_token: ::dflag::Dynamic<Option<String>>,
    /// Handle on `type`.
    r#type: ::dflag::Dynamic<Vec<String>>,
    #[deprecated(note = "`color` is not dynamic: read it with `.load().color`")]
    #[allow(dead_code)]
    /// Handle on `color`.
    color: ::dflag::__private::NotDynamic<Option<Option<String>>>,
    #[deprecated(note = "`allow` is not dynamic: read it with `.load().allow`")]
    #[allow(dead_code)]
    /// Handle on `allow`.
    allow: ::dflag::__private::NotDynamic<Option<Vec<String>>>,
    /// Limits of all kinds.
    limits: <Limits as ::dflag::DynamicFlags>::Handles,
    #[deprecated(note = "`logging` is not dynamic: read it with `.load().logging`")]
    #[allow(dead_code)]
    /// Handle on `logging`.
    logging: ::dflag::__private::NotDynamic<third_party::Logging>,
    #[deprecated(note = "`command` is not dynamic: read it with `.load().command`")]
    #[allow(dead_code)]
    /// Handle on `command`.
    command: ::dflag::__private::NotDynamic<Option<Command>>,
    #[deprecated(note = "`started` is not dynamic: read it with `.load().started`")]
    #[allow(dead_code)]
    /// Handle on `started`.
    started: ::dflag::__private::NotDynamic<Option<Instant>>,
}
const _: () = {
    #[allow(unused_imports)]
    use ::dflag::__private::{
        ByText as _, ByValue as _, Checks as __Checks, Compare as __Compare,
        DisplayMany as _, DisplayMap as _, DisplayOne as _, DisplayOption as _,
        DisplayOptionMany as _, DisplayOptionMap as _, DisplayOptionOption as _,
        NoDisplay as _, NotDerived as _, Probe as __Probe, Shared as __Shared,
        SubcommandProbe as __SubcommandProbe,
    };
    const _: fn() = ::dflag::__private::derives_clap::<Args>;
    const _: fn() = ::dflag::__private::derives_dynamic_flags::<Limits>;
    const _: ::core::option::Option<__Shared<u16>> = ::core::option::Option::None;
    const _: ::core::option::Option<__Shared<i64>> = ::core::option::Option::None;
    const _: ::core::option::Option<__Shared<f64>> = ::core::option::Option::None;
    const _: ::core::option::Option<__Shared<Fraction>> = ::core::option::Option::None;
    const _: ::core::option::Option<__Shared<Option<String>>> = ::core::option::Option::None;
    const _: ::core::option::Option<__Shared<Vec<String>>> = ::core::option::Option::None;
    const _: ::core::option::Option<__Shared<Option<Option<String>>>> = ::core::option::Option::None;
    const _: ::core::option::Option<__Shared<Option<Vec<String>>>> = ::core::option::Option::None;
    const _: ::core::option::Option<__Shared<third_party::Logging>> = ::core::option::Option::None;
    const _: ::core::option::Option<__Shared<Option<Command>>> = ::core::option::Option::None;
    const _: ::core::option::Option<__Shared<Option<Instant>>> = ::core::option::Option::None;
    const _: () = ::core::assert!(
        ! __Probe:: < third_party::Logging > ::DERIVED,
        "the struct that is flattened into `logging` derives `DynamicFlags`; write `#[flag(flatten)]` on this field as well, or `#[flag(flatten = false)]` if its flags are the command line's alone"
    );
    const _: () = ::core::assert!(
        ! __SubcommandProbe:: < Command > ::DERIVED,
        "the enum of the subcommand `command` derives `DynamicFlags`; write `#[flag(subcommand)]` on this field as well, or `#[flag(subcommand = false)]` if its flags are the command line's alone"
    );
    fn __get_0(__args: &Args) -> &u16 {
        &__args.port
    }
    fn __get_mut_0(__args: &mut Args) -> &mut u16 {
        &mut __args.port
    }
    fn __get_1(__args: &Args) -> &i64 {
        &__args.example_my_dynamic_int
    }
    fn __get_mut_1(__args: &mut Args) -> &mut i64 {
        &mut __args.example_my_dynamic_int
    }
    fn __get_2(__args: &Args) -> &f64 {
        &__args.rollout
    }
    fn __get_mut_2(__args: &mut Args) -> &mut f64 {
        &mut __args.rollout
    }
    fn __get_3(__args: &Args) -> &Fraction {
        &__args.new_checkout
    }
    fn __get_mut_3(__args: &mut Args) -> &mut Fraction {
        &mut __args.new_checkout
    }
    fn __get_4(__args: &Args) -> &Option<String> {
        &__args.upstream_token
    }
    fn __get_mut_4(__args: &mut Args) -> &mut Option<String> {
        &mut __args.upstream_token
    }
    fn __get_5(__args: &Args) -> &Vec<String> {
        &__args.r#type
    }
    fn __get_mut_5(__args: &mut Args) -> &mut Vec<String> {
        &mut __args.r#type
    }
    fn __get_6(__args: &Args) -> &Option<Option<String>> {
        &__args.color
    }
    fn __get_mut_6(__args: &mut Args) -> &mut Option<Option<String>> {
        &mut __args.color
    }
    fn __get_7(__args: &Args) -> &Option<Vec<String>> {
        &__args.allow
    }
    fn __get_mut_7(__args: &mut Args) -> &mut Option<Vec<String>> {
        &mut __args.allow
    }
    fn __get_8(__args: &Args) -> &Limits {
        &__args.limits
    }
    fn __get_mut_8(__args: &mut Args) -> &mut Limits {
        &mut __args.limits
    }
    #[automatically_derived]
    impl ::dflag::DynamicFlags for Args
    where
        for<'__> Self: ::dflag::__private::clap::Args + ::core::clone::Clone
            + ::core::marker::Send + ::core::marker::Sync,
        for<'__> ArgsFlags: ::core::marker::Send + ::core::marker::Sync,
        for<'__> Limits: ::dflag::DynamicFlags,
    {
        type Handles = ArgsFlags;
        fn fields() -> ::dflag::__private::Fields<Self> {
            let mut __all = ::dflag::__private::Fields::of_struct();
            let __fields = &mut __all;
            __fields
                .one("port", __get_0, __get_mut_0)
                .compared(
                    (&__Compare::of(__get_0)).__dflag_equality(),
                    (&__Compare::of(__get_0)).__dflag_texts(),
                );
            __fields
                .one("example_my_dynamic_int", __get_1, __get_mut_1)
                .dynamic()
                .compared(
                    (&__Compare::of(__get_1)).__dflag_equality(),
                    (&__Compare::of(__get_1)).__dflag_texts(),
                );
            __fields
                .one("rollout", __get_2, __get_mut_2)
                .check(__Checks::of(__get_2).check(in_range(0.0..=1.0)))
                .check(__Checks::of(__get_2).check(|v: &f64| finite(*v)))
                .dynamic()
                .compared(
                    (&__Compare::of(__get_2)).__dflag_equality(),
                    (&__Compare::of(__get_2)).__dflag_texts(),
                );
            __fields
                .one("new_checkout", __get_3, __get_mut_3)
                .dynamic()
                .salt("checkout")
                .unit("of users")
                .deprecated(OLD)
                .compared(
                    (&__Compare::of(__get_3)).__dflag_equality(),
                    (&__Compare::of(__get_3)).__dflag_texts(),
                );
            __fields
                .optional("upstream_token", __get_4, __get_mut_4)
                .keep_white_space()
                .secret()
                .dynamic()
                .compared(
                    (&__Compare::of(__get_4)).__dflag_equality(),
                    (&__Compare::of(__get_4)).__dflag_texts(),
                );
            __fields
                .many("other", __get_5, __get_mut_5)
                .dynamic()
                .compared(
                    (&__Compare::of(__get_5)).__dflag_equality(),
                    (&__Compare::of(__get_5)).__dflag_texts(),
                );
            __fields
                .optional_optional("color", __get_6, __get_mut_6)
                .compared(
                    (&__Compare::of(__get_6)).__dflag_equality(),
                    (&__Compare::of(__get_6)).__dflag_texts(),
                );
            __fields
                .optional_many("allow", __get_7, __get_mut_7)
                .compared(
                    (&__Compare::of(__get_7)).__dflag_equality(),
                    (&__Compare::of(__get_7)).__dflag_texts(),
                );
            __fields
                .nested(
                    <Limits as ::dflag::DynamicFlags>::fields(),
                    __get_8,
                    __get_mut_8,
                );
            __fields.mark_dynamic();
            __fields.rule(Args::check);
            __fields.finish(Args::finish);
            __all
        }
        #[allow(deprecated)]
        fn handles(__scope: &::dflag::__private::Scope<'_, Self>) -> Self::Handles {
            ArgsFlags {
                port: ::dflag::__private::NotDynamic::new(),
                example_my_dynamic_int: __scope
                    .handle("example_my_dynamic_int", __get_1),
                rollout: __scope.handle("rollout", __get_2),
                new_checkout: __scope.handle("new_checkout", __get_3),
                upstream_token: __scope.handle("upstream_token", __get_4),
                r#type: __scope.handle("other", __get_5),
                color: ::dflag::__private::NotDynamic::new(),
                allow: ::dflag::__private::NotDynamic::new(),
                limits: <Limits as ::dflag::DynamicFlags>::handles(
                    &__scope.nested(__get_8),
                ),
                logging: ::dflag::__private::NotDynamic::new(),
                command: ::dflag::__private::NotDynamic::new(),
                started: ::dflag::__private::NotDynamic::new(),
            }
        }
        fn duplicate(
            &self,
        ) -> ::core::result::Result<Self, ::dflag::__private::NotClone> {
            ::core::result::Result::Ok(::core::clone::Clone::clone(self))
        }
    }
};
