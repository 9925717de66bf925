//! The updater: the handle that a program holds, and the order in which its methods may be called.

use std::path::Path;
use std::sync::{Arc, Mutex, Weak};

use dflag::{FlagSet, Source};

use crate::builder::Builder;
use crate::context::Context;
use crate::error::{BuildError, InitializeError, ReloadError, SetupError, StartError, StopError};
use crate::lock::lock;
use crate::options::absolute;
use crate::registration::Registration;
use crate::reload::{Reloaded, Requests};
use crate::signal::{Hint, Signal, StopOnDrop};
use crate::status::Status;
use crate::sync::Scanner;
use crate::thread::WorkerThread;
use crate::waits::Waiting;
use crate::worker;

/// Creates an [`Updater`] for `directory`, reads the directory once, and follows it from then on.
///
/// This is [`Updater::new`], [`Updater::initialize`] and [`Updater::start`] in one call.
///
/// # Errors
/// Those of the three methods, in this order. The flags keep the values that the last successful step gave them.
///
/// ```no_run
/// # use clap::Parser;
/// # use dflag::DynamicFlags;
/// use dflag_configmap as configmap;
///
/// # #[derive(Clone, Parser, DynamicFlags)]
/// # struct Args {
/// #     #[arg(long, default_value_t = 3)]
/// #     #[flag(dynamic)]
/// #     limit: u8,
/// # }
/// let args = Args::parse_dynamic();
/// let updater = configmap::setup(&args, "/etc/dflag").unwrap_or_else(|error| error.exit());
/// ```
pub fn setup(
    flags: impl Into<Arc<dyn FlagSet>>,
    directory: impl AsRef<Path>,
) -> Result<Updater, SetupError> {
    Updater::builder(flags, directory).setup()
}

/// Applies the content of a directory, such as a mounted ConfigMap, to a set of flags.
///
/// Its methods may be called from any thread, including from a callback of a flag. Dropping it
/// stops it as [`stop`](Self::stop) does; the flags keep their last values.
#[must_use = "dropping the updater stops it, and `let _ = …` drops it at once: keep it, as by `let _updater = …`"]
pub struct Updater {
    context: Arc<Context>,
    scanner: Arc<Mutex<Scanner>>,
    phase: Mutex<Phase>,
    /// Shared with the thread, which outlives an updater that is dropped by one of its own callbacks.
    registration: Arc<Registration>,
}

/// What the updater is doing. It is never locked while a thread is joined or foreign code runs.
#[derive(Default)]
struct Phase {
    stage: Stage,
    /// Whether `start` was called, which fixes the static flags.
    started: bool,
    /// Threads that were stopped by one of their own callbacks, which could not wait for their end.
    ending: Vec<WorkerThread>,
}

#[derive(Default)]
enum Stage {
    #[default]
    Idle,
    Initializing,
    Running {
        signal: Arc<Signal>,
        /// The thread owns them, so that its end, even by a panic, ends all waits for an answer.
        requests: Weak<Requests>,
        thread: WorkerThread,
    },
}

impl Updater {
    /// Creates an updater with default options. It reads nothing yet, and no thread runs.
    ///
    /// A relative `directory` is relative to the current directory at the time of this call.
    ///
    /// # Errors
    /// If the path is empty, if it is relative and the current directory is not known, or if the flags
    /// already have an updater for this path. Dropping that one permits another.
    pub fn new(
        flags: impl Into<Arc<dyn FlagSet>>,
        directory: impl AsRef<Path>,
    ) -> Result<Self, BuildError> {
        Self::builder(flags, directory).build()
    }

    /// Returns a builder for an updater with other options.
    pub fn builder(flags: impl Into<Arc<dyn FlagSet>>, directory: impl AsRef<Path>) -> Builder {
        Builder::new(flags.into(), directory.as_ref())
    }

    /// Reads the directory once and sets static and dynamic flags, all or nothing.
    ///
    /// In a plain directory it waits until no file has changed for the
    /// [settling time](Builder::settle), but at most ten times as long. It waits as long for a volume whose
    /// keys are links into a `..data` that does not exist yet. One that is not filled by then counts as
    /// empty and is reported in the status; its content is applied when it appears.
    ///
    /// # Errors
    /// If the directory is absent or unreadable, or if the flags reject its content; the error names
    /// every bad key. [`Builder::on_bad_start`] makes it succeed all the same. With
    /// [`OnInvalid::KeepValid`](dflag::OnInvalid::KeepValid), invalid keys are no
    /// error here but in [`status`](Self::status). [`Builder::optional`] permits an absent directory, but not an unreadable one.
    /// After [`start`](Self::start) it always fails. On an error all flags keep their values.
    pub fn initialize(&self) -> Result<(), InitializeError> {
        {
            let mut phase = lock(&self.phase);
            match phase.stage {
                _ if phase.started => return Err(InitializeError::Started),
                Stage::Initializing => return Err(InitializeError::Busy),
                Stage::Idle | Stage::Running { .. } => phase.stage = Stage::Initializing,
            }
        }
        let _reset = ResetStage(&self.phase);
        lock(&self.scanner).initialize(&self.context)
    }

    /// Fixes the static flags, and follows the directory in the background.
    ///
    /// One thread scans the directory and proposes its content; callbacks run on that thread.
    ///
    /// It returns after the first scan, which applies what changed since
    /// [`initialize`](Self::initialize). An error of that scan does not fail `start`, since a later
    /// scan may succeed; it is in [`status`](Self::status). In a callback that the updater runs,
    /// and in a parser or a check of its flags, `start` returns at once.
    ///
    /// After [`stop`](Self::stop) the updater can be started again.
    ///
    /// Without [`initialize`](Self::initialize), the static flags are fixed at the values of the command
    /// line, the environment and the defaults. What the directory has for them is pending a restart. A
    /// directory that is absent or rejected is not an error of `start`, only one of the status.
    ///
    /// # Errors
    /// If the updater is running, also in the parent of a forked process, if `initialize` is running, or if
    /// the system provides no thread.
    pub fn start(&self) -> Result<(), StartError> {
        let waiting = self.begin_to_wait();
        if waiting.is_some() {
            self.wait_for_ending();
        }
        let is_ready = Arc::new(Signal::default());
        let ready = StopOnDrop(Arc::clone(&is_ready));
        let started = {
            let mut phase = lock(&self.phase);
            match phase.stage {
                Stage::Running { ref thread, .. } if !thread.is_in_this_process() => {
                    return Err(StartError::Forked);
                }
                Stage::Running { .. } => return Err(StartError::Running),
                Stage::Initializing => return Err(StartError::Initializing),
                Stage::Idle => {}
            }
            phase.started = true;
            let signal = Arc::new(Signal::default());
            let (context, scanner) = (Arc::clone(&self.context), Arc::clone(&self.scanner));
            let requests = Arc::new(Requests::default());
            let for_thread = Arc::clone(&signal);
            let requests_of_thread = Arc::downgrade(&requests);
            let registration = Arc::clone(&self.registration);
            let run = move || {
                worker::run(&context, &scanner, &for_thread, &requests, ready);
                drop(registration);
            };
            let thread = WorkerThread::spawn(run).map_err(StartError::Thread);
            thread.map(|thread| {
                phase.stage = Stage::Running {
                    signal,
                    requests: requests_of_thread,
                    thread,
                };
            })
        };
        // The phase is not locked here: this waits for a check on another thread, which may call this updater.
        self.context.flags.freeze();
        started?;
        if waiting.is_some() {
            // This ends with the first scan or with the thread, however long that takes.
            is_ready.wait_for_stop();
        }
        Ok(())
    }

    /// Scans the directory now, and returns what that applied.
    ///
    /// It reads all files, proposes them even if the same content was rejected or rolled back before, and returns when
    /// their callbacks have run. If an update is to be [on probation](Builder::probation), it begins; `reload` does not
    /// wait for its end. In a plain directory it waits until no file has changed for the
    /// [settling time](Builder::settle), but at most ten times as long. What has not settled by then is
    /// listed as pending and applied later.
    ///
    /// # Errors
    /// If the scan fails or the flags reject the content; if the updater is not running; and if a callback
    /// that the updater runs, its health check, or a parser or check of its flags, calls this, or a callback of another
    /// updater for which this one's thread is waiting.
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// # #[derive(Clone, Parser, DynamicFlags)]
    /// # struct Args {
    /// #     #[arg(long, default_value_t = 3)]
    /// #     #[flag(dynamic)]
    /// #     limit: u8,
    /// # }
    /// # let args = Args::try_parse_dynamic_from(["server"])?;
    /// # let dir = tempfile::tempdir()?;
    /// let updater = dflag_configmap::setup(&args, dir.path())?;
    /// std::fs::write(dir.path().join("limit"), "5")?;
    /// let reloaded = updater.reload()?;
    /// assert_eq!(reloaded.changed[0].flag, "limit");
    /// assert_eq!(args.limit.get(), 5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn reload(&self) -> Result<Reloaded, ReloadError> {
        let Some(_waiting) = self.begin_to_wait() else {
            return Err(ReloadError::Reentrant);
        };
        let answer = match &lock(&self.phase).stage {
            Stage::Running { thread, .. } if !thread.is_in_this_process() => {
                return Err(ReloadError::NotRunning);
            }
            Stage::Running {
                signal, requests, ..
            } => {
                let requests = requests.upgrade().ok_or(ReloadError::NotRunning)?;
                let answer = requests.add();
                signal.hint(Hint::Changed);
                answer
            }
            Stage::Idle | Stage::Initializing => return Err(ReloadError::NotRunning),
        };
        let reloaded = answer.wait().ok_or(ReloadError::NotRunning)?;
        reloaded.map_err(ReloadError::Scan)
    }

    /// Ends the thread and releases its watches; the flags keep their last values.
    ///
    /// It returns when the thread has ended, and so waits for a callback that is running. In a callback
    /// that the updater runs, and in a parser or a check of its flags on any thread, it returns at once, and the
    /// thread ends after that. So it does in a callback of another updater for which this one's thread is waiting. A health
    /// check that is running is not waited for.
    ///
    /// # Errors
    /// If the updater is not running. In a child process that was forked it is not: the thread exists in
    /// the parent only, and the flags keep the values that they had at the fork.
    pub fn stop(&self) -> Result<(), StopError> {
        let waiting = self.begin_to_wait();
        let thread = {
            let mut phase = lock(&self.phase);
            if let Stage::Running { thread, .. } = &phase.stage
                && !thread.is_in_this_process()
            {
                return Err(StopError::NotRunning);
            }
            match std::mem::take(&mut phase.stage) {
                Stage::Running { signal, thread, .. } => {
                    signal.stop();
                    if waiting.is_none() {
                        phase.ending.push(thread);
                        return Ok(());
                    }
                    thread
                }
                other => {
                    phase.stage = other;
                    return Err(StopError::NotRunning);
                }
            }
        };
        thread.join();
        Ok(())
    }

    /// Returns what the updater has done, what it is doing, and what is wrong.
    pub fn status(&self) -> Status {
        let mut status = self.context.status();
        status.pending_restart = self.context.flags.pending_restarts();
        status.restart_problems = self.context.flags.restart_problems();
        status
    }

    /// Begins to wait for the updater's thread. `None` if that may be waiting for the caller: it is that thread or one of its
    /// own, or one of another updater for which that thread waits, or it runs a check of the flags, under the lock that a
    /// proposal needs.
    fn begin_to_wait(&self) -> Option<Waiting> {
        if self.context.flags.is_changing_here() {
            return None;
        }
        Waiting::begin(Arc::as_ptr(&self.context).addr())
    }

    fn wait_for_ending(&self) {
        let ending = std::mem::take(&mut lock(&self.phase).ending);
        for thread in ending {
            thread.join();
        }
    }
}

impl Builder {
    /// Creates the updater. It reads nothing yet, and no thread runs.
    ///
    /// # Errors
    /// If the path is empty, if it is relative and the current directory is not known, or if the flags
    /// already have an updater for this path. Dropping that one permits another.
    pub fn build(self) -> Result<Updater, BuildError> {
        let directory = absolute(&self.directory)?;
        let without_links = std::fs::canonicalize(&directory);
        let without_links = without_links.as_deref().unwrap_or(&directory);
        let registration = Registration::new(&self.flags, without_links);
        let registration = registration.ok_or_else(|| BuildError::SecondUpdater {
            directory: directory.clone(),
        })?;
        let applier = self.recovery.applier();
        let context = Arc::new(Context::new(self.flags, directory, self.options));
        let scanner = Scanner::new(
            &context.directory,
            &context.options,
            context.known_keys(),
            applier,
        );
        let source: Arc<dyn Source> = Arc::clone(&context) as _;
        context.flags.attach(Arc::downgrade(&source));
        let scanner = Arc::new(Mutex::new(scanner));
        Ok(Updater {
            context,
            scanner,
            phase: Mutex::default(),
            registration: Arc::new(registration),
        })
    }

    /// Creates the updater, reads the directory once, and follows it from then on.
    ///
    /// This is [`build`](Self::build), [`Updater::initialize`] and [`Updater::start`] in one call.
    ///
    /// ```no_run
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// use dflag_configmap::Updater;
    ///
    /// # #[derive(Clone, Parser, DynamicFlags)]
    /// # struct Args {
    /// #     #[arg(long, default_value_t = 3)]
    /// #     #[flag(dynamic)]
    /// #     limit: u8,
    /// # }
    /// let args = Args::parse_dynamic();
    /// let updater = Updater::builder(&args, "/etc/dflag").optional(true).setup();
    /// let updater = updater.unwrap_or_else(|error| error.exit());
    /// ```
    ///
    /// # Errors
    /// Those of the three methods, in this order. The flags keep the values that the last successful step gave them.
    pub fn setup(self) -> Result<Updater, SetupError> {
        let updater = self.build()?;
        updater.initialize()?;
        updater.start()?;
        Ok(updater)
    }
}

impl Drop for Updater {
    fn drop(&mut self) {
        let _ = self.stop();
        let waiting = self.begin_to_wait();
        if waiting.is_some() {
            self.wait_for_ending();
        }
    }
}

impl std::fmt::Debug for Updater {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Updater")
            .field("directory", &self.context.directory)
            .field("options", &self.context.options)
            .finish_non_exhaustive()
    }
}

/// Ends the stage of `initialize`, also if a check panics.
struct ResetStage<'a>(&'a Mutex<Phase>);

impl Drop for ResetStage<'_> {
    fn drop(&mut self) {
        lock(self.0).stage = Stage::Idle;
    }
}
