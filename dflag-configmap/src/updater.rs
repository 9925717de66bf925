//! The updater: the handle that a program holds, and the order of what one may ask of it.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use dflag::{FlagSet, Source};

use crate::options::{Builder, Options};
use crate::shared::{Shared, lock};
use crate::signal::{Life, Signal};
use crate::{BuildError, InitializeError, SetupError, StartError, Status, StopError, worker};

/// How long a wait without an end is at a time.
const A_WHILE: Duration = Duration::from_secs(3600);

/// Makes an [`Updater`] for `directory`, reads it once, and follows it from then on.
///
/// It is [`Updater::new`], [`Updater::initialize`] and [`Updater::start`].
///
/// # Errors
/// Those of the three, in this order. The flags keep the values that the last successful step gave them.
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
/// let updater = configmap::setup(&args, "/etc/dflag")?;
/// # Ok::<(), configmap::SetupError>(())
/// ```
pub fn setup(
    flags: impl Into<Arc<dyn FlagSet>>,
    directory: impl AsRef<Path>,
) -> Result<Updater, SetupError> {
    let updater = Updater::new(flags, directory)?;
    updater.initialize()?;
    updater.start()?;
    Ok(updater)
}

/// Keeps a set of flags at what a directory says, such as a mounted ConfigMap.
///
/// Its methods may be called from any thread, also from a subscriber of a flag. Dropping it
/// stops it as [`stop`](Self::stop) does; the flags keep their last values.
#[must_use = "dropping the updater stops it"]
pub struct Updater {
    shared: Arc<Shared>,
    phase: Mutex<Phase>,
}

/// Where in its life the updater is. It is never locked while a thread is waited for or others' code runs.
#[derive(Default)]
struct Phase {
    stage: Stage,
    /// `start` was called: the static flags are fixed.
    started: bool,
    /// Threads that were told to end by a subscriber of theirs, which could not wait for it.
    ending: Vec<JoinHandle<()>>,
}

#[derive(Default)]
enum Stage {
    #[default]
    Idle,
    Initializing,
    Running {
        signal: Arc<Signal>,
        thread: JoinHandle<()>,
    },
}

impl Updater {
    /// An updater with the default choices. Nothing is read yet, and no thread runs.
    ///
    /// A relative `directory` is meant from what is now the current directory.
    ///
    /// # Errors
    /// An empty path, or a relative one while the current directory is not known.
    pub fn new(
        flags: impl Into<Arc<dyn FlagSet>>,
        directory: impl AsRef<Path>,
    ) -> Result<Self, BuildError> {
        Self::builder(flags, directory).build()
    }

    /// The choices for an updater.
    pub fn builder(flags: impl Into<Arc<dyn FlagSet>>, directory: impl AsRef<Path>) -> Builder {
        Builder::new(flags.into(), directory.as_ref())
    }

    pub(crate) fn from_parts(
        flags: Arc<dyn FlagSet>,
        directory: std::path::PathBuf,
        options: Options,
    ) -> Self {
        let shared = Arc::new(Shared::new(flags, directory, options));
        let source: Arc<dyn Source> = Arc::clone(&shared) as _;
        shared.flags.attach(Arc::downgrade(&source));
        Self {
            shared,
            phase: Mutex::default(),
        }
    }

    /// Reads the directory once and sets static and dynamic flags, all or nothing.
    ///
    /// In a plain directory it waits until no file has changed for the
    /// [settling time](Builder::settle), up to ten times as long.
    ///
    /// # Errors
    /// An absent or unreadable directory, and everything that the flags reject, each bad key named.
    /// [`Builder::optional`] lets an absent one pass, not an unreadable one. After
    /// [`start`](Self::start) it is always an error. Then all flags are as they were.
    pub fn initialize(&self) -> Result<(), InitializeError> {
        {
            let mut phase = lock(&self.phase);
            match phase.stage {
                _ if phase.started => return Err(InitializeError::Started),
                Stage::Initializing => return Err(InitializeError::Busy),
                Stage::Idle | Stage::Running { .. } => phase.stage = Stage::Initializing,
            }
        }
        let _idle_again = IdleAgain(&self.phase);
        lock(&self.shared.looking).follower.initialize(&self.shared)
    }

    /// Fixes the static flags, and follows the directory in the background.
    ///
    /// A thread of its own sets the watches and waits for the timer; the one on which notify tells of
    /// events takes a mounted volume's new generation itself. Subscribers run on either, one at a time.
    ///
    /// It returns after the first look, which takes what changed since
    /// [`initialize`](Self::initialize). What is wrong with the directory by then is found in
    /// [`status`](Self::status) and mended by a later look: a running program is not
    /// to fail for what it can outlive. From a subscriber that the updater itself runs it returns at once.
    ///
    /// After [`stop`](Self::stop) it starts again.
    ///
    /// # Errors
    /// If it runs already, while `initialize` runs, or if the system gives no thread.
    pub fn start(&self) -> Result<(), StartError> {
        let own = worker::is_own_thread(&self.shared);
        if !own {
            self.wait_for_ending();
        }
        let is_ready = Arc::new(Signal::default());
        let ready = Life(Arc::clone(&is_ready));
        {
            let mut phase = lock(&self.phase);
            match phase.stage {
                Stage::Running { .. } => return Err(StartError::Running),
                Stage::Initializing => return Err(StartError::Initializing),
                Stage::Idle => {}
            }
            phase.started = true;
            self.shared.flags.freeze();
            let signal = Arc::new(Signal::default());
            let (for_thread, shared) = (Arc::clone(&signal), Arc::clone(&self.shared));
            let thread = std::thread::Builder::new()
                .name(worker::THREAD_NAME.to_owned())
                .spawn(move || worker::run(&shared, &for_thread, ready))
                .map_err(StartError::Thread)?;
            phase.stage = Stage::Running { signal, thread };
        }
        if !own {
            // It ends with the first look, or with the thread, however long that takes.
            while !is_ready.wait_until(Instant::now() + A_WHILE).stop {}
        }
        Ok(())
    }

    /// Ends the thread and releases its watches; the flags keep their last values.
    ///
    /// It returns when that is done, also if a subscriber is at work: then it waits for it.
    /// From a subscriber that the updater itself runs it returns at once, and the thread ends after the subscriber.
    ///
    /// # Errors
    /// If it does not run.
    pub fn stop(&self) -> Result<(), StopError> {
        let own = worker::is_own_thread(&self.shared);
        let thread = {
            let mut phase = lock(&self.phase);
            match std::mem::take(&mut phase.stage) {
                Stage::Running { signal, thread } => {
                    signal.stop();
                    if own {
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
        // A thread that panicked has ended, too.
        let _ = thread.join();
        Ok(())
    }

    /// What it has done, what it is doing, and what is wrong.
    pub fn status(&self) -> Status {
        let mut status = self.shared.status();
        status.pending_restart = self.shared.flags.pending_restarts();
        status
    }

    fn wait_for_ending(&self) {
        let ending = std::mem::take(&mut lock(&self.phase).ending);
        for thread in ending {
            let _ = thread.join();
        }
    }
}

impl Drop for Updater {
    fn drop(&mut self) {
        let _ = self.stop();
        if !worker::is_own_thread(&self.shared) {
            self.wait_for_ending();
        }
    }
}

impl std::fmt::Debug for Updater {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Updater")
            .field("directory", &self.shared.directory)
            .field("options", &self.shared.options)
            .finish_non_exhaustive()
    }
}

/// Ends the stage of `initialize`, also through a panic of somebody's check.
struct IdleAgain<'a>(&'a Mutex<Phase>);

impl Drop for IdleAgain<'_> {
    fn drop(&mut self) {
        lock(self.0).stage = Stage::Idle;
    }
}
