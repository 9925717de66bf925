//! A guard stays on its thread, and the compiler's error about one that leaves it says what to do.

use crate::read::guard::Guard;

/// Not implemented for any type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be held across an `.await` or sent to another thread",
    label = "this guard stays on the thread that loaded it",
    note = "call `get()` for a copy of one flag, or `load_full()` for an `Arc` of all of them"
)]
pub trait HeldAcrossAwait {}

// SAFETY: it applies to no type, since nothing implements `HeldAcrossAwait`. Without it, a guard is
// not `Send` either, but the compiler's reason would be a private field.
#[doc(hidden)]
#[expect(unsafe_code, reason = "the compiler then names the remedy")]
unsafe impl<T: ?Sized> Send for Guard<'_, T> where Self: HeldAcrossAwait {}
