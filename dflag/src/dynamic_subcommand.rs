//! The trait that the derive implements for enums of subcommands.

use crate::fields::declaration::Fields;
use crate::fields::duplicate::NotClone;
use crate::handles::Scope;

/// An enum of subcommands whose flags can change while the program runs. Derive [`DynamicFlags`] on it.
///
/// The flags of the chosen subcommand are flags of the program, next to those of the struct that has
/// the enum. The handles are an enum, too, whose variant is that of the chosen subcommand.
///
/// ```
/// use clap::{Parser, Subcommand};
/// use dflag::DynamicFlags;
///
/// #[derive(Parser, DynamicFlags)]
/// struct Cli {
///     #[command(subcommand)]
///     #[flag(subcommand)]
///     command: Command,
/// }
///
/// #[derive(Subcommand, DynamicFlags)]
/// enum Command {
///     #[flag(subcommand)]
///     Serve(ServeArgs),
///     /// Nothing changes while this runs, so it is clap's alone.
///     Migrate { target: String },
/// }
///
/// #[derive(Clone, clap::Args, DynamicFlags)]
/// struct ServeArgs {
///     #[arg(long, default_value_t = 100)]
///     #[flag(dynamic)]
///     limit: u32,
/// }
///
/// let cli = Cli::try_parse_dynamic_from(["server", "serve", "--limit=7"])?;
/// if let CommandFlags::Serve(serve) = &cli.command {
///     assert_eq!(serve.limit.get(), 7);
///     cli.set("limit", "8")?;
///     assert_eq!(serve.limit.get(), 8);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [`DynamicFlags`]: derive@crate::DynamicFlags
pub trait DynamicSubcommand: clap::Subcommand + Send + Sync + 'static {
    /// The enum of handles: for each dynamic subcommand a variant with the handles of its struct, and
    /// for each other one a variant without fields.
    type Handles: Clone + std::fmt::Debug + Send + Sync + 'static;

    /// The fields of all subcommands, for the runtime. Written by the derive.
    #[doc(hidden)]
    fn fields() -> Fields<Self>;

    /// The handles of the chosen subcommand, for the runtime. Written by the derive.
    #[doc(hidden)]
    fn handles(scope: &Scope<'_, Self>) -> Self::Handles;

    /// A copy of the enum, for the runtime. Written by the derive.
    ///
    /// # Errors
    /// A subcommand that is not dynamic was chosen, and does not implement [`Clone`].
    #[doc(hidden)]
    fn duplicate(&self) -> Result<Self, NotClone>;
}

/// A boxed enum is an enum like any other.
impl<T: DynamicSubcommand> DynamicSubcommand for Box<T> {
    type Handles = T::Handles;

    fn fields() -> Fields<Self> {
        let mut fields = Fields::<Self>::new();
        fields.nested(T::fields(), |command| command, |command| command);
        fields
    }

    fn handles(scope: &Scope<'_, Self>) -> Self::Handles {
        T::handles(&scope.nested(|command: &Self| &**command))
    }

    fn duplicate(&self) -> Result<Self, NotClone> {
        T::duplicate(self).map(Box::new)
    }
}
