//! The trait that the derive implements.

use std::ffi::OsString;

use crate::fields::declaration::Fields;
use crate::fields::duplicate::NotClone;
use crate::flags::Flags;
use crate::handles::Scope;

/// A clap struct whose flags can change while the program runs. Derive it.
///
/// The struct must be [`Clone`], because each change is made on a copy of it, and can't have type parameters.
/// Where that is not possible, derive it for the [part that is dynamic](crate#part-of-a-programs-arguments).
///
/// The four parse functions mirror those of [`clap::Parser`] and parse in the same way. The
/// [crate documentation](crate#attributes) lists the attributes of the derive.
///
/// ```
/// use clap::Parser;
/// use dflag::DynamicFlags;
///
/// #[derive(Clone, Parser, DynamicFlags)]
/// struct Args {
///     /// Maximum number of requests in flight.
///     #[arg(long, default_value_t = 100)]
///     #[flag(dynamic)]
///     limit: u32,
/// }
///
/// let args = Args::try_parse_dynamic_from(["server", "--limit=7"])?;
/// assert_eq!(args.limit.get(), 7);
/// # Ok::<(), clap::Error>(())
/// ```
pub trait DynamicFlags: clap::Args + Send + Sync + 'static {
    /// The struct of handles: a [`Dynamic`](crate::Dynamic) for each dynamic flag,
    /// and another such struct for each flattened one.
    type Handles: Clone + std::fmt::Debug + Send + Sync + 'static;

    /// Parses the command line, or prints clap's error and exits, like [`clap::Parser::parse`].
    fn parse_dynamic() -> Flags<Self>
    where
        Self: clap::CommandFactory,
    {
        Self::try_parse_dynamic().unwrap_or_else(|error| error.exit())
    }

    /// Parses the command line, like [`clap::Parser::try_parse`].
    ///
    /// # Errors
    /// - clap's own errors.
    /// - [`ValueValidation`]: a check of a flag or a rule across flags rejects the values.
    ///   The error lists every violation. Or there are dynamic flags, and the chosen subcommand holds a
    ///   type that does not implement [`Clone`].
    /// - [`UnknownArgument`]: a dynamic flag has no long name, so no source could set it.
    /// - [`ArgumentConflict`]: two names differ only in `-` and `_`, or a program and its chosen subcommand
    ///   have a flag of the same name, and at least one of the two flags is dynamic.
    ///
    /// [`ValueValidation`]: clap::error::ErrorKind::ValueValidation
    /// [`UnknownArgument`]: clap::error::ErrorKind::UnknownArgument
    /// [`ArgumentConflict`]: clap::error::ErrorKind::ArgumentConflict
    fn try_parse_dynamic() -> Result<Flags<Self>, clap::Error>
    where
        Self: clap::CommandFactory,
    {
        Self::try_parse_dynamic_from(std::env::args_os())
    }

    /// Parses `args`, of which the first is the program's name, or prints clap's error and exits,
    /// like [`clap::Parser::parse_from`].
    fn parse_dynamic_from<I, T>(args: I) -> Flags<Self>
    where
        I: IntoIterator<Item = T>,
        T: Into<OsString> + Clone,
        Self: clap::CommandFactory,
    {
        Self::try_parse_dynamic_from(args).unwrap_or_else(|error| error.exit())
    }

    /// Parses `args`, of which the first is the program's name, like [`clap::Parser::try_parse_from`].
    ///
    /// # Errors
    /// The same as [`try_parse_dynamic`](Self::try_parse_dynamic).
    fn try_parse_dynamic_from<I, T>(args: I) -> Result<Flags<Self>, clap::Error>
    where
        I: IntoIterator<Item = T>,
        T: Into<OsString> + Clone,
        Self: clap::CommandFactory,
    {
        Flags::parse(Self::command, args, None)
    }

    /// The struct's fields, for the runtime. Written by the derive.
    #[doc(hidden)]
    fn fields() -> Fields<Self>;

    /// The struct's handles, for the runtime. Written by the derive.
    #[doc(hidden)]
    fn handles(scope: &Scope<'_, Self>) -> Self::Handles;

    /// A copy of the struct, for the runtime. Written by the derive.
    ///
    /// # Errors
    /// A subcommand of the struct that is not dynamic was chosen, and does not implement [`Clone`].
    #[doc(hidden)]
    fn duplicate(&self) -> Result<Self, NotClone>;
}

/// A boxed struct, such as a large one that is flattened, is a struct like any other.
impl<T: DynamicFlags> DynamicFlags for Box<T> {
    type Handles = T::Handles;

    fn fields() -> Fields<Self> {
        let mut fields = Fields::<Self>::new();
        fields.nested(T::fields(), |args| args, |args| args);
        fields
    }

    fn handles(scope: &Scope<'_, Self>) -> Self::Handles {
        T::handles(&scope.nested(|args: &Self| &**args))
    }

    fn duplicate(&self) -> Result<Self, NotClone> {
        T::duplicate(self).map(Box::new)
    }
}
