//! Threads: starting one, and the worker's as seen from the process that owns it.
//!
//! A child process that was forked has a copy of the handle, but not the thread. Joining or detaching it
//! there would panic.

use std::any::Any;
use std::cell::Cell;
use std::io;
use std::thread::JoinHandle;

/// The name of the thread, as long as Linux permits.
const NAME: &str = "dflag-configmap";

thread_local! {
    /// The updater whose thread this is, by its context's address; 0 on other threads.
    static OWNER: Cell<usize> = const { Cell::new(0) };
}

/// Makes the current thread one of the updater whose context has this address.
pub(crate) fn set_owner(context: usize) {
    OWNER.set(context);
}

/// Whether the current thread is one of the updater whose context has this address.
pub(crate) fn is_owned_by(context: usize) -> bool {
    OWNER.get() == context
}

/// The updater whose thread the current one is, by its context's address.
pub(crate) fn current_owner() -> Option<usize> {
    Some(OWNER.get()).filter(|owner| *owner != 0)
}

/// Starts a thread. `run` is boxed so that programs contain the code for that once.
pub(crate) fn spawn(name: &str, run: Box<dyn FnOnce() + Send>) -> io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name(name.to_owned()).spawn(run)
}

/// The message of a panic.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").to_owned()
}

/// A handle of the worker's thread.
#[derive(Debug)]
pub(crate) struct WorkerThread {
    /// `None` after a join.
    handle: Option<JoinHandle<()>>,
    process: u32,
}

impl WorkerThread {
    pub(crate) fn spawn(run: impl FnOnce() + Send + 'static) -> io::Result<Self> {
        Ok(Self {
            handle: Some(spawn(NAME, Box::new(run))?),
            process: std::process::id(),
        })
    }

    /// Whether the thread is one of this process, and not of the one from which it was forked.
    pub(crate) fn is_in_this_process(&self) -> bool {
        self.process == std::process::id()
    }

    /// Waits for its end. In another process, this does nothing.
    pub(crate) fn join(mut self) {
        if self.is_in_this_process()
            && let Some(handle) = self.handle.take()
        {
            // A thread that panicked has ended as well.
            let _ = handle.join();
        }
    }
}

impl Drop for WorkerThread {
    fn drop(&mut self) {
        if !self.is_in_this_process() {
            std::mem::forget(self.handle.take());
        }
    }
}
