//! Layers: all that one source says, at once.
//!
//! A source never patches. It proposes the whole of what it holds, so a key that it no longer
//! names falls back to the layer below, and the same inputs always give the same flags.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use crate::Origin;

/// Everything that one source says about flags, proposed as a whole to a [`FlagSet`].
///
/// A later layer of the same name and location takes the place of the earlier one.
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
#[derive(Clone)]
pub struct Layer {
    pub(crate) owner: Owner,
    pub(crate) precedence: Precedence,
    pub(crate) deny_unknown: bool,
    pub(crate) on_invalid: OnInvalid,
    pub(crate) entries: Vec<Entry>,
}

/// Whose layer it is. Two layers of equal owners are two states of one layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) name: Arc<str>,
    pub(crate) location: Arc<str>,
}

impl Owner {
    /// The origin of a value of this source.
    pub(crate) fn at(&self, location: &Arc<str>) -> Origin {
        Origin::Source {
            name: Arc::clone(&self.name),
            location: Arc::clone(location),
        }
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.location)
    }
}

/// One key of a layer and what stands there.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) location: Arc<str>,
    pub(crate) content: Content,
}

/// What stands under a key.
#[derive(Clone)]
pub(crate) enum Content {
    /// Text as one would type it on the command line.
    Text(String),
    /// A file's bytes, whatever they are.
    File(Vec<u8>),
    /// The source could not read it.
    Unreadable(Arc<dyn Error + Send + Sync>),
}

/// Whether a source wins over the command line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Precedence {
    /// The source wins: what was typed at start-up is only where the program began.
    #[default]
    AboveCommandLine,
    /// The command line wins: a flag that was typed stays as typed.
    ///
    /// Defaults and the environment still lose to the source. What it says of a flag that was
    /// typed is checked all the same, so that a mistake never lies in wait.
    BelowCommandLine,
}

/// What becomes of a layer in which some keys are bad.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OnInvalid {
    /// Nothing of the layer is taken.
    #[default]
    RejectAll,
    /// The good keys are taken; a bad one keeps the last good value that this source gave it,
    /// or what the layers below say if it gave none. For operators who must turn one flag
    /// while another key is broken.
    ///
    /// Rules across flags stay all or nothing: where one objects to the result,
    /// nothing of the layer is taken.
    KeepValid,
}

impl Layer {
    /// An empty layer of the source that people call `name`, found at `location`.
    pub fn new(name: impl Into<Arc<str>>, location: impl Into<Arc<str>>) -> Self {
        Self {
            owner: Owner {
                name: name.into(),
                location: location.into(),
            },
            precedence: Precedence::default(),
            deny_unknown: false,
            on_invalid: OnInvalid::default(),
            entries: Vec::new(),
        }
    }

    /// Sets whether this layer wins over the command line. Default: it does.
    #[must_use]
    pub fn precedence(mut self, precedence: Precedence) -> Self {
        self.precedence = precedence;
        self
    }

    /// Sets whether a key that names no flag makes the whole layer invalid.
    /// Default: no, it is reported in [`Applied::unknown`](crate::Applied::unknown).
    #[must_use]
    pub fn deny_unknown(mut self, deny: bool) -> Self {
        self.deny_unknown = deny;
        self
    }

    /// Sets what becomes of the good keys when others are bad. Default: none is taken.
    #[must_use]
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

    /// Adds a key that exists but can't be read, and why. If it names a flag it is a bad key;
    /// if not, it is unknown like any other.
    pub fn unreadable(
        &mut self,
        key: impl Into<String>,
        location: impl Into<Arc<str>>,
        cause: impl Into<Box<dyn Error + Send + Sync>>,
    ) {
        self.push(key, location, Content::Unreadable(cause.into().into()));
    }

    /// How many keys the layer has.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether the layer has no key.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn push(&mut self, key: impl Into<String>, location: impl Into<Arc<str>>, content: Content) {
        self.entries.push(Entry {
            key: key.into(),
            location: location.into(),
            content,
        });
    }
}

/// Keys only: a value may be a secret's.
impl fmt::Debug for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<_> = self.entries.iter().map(|entry| &entry.key).collect();
        f.debug_struct("Layer")
            .field("name", &self.owner.name)
            .field("location", &self.owner.location)
            .field("keys", &keys)
            .finish_non_exhaustive()
    }
}
