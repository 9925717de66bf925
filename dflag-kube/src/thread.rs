//! The thread: one worker, and a runtime for what it waits for.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::JoinHandle;

use tokio::runtime::Runtime;
use tokio::sync::mpsc;

use crate::panic;
use crate::worker::{Command, Worker};

/// The name of the thread, as long as Linux permits.
const NAME: &str = "dflag-kube";

/// A running worker. Dropping it without a join leaves the thread to end by itself.
#[derive(Debug)]
pub(crate) struct Thread {
    commands: Option<mpsc::UnboundedSender<Command>>,
    /// `None` after a join.
    handle: Option<JoinHandle<Option<Box<Worker>>>>,
    process: u32,
}

impl Thread {
    /// Runs `worker` on a thread. If the system has none, the worker is returned with the error.
    pub(crate) fn spawn(worker: Box<Worker>) -> Result<Self, (Box<Worker>, io::Error)> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let runtime = match runtime {
            Ok(runtime) => Background(Some(runtime)),
            Err(error) => return Err((worker, error)),
        };
        let (commands, mut receiver) = mpsc::unbounded_channel();
        // The worker is sent once the thread exists.
        let (give, take) = std::sync::mpsc::channel::<Box<Worker>>();
        let run = move || {
            let mut worker = take.recv().ok()?;
            let run = || {
                if let Background(Some(runtime)) = &runtime {
                    worker.run(runtime, &mut receiver);
                }
            };
            if let Err(panic) = catch_unwind(AssertUnwindSafe(run)) {
                worker.record_panic(&panic::message(&*panic));
                return None;
            }
            Some(worker)
        };
        let handle = std::thread::Builder::new().name(NAME.to_owned()).spawn(run);
        let handle = match handle {
            Ok(handle) => handle,
            Err(error) => return Err((worker, error)),
        };
        let _ = give.send(worker);
        Ok(Self {
            commands: Some(commands),
            handle: Some(handle),
            process: std::process::id(),
        })
    }

    /// Whether the thread is one of this process, and not of the one from which it was forked.
    pub(crate) fn is_in_this_process(&self) -> bool {
        self.process == std::process::id()
    }

    /// Whether the thread has ended, which it does by itself only if it panics.
    pub(crate) fn has_ended(&self) -> bool {
        self.is_in_this_process() && self.handle.as_ref().is_some_and(JoinHandle::is_finished)
    }

    pub(crate) fn send(&self, command: Command) {
        if let Some(commands) = &self.commands {
            // If the thread has ended, the answer is dropped.
            let _ = commands.send(command);
        }
    }

    /// Asks the thread to end.
    pub(crate) fn stop(&mut self) {
        if self.is_in_this_process() {
            self.commands = None;
        }
    }

    /// Waits for its end. `None` if it panicked, or is another process's.
    pub(crate) fn join(mut self) -> Option<Box<Worker>> {
        if !self.is_in_this_process() {
            return None;
        }
        self.stop();
        self.handle.take()?.join().ok()?
    }
}

/// A runtime that shuts down in the background when it is dropped: it does not wait for the resolution of a name, for
/// instance, and may be dropped inside another runtime.
struct Background(Option<Runtime>);

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        if !self.is_in_this_process() {
            // The system's thread is not there to be detached, and closing the channel would wake the runtime of the
            // parent process, which shares its descriptors with this one.
            std::mem::forget((self.commands.take(), self.handle.take()));
        }
    }
}
