//! Finishing: the program's own functions that edit each candidate before it is judged.

use std::fmt::Display;

/// Edits a struct, or says why it rejects it.
pub(crate) type Finish<A> = Box<dyn Fn(&mut A) -> Result<(), String> + Send + Sync>;

/// What a function for `#[flags(finish = …)]` may return.
#[diagnostic::on_unimplemented(
    message = "a function for `#[flags(finish = ...)]` returns nothing, or a `Result<(), E>` whose error implements `Display`",
    label = "this function returns `{Self}`"
)]
pub trait Finished {
    /// Why the candidate is rejected.
    ///
    /// # Errors
    /// The function's own.
    fn outcome(self) -> Result<(), String>;
}

impl Finished for () {
    fn outcome(self) -> Result<(), String> {
        Ok(())
    }
}

impl<E: Display> Finished for Result<(), E> {
    fn outcome(self) -> Result<(), String> {
        self.map_err(|error| error.to_string())
    }
}
