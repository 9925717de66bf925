//! A layer: all values of one source, proposed as a whole.
//!
//! A source never patches its layer. A flag that the new layer does not name falls back to the layer
//! below, and equal inputs always give equal flags.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use crate::error::Cause;
use crate::origin::Origin;
use crate::text::escape::escaped;

/// All values of one source, proposed as a whole to a [`FlagSet`].
///
/// A layer replaces an earlier one of the same name and location.
/// Layers of different sources stack by their [`Precedence`], and among equals in the order in which
/// they were first proposed.
///
/// [`FlagSet`]: crate::FlagSet
///
/// ```
/// use dflag::Layer;
///
/// let mut layer = Layer::new("ConfigMap", "/etc/dflag");
/// layer.file("rollout", "/etc/dflag/rollout", b"0.5\n".to_vec());
/// layer.text("log_level", "/etc/dflag/log_level", "debug");
/// assert_eq!(layer.len(), 2);
/// ```
///
/// Two layers are equal if they would be applied alike: the same source, options and keys, in the
/// same order. Of keys that can't be read, the causes' texts are compared.
#[derive(Clone, PartialEq, Eq)]
#[must_use = "a layer does nothing until it is proposed"]
pub struct Layer {
    pub(crate) id: LayerId,
    pub(crate) precedence: Precedence,
    pub(crate) deny_unknown: bool,
    pub(crate) on_invalid: OnInvalid,
    pub(crate) env_names: bool,
    pub(crate) reason: Option<Arc<str>>,
    pub(crate) entries: Vec<LayerEntry>,
}

/// Identifies a layer: a proposal with an equal id replaces the one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LayerId {
    pub(crate) name: Arc<str>,
    pub(crate) location: Arc<str>,
}

impl LayerId {
    /// The origin of a value of this source.
    pub(crate) fn origin(&self, location: &Arc<str>) -> Origin {
        Origin::Source {
            name: Arc::clone(&self.name),
            location: Arc::clone(location),
        }
    }
}

impl fmt::Display for LayerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, escaped(&self.location))
    }
}

/// One key of a layer and its content.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct LayerEntry {
    pub(crate) key: String,
    pub(crate) location: Arc<str>,
    pub(crate) content: Content,
}

/// The content of a key.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Content {
    /// The text that would follow `--flag=` on the command line.
    Text(String),
    /// A file's bytes. They may not be UTF-8.
    File(Vec<u8>),
    /// The source could not read it.
    Unreadable(Cause),
}

/// The place of a source among default, environment, command line and the other sources.
///
/// default < [`BelowEnvironment`] < environment < [`BelowCommandLine`] < command line <
/// [`AboveCommandLine`] < override. Of two sources with the same precedence, the one that was first
/// proposed later takes precedence.
///
/// [`BelowEnvironment`]: Self::BelowEnvironment
/// [`BelowCommandLine`]: Self::BelowCommandLine
/// [`AboveCommandLine`]: Self::AboveCommandLine
///
/// ```
/// # use clap::Parser;
/// # use dflag::DynamicFlags;
/// use std::sync::Arc;
/// use dflag::{FlagSet, Layer, Precedence};
///
/// # #[derive(Clone, Parser, DynamicFlags)]
/// # struct Args {
/// #     #[arg(long, default_value_t = 3)]
/// #     #[flag(dynamic)]
/// #     limit: u8,
/// # }
/// let args = Args::try_parse_dynamic_from(["server", "--limit=5"])?;
/// let set: Arc<dyn FlagSet> = (&args).into();
///
/// let mut layer = Layer::new("file", "flags.txt");
/// layer.text("limit", "flags.txt:1", "7");
/// set.propose(&layer)?;
/// assert_eq!(args.limit.get(), 7);
///
/// set.propose(&layer.precedence(Precedence::BelowCommandLine))?;
/// assert_eq!(args.limit.get(), 5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Its names, for [`Display`](fmt::Display), [`FromStr`](std::str::FromStr) and
/// [`ValueEnum`](clap::ValueEnum), are `above-command-line`, `below-command-line` and
/// `below-environment`, so that a program can expose the choice as a flag:
///
/// ```
/// use clap::Parser;
/// use dflag::Precedence;
///
/// #[derive(Parser)]
/// struct Args {
///     #[arg(long, default_value_t)]
///     precedence: Precedence,
/// }
///
/// let args = Args::try_parse_from(["server", "--precedence=below-command-line"])?;
/// assert_eq!(args.precedence, Precedence::BelowCommandLine);
/// # Ok::<(), clap::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Precedence {
    /// A flag that is given on the command line or by its environment variable keeps that value.
    ///
    /// The source overrides defaults only. This is the usual place of a configuration file. Its value
    /// for a flag that is given otherwise has to be valid all the same.
    BelowEnvironment,
    /// A flag that is given on the command line keeps that value.
    ///
    /// The source still overrides defaults and the environment. Its value for a flag that is given
    /// on the command line has to be valid all the same.
    BelowCommandLine,
    /// The source overrides the command line.
    #[default]
    AboveCommandLine,
}

impl Precedence {
    /// Whether a value that came from `base` takes precedence.
    pub(crate) fn is_below(self, base: &Origin) -> bool {
        match base {
            Origin::CommandLine => self != Self::AboveCommandLine,
            Origin::Environment => self == Self::BelowEnvironment,
            _ => false,
        }
    }
}

/// What happens to a layer in which some keys are invalid.
///
/// ```
/// # use clap::Parser;
/// # use dflag::DynamicFlags;
/// use std::sync::Arc;
/// use dflag::{FlagSet, Layer, OnInvalid};
///
/// # #[derive(Clone, Parser, DynamicFlags)]
/// # struct Args {
/// #     #[arg(long, default_value_t = 3)]
/// #     #[flag(dynamic)]
/// #     limit: u8,
/// #     #[arg(long, default_value_t = 1)]
/// #     #[flag(dynamic)]
/// #     shards: u8,
/// # }
/// let args = Args::try_parse_dynamic_from(["server"])?;
/// let set: Arc<dyn FlagSet> = (&args).into();
///
/// let mut layer = Layer::new("file", "flags.txt");
/// layer.text("limit", "flags.txt:1", "5");
/// layer.text("shards", "flags.txt:2", "many");
/// assert!(set.propose(&layer).is_err());
/// assert_eq!(args.limit.get(), 3);
///
/// let applied = set.propose(&layer.on_invalid(OnInvalid::KeepValid))?;
/// assert_eq!(applied.rejected[0].flag(), Some("shards"));
/// assert_eq!((args.limit.get(), args.shards.get()), (5, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Its names, for [`Display`](fmt::Display), [`FromStr`](std::str::FromStr) and
/// [`ValueEnum`](clap::ValueEnum), are `reject-all` and `keep-valid`.
///
/// ```
/// use dflag::OnInvalid;
///
/// assert_eq!("keep-valid".parse(), Ok(OnInvalid::KeepValid));
/// assert_eq!(OnInvalid::default().to_string(), "reject-all");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OnInvalid {
    /// The whole layer is rejected.
    #[default]
    RejectAll,
    /// The valid keys are applied. The flag of an invalid key keeps the last valid value that this
    /// source gave it, or has the value of the layers below if there was none. An operator can then
    /// change one flag while another key is invalid.
    ///
    /// Rules across flags stay all or nothing: if one rejects the result, the whole layer is rejected.
    KeepValid,
}

impl Layer {
    /// Creates an empty layer for the source `name`, such as `ConfigMap`, at `location`, such as a
    /// directory.
    pub fn new(name: impl Into<Arc<str>>, location: impl Into<Arc<str>>) -> Self {
        Self {
            id: LayerId {
                name: name.into(),
                location: location.into(),
            },
            precedence: Precedence::default(),
            deny_unknown: false,
            on_invalid: OnInvalid::default(),
            env_names: false,
            reason: None,
            entries: Vec::new(),
        }
    }

    /// Sets the place of this layer among default, environment, command line and the other layers. By
    /// default it is above them.
    pub fn precedence(mut self, precedence: Precedence) -> Self {
        self.precedence = precedence;
        self
    }

    /// Sets whether a key that names no flag is invalid. By default it is not, and such keys are
    /// listed in [`Applied::unknown`](crate::Applied::unknown). A key that names a flag of a subcommand that
    /// was not chosen is ignored.
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// use std::sync::Arc;
    /// use dflag::{FlagSet, Layer};
    ///
    /// # #[derive(Clone, Parser, DynamicFlags)]
    /// # struct Args {
    /// #     #[arg(long, default_value_t = 3)]
    /// #     #[flag(dynamic)]
    /// #     limit: u8,
    /// # }
    /// let args = Args::try_parse_dynamic_from(["server"])?;
    /// let set: Arc<dyn FlagSet> = (&args).into();
    ///
    /// let mut layer = Layer::new("file", "flags.txt");
    /// layer.text("limti", "flags.txt:1", "5");
    /// assert_eq!(set.propose(&layer)?.unknown.len(), 1);
    /// assert!(set.propose(&layer.deny_unknown(true)).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn deny_unknown(mut self, deny: bool) -> Self {
        self.deny_unknown = deny;
        self
    }

    /// Sets what happens if some keys are invalid. By default the whole layer is rejected.
    pub fn on_invalid(mut self, on_invalid: OnInvalid) -> Self {
        self.on_invalid = on_invalid;
        self
    }

    /// Sets whether a key that is the exact name of a flag's environment variable sets that flag. By default
    /// it does not, and is an unknown key.
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// use std::sync::Arc;
    /// use dflag::{FlagSet, Layer};
    ///
    /// # #[derive(Clone, Parser, DynamicFlags)]
    /// # struct Args {
    /// #[arg(long, default_value_t = 3, env = "SERVER_LIMIT")]
    /// #[flag(dynamic)]
    /// limit: u8,
    /// # }
    /// # let args = Args::try_parse_dynamic_from(["server"])?;
    /// # let set: Arc<dyn FlagSet> = (&args).into();
    /// let mut layer = Layer::new("file", "flags.txt").env_names(true);
    /// layer.text("SERVER_LIMIT", "flags.txt:1", "5");
    /// set.propose(&layer)?;
    /// assert_eq!(args.limit.get(), 5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn env_names(mut self, accept: bool) -> Self {
        self.env_names = accept;
        self
    }

    /// Says why the layer is proposed, for the [history](crate::Flags::history), if it is not because the source has
    /// changed. Only the first 256 bytes count. Do not put a secret into it: everyone who may read the history may read it.
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// use dflag::Layer;
    ///
    /// # #[derive(Clone, Parser, DynamicFlags)]
    /// # struct Args {
    /// #     #[arg(long, default_value_t = 3)]
    /// #     #[flag(dynamic)]
    /// #     limit: u8,
    /// # }
    /// let args = Args::try_parse_dynamic_from(["server"])?;
    /// let mut layer = Layer::new("file", "flags.txt").reason("rolled back");
    /// layer.text("limit", "flags.txt:1", "5");
    /// args.propose(&layer)?;
    ///
    /// let entry = args.history().entries.pop().expect("the proposal is its newest entry");
    /// assert_eq!(entry.reason.as_deref(), Some("rolled back"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn reason(mut self, reason: impl Into<Arc<str>>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// Adds a key whose content is a file's bytes, read from `location`.
    ///
    /// The bytes have to be UTF-8, except for a flag of type `dflag::value::Bytes`, whose value
    /// they are.
    pub fn file(
        &mut self,
        key: impl Into<String>,
        location: impl Into<Arc<str>>,
        bytes: impl Into<Vec<u8>>,
    ) {
        self.push(key, location, Content::File(bytes.into()));
    }

    /// Adds a key whose content is the text that would follow `--flag=` on the command line.
    pub fn text(
        &mut self,
        key: impl Into<String>,
        location: impl Into<Arc<str>>,
        text: impl Into<String>,
    ) {
        self.push(key, location, Content::Text(text.into()));
    }

    /// Adds a key that exists but can't be read. It is invalid if it names a flag, and otherwise
    /// an unknown key like any other.
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// use std::{io, sync::Arc};
    /// use dflag::{FlagSet, Layer};
    ///
    /// # #[derive(Clone, Parser, DynamicFlags)]
    /// # struct Args {
    /// #     #[arg(long, default_value_t = 3)]
    /// #     #[flag(dynamic)]
    /// #     limit: u8,
    /// # }
    /// let args = Args::try_parse_dynamic_from(["server"])?;
    /// let set: Arc<dyn FlagSet> = (&args).into();
    ///
    /// let mut layer = Layer::new("file", "/etc/dflag");
    /// layer.unreadable("limit", "/etc/dflag/limit", io::Error::other("a directory"));
    /// let rejected = set.propose(&layer).unwrap_err();
    /// assert!(rejected.to_string().ends_with("`limit` (/etc/dflag/limit): a directory"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn unreadable(
        &mut self,
        key: impl Into<String>,
        location: impl Into<Arc<str>>,
        cause: impl Into<Box<dyn Error + Send + Sync>>,
    ) {
        self.push(
            key,
            location,
            Content::Unreadable(Cause::new(cause.into().into())),
        );
    }

    /// The number of keys.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether the layer has no key.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn push(&mut self, key: impl Into<String>, location: impl Into<Arc<str>>, content: Content) {
        self.entries.push(LayerEntry {
            key: key.into(),
            location: location.into(),
            content,
        });
    }
}

/// Adds keys with their texts, for a source whose keys have no locations of their own, such as a
/// file that is parsed into a map. Their location is the layer's.
///
/// ```
/// use std::collections::BTreeMap;
/// use dflag::Layer;
///
/// let file = BTreeMap::from([("limit", "5"), ("rollout", "0.25")]);
/// let mut layer = Layer::new("file", "/etc/server.toml");
/// layer.extend(file);
/// assert_eq!(layer.len(), 2);
/// ```
impl<K: Into<String>, T: Into<String>> Extend<(K, T)> for Layer {
    fn extend<I: IntoIterator<Item = (K, T)>>(&mut self, texts: I) {
        let location = Arc::clone(&self.id.location);
        for (key, text) in texts {
            self.text(key, Arc::clone(&location), text);
        }
    }
}

/// Shows keys only: a value may be a secret's.
impl fmt::Debug for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<_> = self.entries.iter().map(|entry| &entry.key).collect();
        f.debug_struct("Layer")
            .field("name", &self.id.name)
            .field("location", &self.id.location)
            .field("keys", &keys)
            .finish_non_exhaustive()
    }
}
