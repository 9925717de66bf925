#[derive(::core::clone::Clone, ::core::fmt::Debug)]
/// Handles on the dynamic flags of the chosen subcommand of [`Command`].
#[allow(dead_code, clippy::large_enum_variant)]
#[non_exhaustive]
pub(crate) enum CommandFlags
where
    for<'__> Box<ServeArgs>: ::dflag::DynamicFlags,
    for<'__> DbCommand: ::dflag::DynamicSubcommand,
    for<'__> MoreCommand: ::dflag::DynamicSubcommand,
{
    /// Serves requests.
    Serve(<Box<ServeArgs> as ::dflag::DynamicFlags>::Handles),
    /// `Db` was chosen.
    Db(<DbCommand as ::dflag::DynamicSubcommand>::Handles),
    /// `More` was chosen.
    More(<MoreCommand as ::dflag::DynamicSubcommand>::Handles),
    /// `Migrate` was chosen.
    Migrate,
    /// `Import` was chosen.
    Import,
    /// `Version` was chosen.
    Version,
}
const _: () = {
    #[allow(unused_imports)]
    use ::dflag::__private::{
        ByClone as _, Duplicate as __Duplicate, NoClone as _, NotDerived as _,
        Probe as __Probe, Shared as __Shared, SubcommandProbe as __SubcommandProbe,
    };
    const _: fn() = ::dflag::__private::derives_subcommand::<Command>;
    const _: fn() = ::dflag::__private::derives_dynamic_variant::<Box<ServeArgs>>;
    const _: fn() = ::dflag::__private::derives_dynamic_subcommand::<DbCommand>;
    const _: fn() = ::dflag::__private::derives_dynamic_subcommand::<MoreCommand>;
    const _: ::core::option::Option<__Shared<MigrateArgs>> = ::core::option::Option::None;
    const _: ::core::option::Option<__Shared<PathBuf>> = ::core::option::Option::None;
    const _: ::core::option::Option<__Shared<String>> = ::core::option::Option::None;
    const _: () = ::core::assert!(
        ! __Probe:: < MigrateArgs > ::DERIVED,
        "the struct in `Migrate` derives `DynamicFlags`; write `#[flag(subcommand)]` on this variant as well, or `#[flag(subcommand = false)]` if its flags are the command line's alone"
    );
    fn __get_0(__command: &Command) -> ::core::option::Option<&Box<ServeArgs>> {
        match __command {
            Command::Serve(__content) => ::core::option::Option::Some(__content),
            #[allow(unreachable_patterns)]
            _ => ::core::option::Option::None,
        }
    }
    fn __get_mut_0(
        __command: &mut Command,
    ) -> ::core::option::Option<&mut Box<ServeArgs>> {
        match __command {
            Command::Serve(__content) => ::core::option::Option::Some(__content),
            #[allow(unreachable_patterns)]
            _ => ::core::option::Option::None,
        }
    }
    fn __get_1(__command: &Command) -> ::core::option::Option<&DbCommand> {
        match __command {
            Command::Db(__content) => ::core::option::Option::Some(__content),
            #[allow(unreachable_patterns)]
            _ => ::core::option::Option::None,
        }
    }
    fn __get_mut_1(__command: &mut Command) -> ::core::option::Option<&mut DbCommand> {
        match __command {
            Command::Db(__content) => ::core::option::Option::Some(__content),
            #[allow(unreachable_patterns)]
            _ => ::core::option::Option::None,
        }
    }
    fn __get_2(__command: &Command) -> ::core::option::Option<&MoreCommand> {
        match __command {
            Command::More(__content) => ::core::option::Option::Some(__content),
            #[allow(unreachable_patterns)]
            _ => ::core::option::Option::None,
        }
    }
    fn __get_mut_2(__command: &mut Command) -> ::core::option::Option<&mut MoreCommand> {
        match __command {
            Command::More(__content) => ::core::option::Option::Some(__content),
            #[allow(unreachable_patterns)]
            _ => ::core::option::Option::None,
        }
    }
    #[automatically_derived]
    impl ::dflag::DynamicSubcommand for Command
    where
        for<'__> Self: ::dflag::__private::clap::Subcommand + ::core::marker::Send
            + ::core::marker::Sync,
        for<'__> CommandFlags: ::core::marker::Send + ::core::marker::Sync,
        for<'__> Box<ServeArgs>: ::dflag::DynamicFlags,
        for<'__> DbCommand: ::dflag::DynamicSubcommand,
        for<'__> MoreCommand: ::dflag::DynamicSubcommand,
    {
        type Handles = CommandFlags;
        fn fields() -> ::dflag::__private::Fields<Self> {
            let mut __all = ::dflag::__private::Fields::new();
            let __fields = &mut __all;
            __fields
                .chosen(
                    <Box<ServeArgs> as ::dflag::DynamicFlags>::fields(),
                    __get_0,
                    __get_mut_0,
                );
            __fields
                .chosen(
                    <DbCommand as ::dflag::DynamicSubcommand>::fields().subcommand(),
                    __get_1,
                    __get_mut_1,
                );
            __fields
                .chosen(
                    <MoreCommand as ::dflag::DynamicSubcommand>::fields(),
                    __get_2,
                    __get_mut_2,
                );
            __fields.rule(Command::check);
            __all
        }
        fn handles(__scope: &::dflag::__private::Scope<'_, Self>) -> Self::Handles {
            __scope
                .with(|__command| match *__command {
                    Command::Serve { .. } => {
                        CommandFlags::Serve(
                            <Box<
                                ServeArgs,
                            > as ::dflag::DynamicFlags>::handles(
                                &__scope.variant(__get_0),
                            ),
                        )
                    }
                    Command::Db { .. } => {
                        CommandFlags::Db(
                            <DbCommand as ::dflag::DynamicSubcommand>::handles(
                                &__scope.variant(__get_1).subcommand(),
                            ),
                        )
                    }
                    Command::More { .. } => {
                        CommandFlags::More(
                            <MoreCommand as ::dflag::DynamicSubcommand>::handles(
                                &__scope.variant(__get_2),
                            ),
                        )
                    }
                    Command::Migrate { .. } => CommandFlags::Migrate,
                    Command::Import { .. } => CommandFlags::Import,
                    Command::Version { .. } => CommandFlags::Version,
                })
        }
        fn duplicate(
            &self,
        ) -> ::core::result::Result<Self, ::dflag::__private::NotClone> {
            match *self {
                Self::Serve(ref __0) => {
                    ::core::result::Result::Ok(
                        Self::Serve(
                            <Box<ServeArgs> as ::dflag::DynamicFlags>::duplicate(__0)?,
                        ),
                    )
                }
                Self::Db(ref __0) => {
                    ::core::result::Result::Ok(
                        Self::Db(
                            <DbCommand as ::dflag::DynamicSubcommand>::duplicate(__0)?,
                        ),
                    )
                }
                Self::More(ref __0) => {
                    ::core::result::Result::Ok(
                        Self::More(
                            <MoreCommand as ::dflag::DynamicSubcommand>::duplicate(__0)?,
                        ),
                    )
                }
                Self::Migrate(ref __0) => {
                    ::core::result::Result::Ok(
                        Self::Migrate((&__Duplicate(__0)).__dflag_duplicate()?),
                    )
                }
                Self::Import { file: ref __0, r#type: ref __1 } => {
                    ::core::result::Result::Ok(Self::Import {
                        file: (&__Duplicate(__0)).__dflag_duplicate()?,
                        r#type: (&__Duplicate(__1)).__dflag_duplicate()?,
                    })
                }
                Self::Version => ::core::result::Result::Ok(Self::Version),
            }
        }
    }
};
