//! What the caller of a request may read.

use super::authorizer::{Act, Caller, Denied};
use super::guard::{SharedAuthorizer, authorize};

/// The flags that the caller may read. Without restriction, all.
#[derive(Clone)]
pub(crate) enum ReadAccess {
    All,
    /// Those that the authorizer allows.
    Restricted(SharedAuthorizer, Caller),
    /// None: the caller is not authenticated.
    Nothing,
}

impl ReadAccess {
    pub(crate) fn is_restricted(&self) -> bool {
        !matches!(self, Self::All)
    }

    pub(crate) fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing)
    }

    /// Whether the caller may read this flag, by its long name. This asks the program if reading is restricted, so it
    /// is then to be called on a thread that may block.
    ///
    /// # Errors
    /// Why not.
    pub(crate) fn check(&self, flag: &str) -> Result<(), Denied> {
        match self {
            Self::All => Ok(()),
            Self::Restricted(authorizer, caller) => {
                authorize(&**authorizer, caller, Act::Read, flag)
            }
            Self::Nothing => Err(Denied::new("reading flags is restricted")),
        }
    }
}
