//! Calls into the program's own parsers, checks, rules and callbacks.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs the program's own code. A panic becomes an error, so that the value is rejected and the
/// thread that follows a source continues.
pub(crate) fn catch_panic<T>(code: impl FnOnce() -> T) -> Result<T, String> {
    // The panic's payload may quote a value, so it is not shown.
    catch_unwind(AssertUnwindSafe(code)).map_err(|_| "the program's own code panicked".to_owned())
}

/// Drops values, which may run the program's own code. Callers hold no lock.
pub(crate) fn discard<T>(values: T) {
    if catch_panic(|| drop(values)).is_err() {
        tracing::error!("dropping a value panicked");
    }
}
