//! Edits: setting and clearing overrides.

use std::fmt;
use std::time::{Duration, Instant};

use crate::error::Problem;
use crate::expiry::Deadline;

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
    pub(crate) expires_in: Option<Duration>,
    pub(crate) by: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) if_revision: Option<u64>,
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

    /// Clears the override after `duration`: an operator raises a log level, and does not have to remember to lower it.
    ///
    /// The time is measured by a monotonic clock, from the moment at which the edit is applied. An override without
    /// an expiry stays until it is cleared. Every edit of a flag replaces the expiry as well: setting the same
    /// value without one makes the override permanent, and with one starts the time again.
    ///
    /// An override that expires is published like any other change. If the flags without it are rejected, for
    /// instance by a rule across flags, it stays, and [`FlagInfo::expiry`](crate::FlagInfo::expiry) says why; each
    /// later publish tries again. Where several overrides are due, they end together or, if that is rejected, each
    /// that can end alone. Rules may run several times for such a publish.
    ///
    /// Time runs in a thread, `dflag-expiry`, which exists while an override has time left. It runs the rules and
    /// callbacks of the publish. A callback that blocks delays the next expiry. A child process that was forked
    /// does not have the thread; there, an override that is due ends with the next publish.
    ///
    /// A duration of zero, one that is too long for the clock, and an edit that clears are
    /// [`Problem::InvalidExpiry`](crate::Problem::InvalidExpiry).
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// use std::time::Duration;
    /// use dflag::Edit;
    ///
    /// # #[derive(Clone, Parser, DynamicFlags)]
    /// # struct Args {
    /// #     #[arg(long, default_value_t = 3)]
    /// #     #[flag(dynamic)]
    /// #     limit: u8,
    /// # }
    /// let args = Args::try_parse_dynamic_from(["server"])?;
    /// args.edit([Edit::set("limit", "5").expires_in(Duration::from_millis(20))])?;
    /// assert_eq!(args.limit.wait_for(|limit| *limit == 3, Duration::from_secs(60)), Ok(3));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn expires_in(mut self, duration: Duration) -> Self {
        self.expires_in = Some(duration);
        self
    }

    /// Makes the edit only if the flag's [revision](crate::FlagInfo::revision) is this one: if its value, origin and
    /// override are those that were read. Of two operators who edit one flag at a time, the second does not overwrite
    /// what the first did without seeing it.
    ///
    /// The revision is compared under the writer lock. If it differs, all edits of the change are rejected, and
    /// [`Problem::Outdated`](crate::Problem::Outdated) has the current value.
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// use dflag::{Edit, Problem};
    ///
    /// # #[derive(Clone, Parser, DynamicFlags)]
    /// # struct Args {
    /// #     #[arg(long, default_value_t = 3)]
    /// #     #[flag(dynamic)]
    /// #     limit: u8,
    /// # }
    /// let args = Args::try_parse_dynamic_from(["server"])?;
    /// let read = args.flag("limit").expect("it is declared above");
    /// args.set("limit", "5")?;
    ///
    /// let rejected = args.edit([Edit::set("limit", "4").if_revision(read.revision)]).unwrap_err();
    /// assert!(matches!(
    ///     &rejected.problems[..],
    ///     [Problem::Outdated { value: Some(value), .. }] if value == "5"
    /// ));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn if_revision(mut self, revision: u64) -> Self {
        self.if_revision = Some(revision);
        self
    }

    /// Names who makes the edit, for the [history](crate::Flags::history). Of several edits in one change, the first
    /// that names someone counts, and only the first 256 bytes of the name.
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// use dflag::Edit;
    ///
    /// # #[derive(Clone, Parser, DynamicFlags)]
    /// # struct Args {
    /// #     #[arg(long, default_value_t = 3)]
    /// #     #[flag(dynamic)]
    /// #     limit: u8,
    /// # }
    /// let args = Args::try_parse_dynamic_from(["server"])?;
    /// args.edit([Edit::set("limit", "5").by("alice").reason("incident 42")])?;
    ///
    /// let entry = args.history().entries.pop().expect("the edit is its newest entry");
    /// assert_eq!((entry.by.as_deref(), entry.reason.as_deref()), (Some("alice"), Some("incident 42")));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn by(mut self, name: impl Into<String>) -> Self {
        self.by = Some(name.into());
        self
    }

    /// Says why the edit is made, for the [history](crate::Flags::history). Of several edits in one change, the first
    /// that gives a reason counts, and only the first 256 bytes of it. Do not put a secret into it: everyone who may
    /// read the history may read it.
    pub fn reason(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// When an override that this sets at `now` expires.
    pub(crate) fn deadline(
        &self,
        flag: &str,
        now: Instant,
    ) -> Result<Option<Deadline>, Vec<Problem>> {
        let Some(duration) = self.expires_in else {
            return Ok(None);
        };
        let at = now.checked_add(duration);
        let reason = match (&self.action, at) {
            (Action::Clear, _) => "clearing an override can't expire; clear it without a duration",
            _ if duration.is_zero() => {
                "the duration until the override expires is zero; give a longer one, or clear the override"
            }
            (_, Some(at)) => return Ok(Some(Deadline { at, reason: None })),
            (_, None) => {
                "the duration until the override expires is too long for the clock; leave it out for an override \
                 that stays until it is cleared"
            }
        };
        Err(vec![Problem::InvalidExpiry {
            flag: flag.to_owned(),
            reason,
        }])
    }

    fn new(name: impl Into<String>, action: Action) -> Self {
        Self {
            name: name.into(),
            action,
            expires_in: None,
            by: None,
            reason: None,
            if_revision: None,
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
        let mut output = f.debug_tuple(action);
        output.field(&self.name);
        if let Some(duration) = &self.expires_in {
            output.field(duration);
        }
        output.finish()
    }
}
