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
    /// What `rollout` holds now.
    rollout: ::dflag::Dynamic<f64>,
    /// Token for the upstream.
    upstream_token: ::dflag::Dynamic<Option<String>>,
    /// What `type` holds now.
    r#type: ::dflag::Dynamic<Vec<String>>,
    /// Limits of all kinds.
    limits: <Limits as ::dflag::DynamicFlags>::Handles,
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
                ::dflag::__private::Field::one(
                    "port",
                    |args: &Self| &args.port,
                    |args: &mut Self| &mut args.port,
                ),
            )
            .field(
                ::dflag::__private::Field::one(
                        "example_my_dynamic_int",
                        |args: &Self| &args.example_my_dynamic_int,
                        |args: &mut Self| &mut args.example_my_dynamic_int,
                    )
                    .equality({
                        use ::dflag::__private::{ByText as _, ByValue as _};
                        (&::dflag::__private::Compare::<i64>::NEW).equality()
                    })
                    .dynamic(),
            )
            .field(
                ::dflag::__private::Field::one(
                        "rollout",
                        |args: &Self| &args.rollout,
                        |args: &mut Self| &mut args.rollout,
                    )
                    .check(in_range(0.0..=1.0))
                    .check(|v: &f64| finite(*v))
                    .equality({
                        use ::dflag::__private::{ByText as _, ByValue as _};
                        (&::dflag::__private::Compare::<f64>::NEW).equality()
                    })
                    .dynamic(),
            )
            .field(
                ::dflag::__private::Field::optional(
                        "upstream_token",
                        |args: &Self| &args.upstream_token,
                        |args: &mut Self| &mut args.upstream_token,
                    )
                    .keep_white_space()
                    .secret()
                    .equality({
                        use ::dflag::__private::{ByText as _, ByValue as _};
                        (&::dflag::__private::Compare::<Option<String>>::NEW).equality()
                    })
                    .dynamic(),
            )
            .field(
                ::dflag::__private::Field::many(
                        "other",
                        |args: &Self| &args.r#type,
                        |args: &mut Self| &mut args.r#type,
                    )
                    .equality({
                        use ::dflag::__private::{ByText as _, ByValue as _};
                        (&::dflag::__private::Compare::<Vec<String>>::NEW).equality()
                    })
                    .dynamic(),
            )
            .field(
                ::dflag::__private::Field::optional_optional(
                    "color",
                    |args: &Self| &args.color,
                    |args: &mut Self| &mut args.color,
                ),
            )
            .field(
                ::dflag::__private::Field::optional_many(
                    "allow",
                    |args: &Self| &args.allow,
                    |args: &mut Self| &mut args.allow,
                ),
            )
            .nested(|args: &Self| &args.limits, |args: &mut Self| &mut args.limits)
            .rule(Args::check)
    }
    fn handles(scope: &::dflag::__private::Scope<'_, Self>) -> Self::Handles {
        ArgsFlags {
            example_my_dynamic_int: scope
                .handle(
                    "example_my_dynamic_int",
                    |args: &Self| &args.example_my_dynamic_int,
                ),
            rollout: scope.handle("rollout", |args: &Self| &args.rollout),
            upstream_token: scope
                .handle("upstream_token", |args: &Self| &args.upstream_token),
            r#type: scope.handle("other", |args: &Self| &args.r#type),
            limits: scope.nested(|args: &Self| &args.limits),
        }
    }
}
