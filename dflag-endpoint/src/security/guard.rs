//! Asks the program's authorizer, whose panics deny.

use std::panic::{AssertUnwindSafe, catch_unwind};

use axum::http::request::Parts;
use tokio::task::spawn_blocking;

use super::authorizer::{Act, Authorizer, Caller, Denied};

/// The authorizer, shared by the threads that ask it.
pub(crate) type SharedAuthorizer = std::sync::Arc<dyn Authorizer>;

/// Names the caller, on a thread that may block.
///
/// The future may be dropped: the authorizer then finishes on its thread, and nothing follows.
pub(crate) async fn authenticate(
    authorizer: &SharedAuthorizer,
    request: &Parts,
) -> Result<Caller, Denied> {
    let (authorizer, request) = (SharedAuthorizer::clone(authorizer), request.clone());
    let task = spawn_blocking(move || ask(|| authorizer.authenticate(&request)));
    task.await.unwrap_or_else(|_| Err(no_answer()))
}

/// Whether the caller may do this. To be called on a thread that may block.
pub(crate) fn authorize(
    authorizer: &dyn Authorizer,
    caller: &Caller,
    act: Act,
    flag: &str,
) -> Result<(), Denied> {
    ask(|| authorizer.authorize(caller, act, flag))
}

fn ask<T>(question: impl FnOnce() -> Result<T, Denied>) -> Result<T, Denied> {
    catch_unwind(AssertUnwindSafe(question)).unwrap_or_else(|_| Err(no_answer()))
}

fn no_answer() -> Denied {
    Denied::new("the program could not authorize the request")
        .with_log_detail("the authorizer panicked")
}
