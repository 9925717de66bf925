//! Descriptions of flags for pages and scripts: names, texts and origins, with secrets masked.

use std::sync::Arc;

use crate::error::Problem;
use crate::expiry::Expiry;
use crate::listing::checksum::Checksum;
use crate::origin::Origin;
use crate::schema::FlagKind;
#[cfg(doc)]
use crate::text::mask::MASK;

/// A static flag that would change with a restart: a source wants a value other than the current one, or
/// `#[flags(finish = …)]` makes another one of the current flags.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct PendingRestart {
    /// The flag's name.
    pub flag: String,
    /// The value that the flag would have, as text; `None` if an optional flag would not be set.
    /// A secret's is [masked](MASK).
    pub value: Option<String>,
}

/// A description of a flag, as in [`Flags::list`](crate::Flags::list). A secret's values are
/// [masked](MASK).
///
/// ```
/// # use clap::Parser;
/// # use dflag::{DynamicFlags, FlagKind, Origin};
/// #[derive(Clone, Parser, DynamicFlags)]
/// struct Args {
///     /// Maximum number of requests in flight.
///     #[arg(long, default_value_t = 3, env = "SERVER_LIMIT")]
///     #[flag(dynamic)]
///     limit: u8,
/// }
///
/// let args = Args::try_parse_dynamic_from(["server", "--limit=5"])?;
/// let limit = args.flag("limit").expect("it is declared above");
/// assert_eq!(limit.kind, FlagKind::Dynamic);
/// assert_eq!(limit.help, "Maximum number of requests in flight");
/// assert_eq!(limit.value.as_deref(), Some("5"));
/// assert_eq!(limit.default.as_deref(), Some("3"));
/// assert_eq!(limit.origin, Origin::CommandLine);
/// assert_eq!(limit.env.as_deref(), Some("SERVER_LIMIT"));
/// # Ok::<(), clap::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct FlagInfo {
    /// The long name, without the leading dashes.
    pub name: String,
    /// The other names by which it can be set: the aliases that the clap argument declares, and its
    /// id if that differs from the name in more than `-` and `_`.
    pub aliases: Vec<String>,
    /// The short help text; empty if there is none.
    pub help: String,
    /// Static or dynamic.
    pub kind: FlagKind,
    /// The current value as text; `None` for an optional flag that is not set.
    /// The values of a list are joined by its delimiter, or by line breaks if it has none.
    pub value: Option<String>,
    /// The default as text; `None` if there is none.
    pub default: Option<String>,
    /// Where the value came from. If it is adjusted, this is where the value before came from.
    pub origin: Origin,
    /// Whether the program's `#[flags(finish = …)]` changed the value. `value` is then the text of the new
    /// one, if its type writes a text that the flag's parser reads back, or else `adjusted by the program`;
    /// `layers` has the texts that were given.
    pub adjusted: bool,
    /// Whether the value differs from the default. Values of a type without [`PartialEq`] are compared
    /// by their texts.
    pub changed: bool,
    /// The revision of the listing at which the flag's value, its origin, or its override with its expiry changed last;
    /// 1 if none ever did. [`Edit::if_revision`](crate::Edit::if_revision) compares it. Another process of the program
    /// counts on its own.
    pub revision: u64,
    /// The value of each layer that has one for the flag, from the bottom up: the base, the sources and
    /// the override. The list includes layers above and below the one that decides.
    pub layers: Vec<LayerInfo>,
    /// If the flag has an override that [expires](crate::Edit::expires_in): when.
    pub expiry: Option<Expiry>,
    /// For a static flag that would change with a restart: the value it would have.
    pub pending_restart: Option<PendingRestart>,
    /// The valid values if clap knows them all, else empty. Hidden values are left out.
    pub possible_values: Vec<String>,
    /// Whether the flag is secret: its values are masked.
    pub secret: bool,
    /// Whether a struct that derives [`DynamicFlags`](macro@crate::DynamicFlags) declares the flag. If not, it is
    /// an argument of a flattened struct of another crate, of a subcommand without the derive, or of a
    /// [`Command`](clap::Command) that the program changes. Its values are masked, unless the struct is
    /// flattened with `#[flag(show)]`, and a source can set it only while the command line is
    /// [parsed](crate::Flags::try_parse_with).
    pub covered: bool,
    /// Whether the value is a JSON text (see `dflag::value::json`).
    pub json: bool,
    /// Whether it takes any number of values: the field is a list or a set of strings.
    pub many: bool,
    /// Whether a text that is a JSON array of strings means the list of exactly these members. Not so
    /// for a list with `#[flag(trim = false)]` or of JSON values.
    pub arrays: bool,
    /// Whether the value is raw bytes, or a list of them, which texts have in base64 (see `dflag::value::Bytes`).
    pub bytes: bool,
    /// Whether the flag may have no value: the field is an `Option`, so that an edit can
    /// [unset](crate::Edit::unset) it.
    pub optional: bool,
    /// The environment variable that can set the flag at start-up.
    pub env: Option<String>,
    /// The name of the field's type as a person writes it: `u32`, `Option<Duration>`, `Vec<String>`.
    /// For display only: it may be written differently by another compiler. `None` if the flag is not
    /// [covered](Self::covered).
    pub type_name: Option<String>,
    /// The help heading under which `--help` lists the flag: clap's `next_help_heading`.
    pub group: Option<String>,
    /// The unit of the value, which `#[flag(unit = "ms")]` declares.
    pub unit: Option<String>,
    /// The least value as text, if it is known: from [`validate::range`](crate::validate::range), or from clap's
    /// own range of an integer. Of a list, it is that of each member.
    ///
    /// Every valid value is within the bounds, but not every value within them need be valid. An integer's
    /// bounds are inclusive; whether that of another type is, the text does not say. Those of a secret
    /// are left out, but for [`Flags::describe`](crate::Flags::describe).
    ///
    /// clap's range is that of the text, so it counts only if the value is the number in the text. A parser of the
    /// program's own is not asked for its range, as far as the derive sees which one it is: not so for a flag that is not
    /// [covered](Self::covered), and after [`Command::mut_arg`](clap::Command::mut_arg). Such a parser of an integer is
    /// called with numbers that it may reject, once, when the flag is first listed.
    pub min: Option<String>,
    /// The greatest value as text, if it is known; see [`min`](Self::min).
    pub max: Option<String>,
    /// The least length, if [`validate::min_len`](crate::validate::min_len) declares one. See
    /// [`Length`](crate::validate::Length) for the unit.
    pub min_len: Option<usize>,
    /// The greatest length, if [`validate::max_len`](crate::validate::max_len) declares one.
    pub max_len: Option<usize>,
    /// For a flag that is not to be used any longer: what to use instead, which
    /// `#[flag(deprecated = "use limit")]` declares.
    pub deprecated: Option<String>,
}

/// A flag's value in one layer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct LayerInfo {
    /// The origin of the value.
    pub origin: Origin,
    /// The value as text; `None` if the layer leaves an optional flag unset. A secret's is
    /// [masked](MASK).
    pub value: Option<String>,
}

/// A consistent snapshot of all flags.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Listing {
    /// The generation: the number of the snapshot.
    pub generation: u64,
    /// Grows with each change that a listing shows, such as a renewed override or a value that an override hides. Two
    /// listings of a process with the same revision differ in nothing but the [time left](crate::Expiry) of overrides.
    /// It begins with 1.
    pub revision: u64,
    /// The digest of the static flags.
    pub checksum_static: Checksum,
    /// The digest of the dynamic flags.
    pub checksum_dynamic: Checksum,
    /// Every flag, in the order of declaration.
    pub flags: Vec<FlagInfo>,
    /// The reasons for which a restart would fail. See [`Flags::restart_problems`].
    ///
    /// [`Flags::restart_problems`]: crate::Flags::restart_problems
    pub restart_problems: Vec<Problem>,
}

/// A flag whose value changed. A secret's values are [masked](MASK).
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Change {
    /// The flag's name.
    pub flag: String,
    /// The old value as text; `None` if the flag was not set.
    pub old: Option<Arc<str>>,
    /// The new value as text; `None` if the flag is not set.
    pub new: Option<Arc<str>>,
}
