//! The content of a generation: what each key holds, wherever it was read from.

use std::fmt;
use std::sync::Arc;

use super::by_key::ByKey;
use crate::error::FileError;

/// All keys of a generation.
pub(crate) type Contents = ByKey<Content>;

/// What a key holds.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Content {
    Bytes(Arc<[u8]>),
    Unreadable(FileError),
    /// Not read, because the key names no flag.
    Unknown,
}

impl Content {
    /// Its length in bytes.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Unreadable(_) | Self::Unknown => 0,
        }
    }

    /// Whether it was read and has no bytes.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self::Bytes(bytes) if bytes.is_empty())
    }
}

/// Shows the length only, since the value may be secret.
impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
            Self::Unreadable(error) => f.debug_tuple("Unreadable").field(error).finish(),
            Self::Unknown => f.write_str("Unknown"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::Content;

    #[test]
    fn debug_output_omits_the_value() {
        let content = Content::Bytes(Arc::from(b"hunter2".as_slice()));
        assert_eq!(format!("{content:?}"), "Bytes(7)");
    }
}
