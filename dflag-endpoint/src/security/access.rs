//! Whether flags can be edited at all.

use super::authorizer::Act;
use crate::response::Rejection;

/// What callers may do to flags, as far as the program allows it to anyone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EditAccess {
    pub(crate) can_set: bool,
    /// While setting is off, overrides can still be cleared: otherwise an override that turns it off would stay.
    pub(crate) can_clear: bool,
    /// Whether a form needs the token in its field `token`. If not, the caller is identified by other means, such as a
    /// proxy's header.
    pub(crate) needs_token: bool,
}

impl EditAccess {
    /// No caller may do anything.
    pub(crate) const OFF: Self = Self {
        can_set: false,
        can_clear: false,
        needs_token: false,
    };

    /// # Errors
    /// Nobody may do this now.
    pub(crate) fn check(self, act: Act) -> Result<(), Rejection> {
        match act {
            Act::Clear if self.can_clear => Ok(()),
            Act::Set if self.can_set => Ok(()),
            _ if self.can_clear => Err(Rejection::forbidden(
                "setting flags is off in this program, only clearing overrides is not",
            )),
            _ => Err(Self::off()),
        }
    }

    /// The response to an edit if the program allows none.
    pub(crate) fn off() -> Rejection {
        Rejection::forbidden("setting flags is off in this program")
    }
}
