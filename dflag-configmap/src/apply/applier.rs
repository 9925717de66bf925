//! The applier: contents come in, and something becomes of them.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Instant;

use dflag::Change;

use super::unreadable::Unreadable;
use crate::context::Context;
use crate::error::{InitializeError, ScanError};
use crate::signal::Signal;
use crate::volume::Contents;

/// Which contents are proposed although they were proposed before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Retry {
    Never,
    /// Those that were rejected.
    Rejected,
    /// Those that were rejected or rolled back.
    RolledBack,
}

/// Applies contents to the flags. Only one that recovers has anything to do between proposals.
pub(crate) trait Applier: Debug + Send {
    /// Applies the first contents, or what the policy for a bad start says.
    fn initialize(
        &mut self,
        context: &Context,
        contents: Result<Arc<Contents>, Unreadable>,
    ) -> Result<(), InitializeError>;

    /// Proposes `contents`, unless they are the ones that it proposed last. Returns what is wrong with them.
    fn propose(
        &mut self,
        context: &Context,
        contents: &Arc<Contents>,
        retry: Retry,
    ) -> Option<ScanError>;

    /// The flags that were changed since [`forget_changed`](Self::forget_changed).
    fn changed(&self) -> &[Change];

    fn forget_changed(&mut self);

    /// Names the panic that interrupted the last proposal.
    fn record_panic(&mut self, panic: &ScanError);

    /// Continues a probation. `signal` is woken by news of it.
    fn resume(&mut self, _context: &Arc<Context>, _signal: &Arc<Signal>) {}

    /// Interrupts a probation that was continued with `signal`.
    fn suspend(&mut self, _context: &Context, _signal: &Arc<Signal>) {}

    /// When to [`poll`](Self::poll) at the latest.
    fn next(&self) -> Option<Instant> {
        None
    }

    /// Ends a probation whose time has come. Returns whether contents that are held back are to be tried again, which
    /// the next proposal does.
    fn poll(&mut self, _context: &Context) -> bool {
        false
    }
}
