//! Edits: setting and clearing overrides.

use std::fmt;

/// A change of one flag's override: a value, no value, or no override.
///
/// Pass edits to [`Flags::edit`](crate::Flags::edit), or to [`FlagSet::edit`](crate::FlagSet::edit)
/// where the struct is not known. Several edits are one change, all or nothing.
///
/// A `name` is the flag's long name, an alias or its clap id; `-` and `_` are the same.
///
/// ```
/// # use clap::Parser;
/// # use dflag::DynamicFlags;
/// use dflag::Edit;
///
/// #[derive(Clone, Parser, DynamicFlags)]
/// struct Args {
///     #[arg(long, default_value_t = 0.0)]
///     #[flag(dynamic)]
///     rollout: f64,
///
///     #[arg(long)]
///     #[flag(dynamic)]
///     limit: Option<u32>,
/// }
///
/// let args = Args::try_parse_dynamic_from(["server", "--limit=7"])?;
/// args.edit([Edit::set("rollout", "0.5"), Edit::unset("limit")])?;
/// assert_eq!((args.rollout.get(), args.limit.get()), (0.5, None));
///
/// args.edit([Edit::clear("rollout"), Edit::clear("limit")])?;
/// assert_eq!((args.rollout.get(), args.limit.get()), (0.0, Some(7)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[must_use = "an edit changes nothing until it is passed to `edit`"]
pub struct Edit {
    pub(crate) name: String,
    pub(crate) action: Action,
}

/// What an edit does to the override.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Action {
    /// Overrides with a value.
    Set(String),
    /// Overrides with `None`.
    Unset,
    /// Removes the override.
    Clear,
}

impl Edit {
    /// Overrides the flag with `value`, text as one would type it after `--name=`.
    pub fn set(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self::new(name, Action::Set(value.into()))
    }

    /// Overrides a flag whose field is an `Option` with `None`. No text means `None`, so this is the
    /// one way to take a value away that a layer below gives.
    ///
    /// For any other flag this is [`Problem::NotOptional`](crate::Problem::NotOptional).
    pub fn unset(name: impl Into<String>) -> Self {
        Self::new(name, Action::Unset)
    }

    /// Clears the flag's override, so that it follows the layers below again.
    /// A flag without an override is left as it is.
    pub fn clear(name: impl Into<String>) -> Self {
        Self::new(name, Action::Clear)
    }

    fn new(name: impl Into<String>, action: Action) -> Self {
        Self {
            name: name.into(),
            action,
        }
    }
}

/// Sets a flag: a name and a value, as of [`Edit::set`].
///
/// ```
/// use dflag::Edit;
///
/// assert_eq!(Edit::from(("rollout", "0.5")), Edit::set("rollout", "0.5"));
/// ```
impl<N: Into<String>, V: Into<String>> From<(N, V)> for Edit {
    fn from((name, value): (N, V)) -> Self {
        Self::set(name, value)
    }
}

/// Shows the name only: the value may be a secret's.
impl fmt::Debug for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let action = match self.action {
            Action::Set(_) => "Set",
            Action::Unset => "Unset",
            Action::Clear => "Clear",
        };
        f.debug_tuple(action).field(&self.name).finish()
    }
}
