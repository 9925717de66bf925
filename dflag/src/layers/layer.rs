//! A layer: everything that one source says, proposed as a whole.
//!
//! A source never patches. A key that it no longer names falls back to the layer below, and equal
//! inputs always give equal flags.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use crate::error::Cause;
use crate::origin::Origin;
use crate::text::escape::escaped;

/// Everything that one source says about flags, proposed as a whole to a [`FlagSet`].
///
/// A later layer of the same name and location replaces the earlier one.
/// Layers of different sources stack in the order in which they were first proposed.
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
    /// Text as one would type it on the command line.
    Text(String),
    /// A file's bytes, whatever they are.
    File(Vec<u8>),
    /// The source could not read it.
    Unreadable(Cause),
}

/// Whether a source takes precedence over the command line.
///
/// Its names, for [`Display`](fmt::Display), [`FromStr`](std::str::FromStr) and
/// [`ValueEnum`](clap::ValueEnum), are `above-command-line` and `below-command-line`, so that a
/// program can expose the choice as a flag:
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Precedence {
    /// The source wins: the command line only gives the first value.
    #[default]
    AboveCommandLine,
    /// The command line wins: a flag that was typed stays as typed.
    ///
    /// Defaults and the environment still lose to the source. Its value for a flag that was typed
    /// is checked all the same, so that a mistake shows at once.
    BelowCommandLine,
}

/// What happens to a layer in which some keys are invalid.
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
    /// The valid keys are applied. An invalid one keeps the last valid value that this source gave it,
    /// or falls back to the layers below if there was none. For operators who must change one flag
    /// while another key is invalid.
    ///
    /// Rules across flags stay all or nothing: if one rejects the result, the whole layer is rejected.
    KeepValid,
}

impl Layer {
    /// An empty layer of the source called `name`, such as `ConfigMap`, found at `location`.
    pub fn new(name: impl Into<Arc<str>>, location: impl Into<Arc<str>>) -> Self {
        Self {
            id: LayerId {
                name: name.into(),
                location: location.into(),
            },
            precedence: Precedence::default(),
            deny_unknown: false,
            on_invalid: OnInvalid::default(),
            entries: Vec::new(),
        }
    }

    /// Sets whether this layer takes precedence over the command line. Default: it does.
    pub fn precedence(mut self, precedence: Precedence) -> Self {
        self.precedence = precedence;
        self
    }

    /// Sets whether a key that names no flag makes the whole layer invalid.
    /// Default: no, such keys are listed in [`Applied::unknown`](crate::Applied::unknown).
    pub fn deny_unknown(mut self, deny: bool) -> Self {
        self.deny_unknown = deny;
        self
    }

    /// Sets what happens to the valid keys when others are invalid. Default: the layer is rejected.
    pub fn on_invalid(mut self, on_invalid: OnInvalid) -> Self {
        self.on_invalid = on_invalid;
        self
    }

    /// Adds a key whose content is a file's bytes, read from `location`.
    ///
    /// They have to be UTF-8, except for a flag of type `dflag::value::Bytes`,
    /// which takes them as they are.
    pub fn file(
        &mut self,
        key: impl Into<String>,
        location: impl Into<Arc<str>>,
        bytes: impl Into<Vec<u8>>,
    ) {
        self.push(key, location, Content::File(bytes.into()));
    }

    /// Adds a key whose content is text as one would type it after `--flag=`.
    pub fn text(
        &mut self,
        key: impl Into<String>,
        location: impl Into<Arc<str>>,
        text: impl Into<String>,
    ) {
        self.push(key, location, Content::Text(text.into()));
    }

    /// Adds a key that exists but can't be read, and why. It is invalid if it names a flag,
    /// and unknown like any other key if not.
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
