#[derive(::core::clone::Clone, ::core::fmt::Debug)]
/// Handles on the dynamic flags of [`Cli`].
struct CliFlags
where
    for<'__> Limits: ::dflag::DynamicFlags,
    for<'__> Command: ::dflag::DynamicSubcommand,
{
    /// Handle on `log`.
    log: ::dflag::Dynamic<String>,
    /// Handle on `limits`.
    limits: <Limits as ::dflag::DynamicFlags>::Handles,
    /// Handle on `command`.
    command: ::core::option::Option<<Command as ::dflag::DynamicSubcommand>::Handles>,
    #[deprecated(note = "`started` is not dynamic: read it with `.load().started`")]
    #[allow(dead_code)]
    /// Handle on `started`.
    started: ::dflag::__private::NotDynamic<Started>,
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
    const _: fn() = ::dflag::__private::derives_clap_without_clone::<Cli>;
    const _: fn() = ::dflag::__private::derives_dynamic_flags::<Limits>;
    const _: fn() = ::dflag::__private::derives_dynamic_subcommand::<Command>;
    const _: ::core::option::Option<__Shared<String>> = ::core::option::Option::None;
    const _: ::core::option::Option<__Shared<Started>> = ::core::option::Option::None;
    fn __get_0(__args: &Cli) -> &String {
        &__args.log
    }
    fn __get_mut_0(__args: &mut Cli) -> &mut String {
        &mut __args.log
    }
    fn __get_1(__args: &Cli) -> &Limits {
        &__args.limits
    }
    fn __get_mut_1(__args: &mut Cli) -> &mut Limits {
        &mut __args.limits
    }
    fn __get_2(__args: &Cli) -> ::core::option::Option<&Command> {
        __args.command.as_ref()
    }
    fn __get_mut_2(__args: &mut Cli) -> ::core::option::Option<&mut Command> {
        __args.command.as_mut()
    }
    #[automatically_derived]
    impl ::dflag::DynamicFlags for Cli
    where
        for<'__> Self: ::dflag::__private::clap::Args + ::core::marker::Send
            + ::core::marker::Sync,
        for<'__> CliFlags: ::core::marker::Send + ::core::marker::Sync,
        for<'__> Limits: ::dflag::DynamicFlags,
        for<'__> Command: ::dflag::DynamicSubcommand,
    {
        type Handles = CliFlags;
        fn fields() -> ::dflag::__private::Fields<Self> {
            let mut __all = ::dflag::__private::Fields::of_struct();
            let __fields = &mut __all;
            __fields
                .one("log", __get_0, __get_mut_0)
                .dynamic()
                .compared(
                    (&__Compare::of(__get_0)).__dflag_equality(),
                    (&__Compare::of(__get_0)).__dflag_texts(),
                );
            __fields
                .nested(
                    <Limits as ::dflag::DynamicFlags>::fields(),
                    __get_1,
                    __get_mut_1,
                );
            __fields
                .chosen(
                    <Command as ::dflag::DynamicSubcommand>::fields().subcommand(),
                    __get_2,
                    __get_mut_2,
                );
            __all
        }
        #[allow(deprecated)]
        fn handles(__scope: &::dflag::__private::Scope<'_, Self>) -> Self::Handles {
            CliFlags {
                log: __scope.handle("log", __get_0),
                limits: <Limits as ::dflag::DynamicFlags>::handles(
                    &__scope.nested(__get_1),
                ),
                command: __scope
                    .chosen(__get_2)
                    .map(|__scope| <Command as ::dflag::DynamicSubcommand>::handles(
                        &__scope.subcommand(),
                    )),
                started: ::dflag::__private::NotDynamic::new(),
            }
        }
        fn duplicate(
            &self,
        ) -> ::core::result::Result<Self, ::dflag::__private::NotClone> {
            ::core::result::Result::Ok(Self {
                log: <String as ::core::clone::Clone>::clone(&self.log),
                limits: <Limits as ::dflag::DynamicFlags>::duplicate(&self.limits)?,
                command: self
                    .command
                    .as_ref()
                    .map(<Command as ::dflag::DynamicSubcommand>::duplicate)
                    .transpose()?,
                started: <Started as ::core::clone::Clone>::clone(&self.started),
            })
        }
    }
};
