//! The thread: one worker on a runtime of its own.

use std::io;
use std::thread::JoinHandle;

use tokio::sync::mpsc;

use crate::worker::{Command, Worker};

/// The name of the thread, as long as Linux permits.
const NAME: &str = "dflag-kube";

/// A running worker. Dropping it without a join leaves the thread to end by itself.
#[derive(Debug)]
pub(crate) struct Thread {
    commands: Option<mpsc::UnboundedSender<Command>>,
    handle: JoinHandle<Worker>,
    process: u32,
}

impl Thread {
    /// Runs `worker` on a thread. If the system has none, the worker is lost with the error.
    pub(crate) fn spawn(mut worker: Worker) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (commands, mut receiver) = mpsc::unbounded_channel();
        let run = move || {
            runtime.block_on(worker.run(&mut receiver));
            // Dropping it would wait for a name that is being resolved.
            runtime.shutdown_background();
            worker
        };
        let handle = std::thread::Builder::new()
            .name(NAME.to_owned())
            .spawn(run)?;
        Ok(Self {
            commands: Some(commands),
            handle,
            process: std::process::id(),
        })
    }

    /// Whether the thread is one of this process, and not of the one from which it was forked.
    pub(crate) fn is_in_this_process(&self) -> bool {
        self.process == std::process::id()
    }

    pub(crate) fn send(&self, command: Command) {
        if let Some(commands) = &self.commands {
            // If the thread has ended, the answer is dropped.
            let _ = commands.send(command);
        }
    }

    /// Asks the thread to end.
    pub(crate) fn stop(&mut self) {
        self.commands = None;
    }

    /// Waits for its end. `None` if it panicked, or is another process's.
    pub(crate) fn join(mut self) -> Option<Worker> {
        self.stop();
        if self.is_in_this_process() {
            self.handle.join().ok()
        } else {
            // Joining or detaching it would panic.
            std::mem::forget(self.handle);
            None
        }
    }
}
