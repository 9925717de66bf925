//! The declaration of a flag by a struct's field, without the struct's type.

use std::any::{Any, TypeId};
use std::fmt;

use clap::{ArgMatches, Command, Id};

use crate::read::snapshot::Value;
use crate::schema::bounds::Bounds;

/// Whether a flag can change while the program runs.
///
/// ```
/// # use clap::Parser;
/// # use dflag::{DynamicFlags, FlagKind};
/// #[derive(Clone, Parser, DynamicFlags)]
/// struct Args {
///     #[arg(long, default_value_t = 8080)]
///     port: u16,
///
///     #[arg(long, default_value_t = 3)]
///     #[flag(dynamic)]
///     limit: u8,
/// }
///
/// let args = Args::try_parse_dynamic_from(["server"])?;
/// let kinds: Vec<_> = args.list().iter().map(|flag| flag.kind).collect();
/// assert_eq!(kinds, [FlagKind::Static, FlagKind::Dynamic]);
/// # Ok::<(), clap::Error>(())
/// ```
///
/// Its names, for [`Display`](fmt::Display), [`FromStr`](std::str::FromStr) and
/// [`ValueEnum`](clap::ValueEnum), are `static` and `dynamic`.
///
/// ```
/// use dflag::FlagKind;
///
/// assert_eq!(FlagKind::Dynamic.to_string(), "dynamic");
/// assert_eq!("static".parse(), Ok(FlagKind::Static));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FlagKind {
    /// Fixed once the program has started.
    Static,
    /// Can change at any time.
    Dynamic,
}

/// How many values a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One.
    One,
    /// One or none.
    Optional,
    /// Any number.
    Many,
    /// Any number, or not set.
    OptionalMany,
}

/// Reads a field's value from clap's matches; `None` if there is none of the field's type.
pub(crate) type Take = fn(&ArgMatches, &str) -> Option<Value>;

/// Makes the `None` of an optional field.
pub(crate) type Unset = fn() -> Value;

/// A check of one value of the field's type.
pub(crate) type Check = Box<dyn Fn(&dyn Any) -> Result<(), String> + Send + Sync>;

/// Whether two values of the field's type are equal.
pub(crate) type Equal = Box<dyn Fn(&dyn Any, &dyn Any) -> bool + Send + Sync>;

/// Which text of a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The one that people read.
    Displayed,
    /// One that all equal values share.
    Canonical,
    /// Those of its parts: of a map, of each key and each value.
    Parts,
}

/// Writes a value of the field's type, one text for each of the values in it; `None` if one has no text.
pub(crate) type Texts = Box<dyn Fn(&dyn Any, Form) -> Option<Vec<String>> + Send + Sync>;

/// Splits a list into lists of one member each.
pub(crate) type Split = fn(&dyn Any) -> Vec<Value>;

/// Adds the arguments of a struct to a command.
pub(crate) type Augment = fn(Command) -> Command;

/// Marks the dynamic ones of these flags in the help of a command that is not built yet. It is a pointer so that
/// a program without marks does not contain the code.
pub(crate) type MarkHelp = fn(Command, &[&FlagDef], Marked) -> Command;

/// Where the flags of depth 0 are marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Marked {
    /// In the program's command, which is that of their struct.
    Program,
    /// In each command that has the arguments of their struct.
    AnyCommand,
}

/// What a field's attributes and checks say about its flag besides what clap knows.
#[derive(Default)]
pub(crate) struct Metadata {
    /// The salt of a fraction, if it is not the flag's name.
    pub(crate) salt: Option<&'static str>,
    pub(crate) unit: Option<&'static str>,
    /// What to use instead.
    pub(crate) deprecated: Option<&'static str>,
    /// The bounds of the checks.
    pub(crate) bounds: Bounds,
}

/// The declaration of a flag by its field.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct FlagDef {
    /// Unique among the flags of the same depth.
    pub(crate) id: Id,
    /// 0 for a flag of the program itself, 1 for one of its subcommand, 2 for one of that one's.
    pub(crate) depth: usize,
    pub(crate) kind: FlagKind,
    pub(crate) shape: Shape,
    pub(crate) secret: bool,
    /// Whether a struct that derives `DynamicFlags` declares it.
    pub(crate) covered: bool,
    pub(crate) trim: bool,
    /// Whether the struct names a parser of the program's own.
    pub(crate) own_parser: bool,
    /// Adds the arguments of the struct that declares it; `None` of an uncovered flag.
    pub(crate) augment: Option<Augment>,
    /// Set if `--help` says whether the flag is dynamic.
    pub(crate) mark_help: Option<MarkHelp>,
    /// Set if the field has any. Most have none, and are moved often while the flags are declared.
    pub(crate) metadata: Option<Box<Metadata>>,
    /// The name of the field's type; `None` of an uncovered flag.
    pub(crate) type_name: Option<&'static str>,
    /// The type of one value.
    pub(crate) value_type: TypeId,
    pub(crate) take: Take,
    /// `None` if the field is no `Option`.
    pub(crate) unset: Option<Unset>,
    /// Whether a value is that `None`.
    pub(crate) is_unset: fn(&dyn Any) -> bool,
    /// `None` if the field is no list.
    pub(crate) split: Option<Split>,
    pub(crate) checks: Vec<Check>,
    /// `None` if the type has no equality; values are then equal if their texts are.
    pub(crate) equal: Option<Equal>,
    /// `None` if the type can't be written as text.
    pub(crate) texts: Option<Texts>,
}

impl FlagDef {
    pub(crate) fn new(
        id: Id,
        type_name: Option<&'static str>,
        value_type: TypeId,
        take: Take,
    ) -> Self {
        Self {
            id,
            depth: 0,
            kind: FlagKind::Static,
            shape: Shape::One,
            secret: false,
            covered: true,
            trim: true,
            own_parser: false,
            augment: None,
            mark_help: None,
            metadata: None,
            type_name,
            value_type,
            take,
            unset: None,
            is_unset: |_| false,
            split: None,
            checks: Vec::new(),
            equal: None,
            texts: None,
        }
    }

    pub(crate) fn metadata_mut(&mut self) -> &mut Metadata {
        self.metadata.get_or_insert_default()
    }

    /// What to use instead of a deprecated flag.
    pub(crate) fn deprecated(&self) -> Option<&'static str> {
        self.metadata.as_ref()?.deprecated
    }

    /// Reads the value from clap's matches; `None` if there is none of the field's type.
    pub(crate) fn take(&self, matches: &ArgMatches) -> Option<Value> {
        (self.take)(matches, self.id.as_str())
    }

    /// Whether the matches are those of a command with this argument, of this type.
    pub(crate) fn fits(&self, matches: &ArgMatches) -> bool {
        let is_absent = || {
            matches
                .try_contains_id(self.id.as_str())
                .is_ok_and(|given| !given)
        };
        self.take(matches).is_some() || is_absent()
    }

    /// The field's `None`; `None` if the field is no `Option`.
    pub(crate) fn unset(&self) -> Option<Value> {
        self.unset.map(|unset| unset())
    }

    /// The messages of the flag's checks that reject a value.
    pub(crate) fn check(&self, value: &dyn Any) -> Vec<String> {
        let checks = self.checks.iter();
        checks.filter_map(|check| check(value).err()).collect()
    }

    /// Whether two values are known to be equal.
    pub(crate) fn equal(&self, one: &dyn Any, other: &dyn Any) -> bool {
        self.equal.as_ref().is_some_and(|equal| equal(one, other))
    }
}

impl fmt::Debug for FlagDef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlagDef")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}
