//! Whether flags can be edited at all.

use crate::response::Rejection;

/// Whether setting is on, and what it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EditAccess {
    Off,
    /// A form needs the token in its field `token`.
    Token,
    /// No token: the caller is identified by other means, such as a proxy's header.
    Open,
}

impl EditAccess {
    pub(crate) fn is_on(self) -> bool {
        self != Self::Off
    }

    pub(crate) fn needs_token(self) -> bool {
        self == Self::Token
    }

    /// The response to an edit while setting is off.
    pub(crate) fn off() -> Rejection {
        Rejection::forbidden("setting flags is off in this program")
    }
}
