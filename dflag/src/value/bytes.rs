//! Bytes: a file's content as it is.

use std::fmt;
use std::ops::Deref;
use std::str::FromStr;
use std::sync::Arc;

use base64::prelude::{BASE64_STANDARD, Engine as _};

/// Raw bytes: a file's content as it is, whether or not it is UTF-8. On the command line, in
/// overrides and in listings the bytes are base64. Cheap to clone.
///
/// ```
/// use clap::Parser;
/// use dflag::{DynamicFlags, FlagSet, Layer, value::Bytes};
/// use std::sync::Arc;
///
/// #[derive(Clone, Parser, DynamicFlags)]
/// struct Args {
///     #[arg(long, default_value = "")]
///     #[flag(dynamic)]
///     key: Bytes,
/// }
///
/// let args = Args::try_parse_dynamic_from(["server", "--key=AP8="])?;
/// assert_eq!(args.key.load()[..], [0x00, 0xff]);
///
/// let mut layer = Layer::new("ConfigMap", "/etc/dflag");
/// layer.file("key", "/etc/dflag/key", [0xc3, 0x28]);
/// <Arc<dyn FlagSet>>::from(&args).propose(&layer)?;
/// assert_eq!(args.key.load()[..], [0xc3, 0x28]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(Arc<[u8]>);

/// The text is not base64.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not base64")]
pub struct NotBase64(#[from] base64::DecodeError);

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

impl From<&[u8]> for Bytes {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }
}

impl FromStr for Bytes {
    type Err = NotBase64;

    fn from_str(text: &str) -> Result<Self, NotBase64> {
        Ok(BASE64_STANDARD.decode(text)?.into())
    }
}

/// Base64, with padding.
impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64_STANDARD.encode(&self.0))
    }
}

/// Shows the number of bytes only: they are likely to be a key.
impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bytes({})", self.0.len())
    }
}
