const _: fn() = ::dflag::__private::derives_clap::<Args>;
const _: fn() = ::dflag::__private::derives_dynamic_flags::<Limits>;
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
/// Handles on the dynamic flags of [`Args`].
pub(crate) struct ArgsFlags
where
    for<'__> Limits: ::dflag::DynamicFlags,
{
    /// Something integery here.
    ///
    /// More of it.
    pub example_my_dynamic_int: ::dflag::Dynamic<i64>,
    /// Handle on `rollout`.
    rollout: ::dflag::Dynamic<f64>,
    /// Token for the upstream.
    upstream_token: ::dflag::Dynamic<Option<String>>,
    /// Handle on `type`.
    r#type: ::dflag::Dynamic<Vec<String>>,
    /// Limits of all kinds.
    limits: <Limits as ::dflag::DynamicFlags>::Handles,
}
const _: () = {
    #[allow(unused_imports)]
    use ::dflag::__private::{
        ByText as _, ByValue as _, Compare as __Compare, DisplayMany as _,
        DisplayOne as _, DisplayOption as _, DisplayOptionMany as _, Field as __Field,
        NoDisplay as _,
    };
    fn __get_port(args: &Args) -> &u16 {
        &args.port
    }
    fn __get_mut_port(args: &mut Args) -> &mut u16 {
        &mut args.port
    }
    fn __get_example_my_dynamic_int(args: &Args) -> &i64 {
        &args.example_my_dynamic_int
    }
    fn __get_mut_example_my_dynamic_int(args: &mut Args) -> &mut i64 {
        &mut args.example_my_dynamic_int
    }
    fn __get_rollout(args: &Args) -> &f64 {
        &args.rollout
    }
    fn __get_mut_rollout(args: &mut Args) -> &mut f64 {
        &mut args.rollout
    }
    fn __get_upstream_token(args: &Args) -> &Option<String> {
        &args.upstream_token
    }
    fn __get_mut_upstream_token(args: &mut Args) -> &mut Option<String> {
        &mut args.upstream_token
    }
    fn __get_type(args: &Args) -> &Vec<String> {
        &args.r#type
    }
    fn __get_mut_type(args: &mut Args) -> &mut Vec<String> {
        &mut args.r#type
    }
    fn __get_color(args: &Args) -> &Option<Option<String>> {
        &args.color
    }
    fn __get_mut_color(args: &mut Args) -> &mut Option<Option<String>> {
        &mut args.color
    }
    fn __get_allow(args: &Args) -> &Option<Vec<String>> {
        &args.allow
    }
    fn __get_mut_allow(args: &mut Args) -> &mut Option<Vec<String>> {
        &mut args.allow
    }
    fn __get_limits(args: &Args) -> &Limits {
        &args.limits
    }
    fn __get_mut_limits(args: &mut Args) -> &mut Limits {
        &mut args.limits
    }
    #[automatically_derived]
    impl ::dflag::DynamicFlags for Args
    where
        for<'__> Self: ::dflag::__private::clap::Args + ::core::clone::Clone,
        for<'__> Limits: ::dflag::DynamicFlags,
    {
        type Handles = ArgsFlags;
        fn fields() -> ::dflag::__private::Fields<Self> {
            ::dflag::__private::Fields::new()
                .field(
                    __Field::one("port", __get_port, __get_mut_port)
                        .compared(
                            (&__Compare::<u16>::NEW).__dflag_equality(),
                            (&__Compare::<u16>::NEW).__dflag_texts(),
                        ),
                )
                .field(
                    __Field::one(
                            "example_my_dynamic_int",
                            __get_example_my_dynamic_int,
                            __get_mut_example_my_dynamic_int,
                        )
                        .dynamic()
                        .compared(
                            (&__Compare::<i64>::NEW).__dflag_equality(),
                            (&__Compare::<i64>::NEW).__dflag_texts(),
                        ),
                )
                .field(
                    __Field::one("rollout", __get_rollout, __get_mut_rollout)
                        .check(in_range(0.0..=1.0))
                        .check(|v: &f64| finite(*v))
                        .dynamic()
                        .compared(
                            (&__Compare::<f64>::NEW).__dflag_equality(),
                            (&__Compare::<f64>::NEW).__dflag_texts(),
                        ),
                )
                .field(
                    __Field::optional(
                            "upstream_token",
                            __get_upstream_token,
                            __get_mut_upstream_token,
                        )
                        .keep_white_space()
                        .secret()
                        .dynamic()
                        .compared(
                            (&__Compare::<Option<String>>::NEW).__dflag_equality(),
                            (&__Compare::<Option<String>>::NEW).__dflag_texts(),
                        ),
                )
                .field(
                    __Field::many("other", __get_type, __get_mut_type)
                        .dynamic()
                        .compared(
                            (&__Compare::<Vec<String>>::NEW).__dflag_equality(),
                            (&__Compare::<Vec<String>>::NEW).__dflag_texts(),
                        ),
                )
                .field(
                    __Field::optional_optional("color", __get_color, __get_mut_color)
                        .compared(
                            (&__Compare::<Option<Option<String>>>::NEW)
                                .__dflag_equality(),
                            (&__Compare::<Option<Option<String>>>::NEW).__dflag_texts(),
                        ),
                )
                .field(
                    __Field::optional_many("allow", __get_allow, __get_mut_allow)
                        .compared(
                            (&__Compare::<Option<Vec<String>>>::NEW).__dflag_equality(),
                            (&__Compare::<Option<Vec<String>>>::NEW).__dflag_texts(),
                        ),
                )
                .nested(__get_limits, __get_mut_limits)
                .rule(Args::check)
        }
        fn handles(scope: &::dflag::__private::Scope<'_, Self>) -> Self::Handles {
            ArgsFlags {
                example_my_dynamic_int: scope
                    .handle("example_my_dynamic_int", __get_example_my_dynamic_int),
                rollout: scope.handle("rollout", __get_rollout),
                upstream_token: scope.handle("upstream_token", __get_upstream_token),
                r#type: scope.handle("other", __get_type),
                limits: scope.nested(__get_limits),
            }
        }
    }
};
