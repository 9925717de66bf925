//! The updater: the handle that a program holds, and the order in which its methods may be called.

use std::io;
use std::path::Path;
use std::process;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};

use dflag::{FlagSet, Source};
use dflag_configmap::source::{Applier, Registration};
use dflag_configmap::{InitializeError, StartError, StopError};
use tokio::sync::oneshot;

use crate::error::{BuildError, SetupError};
use crate::options::Builder;
use crate::shared::Shared;
use crate::status::Status;
use crate::thread::Thread;
use crate::worker::{Command, Worker};

/// Creates an [`Updater`] for the ConfigMap `name`, applies its content, and follows it from then on.
///
/// `mount` is the directory where the same ConfigMap is mounted. The namespace is that of the pod, or of the kubeconfig's
/// context. This is [`Builder::build`], [`Updater::initialize`] and [`Updater::start`] in one call.
///
/// It may be awaited in any runtime. [`setup_blocking`] is for programs without one.
///
/// # Errors
/// Those of the three methods, in this order. The flags keep the values that the last successful step gave them.
///
/// ```no_run
/// # use clap::Parser;
/// # use dflag::DynamicFlags;
/// # #[derive(Clone, Parser, DynamicFlags)]
/// # struct Args {
/// #     #[arg(long, default_value_t = 3)]
/// #     #[flag(dynamic)]
/// #     limit: u8,
/// # }
/// # async fn run() -> Result<(), dflag_kube::SetupError> {
/// let args = Args::parse_dynamic();
/// let updater = dflag_kube::setup(&args, "my-server-flags", "/etc/dflag").await?;
/// # Ok(())
/// # }
/// ```
pub async fn setup(
    flags: impl Into<Arc<dyn FlagSet>>,
    name: &str,
    mount: impl AsRef<Path>,
) -> Result<Updater, SetupError> {
    Updater::builder(flags, name).mount(mount).setup().await
}

/// The same as [`setup`], and blocks the thread meanwhile. It may be called inside a runtime as well.
///
/// # Errors
/// The same as [`setup`].
pub fn setup_blocking(
    flags: impl Into<Arc<dyn FlagSet>>,
    name: &str,
    mount: impl AsRef<Path>,
) -> Result<Updater, SetupError> {
    Updater::builder(flags, name).mount(mount).setup_blocking()
}

/// Applies a ConfigMap to a set of flags, as the API and the mount have it.
///
/// Its methods may be called from any thread, including from a callback of a flag. Dropping it
/// stops it as [`stop`](Self::stop) does; the flags keep their last values.
#[must_use = "dropping the updater stops it, and `let _ = …` drops it at once: keep it, as by `let _updater = …`"]
#[derive(Debug)]
pub struct Updater {
    shared: Arc<Shared>,
    phase: Mutex<Phase>,
    /// Notified when a thread that was being joined has ended.
    has_ended: Condvar,
}

/// What the updater is doing. It is not locked while a thread is joined, and no code of the program runs meanwhile.
#[derive(Debug)]
struct Phase {
    stage: Stage,
    /// Whether `start` was called, which fixes the static flags.
    is_started: bool,
    /// The call of `initialize` that is running.
    call: Weak<Call>,
}

/// A call of `initialize`, as long as its caller waits for it.
#[derive(Debug)]
struct Call;

#[derive(Debug)]
enum Stage {
    Idle(Box<Worker>),
    /// The thread runs, and follows if the flag is set.
    Running(Thread, bool),
    /// The thread was asked to end, and nobody waits for that yet: one of its own callbacks can't.
    Ending(Thread),
    /// A thread of this process waits for its end.
    Joining(u32),
    /// The thread has panicked.
    Broken,
}

impl Stage {
    /// Whether the thread is one of the process from which this one was forked.
    fn is_of_parent(&self) -> bool {
        match self {
            Self::Running(thread, _) | Self::Ending(thread) => !thread.is_in_this_process(),
            Self::Joining(process) => *process != process::id(),
            Self::Idle(_) | Self::Broken => false,
        }
    }
}

impl Updater {
    /// Returns a builder for an updater of the ConfigMap `name`.
    pub fn builder(flags: impl Into<Arc<dyn FlagSet>>, name: &str) -> Builder {
        Builder::detached(name).for_flags(flags.into())
    }

    /// Applies the ConfigMap to static and dynamic flags, all or nothing.
    ///
    /// It gives the API [1 s](Builder::api_wait) beside the mount, and prefers its answer. If the API does not answer, or
    /// says that there is no such ConfigMap, it applies what the mount has. Without a mount it gives the API at least 10 s.
    /// Within that time it asks again if the API server can't be reached or is busy.
    ///
    /// Dropping the future ends the attempt.
    ///
    /// # Errors
    /// - There is neither an answer nor a mount that can be read: the error says what failed. [`Builder::on_bad_start`] makes it
    ///   succeed all the same.
    /// - The flags reject the content: the error names every bad key. [`Builder::on_bad_start`] makes it succeed all the same.
    /// - The updater is stopped meanwhile.
    /// - Another call is running.
    /// - [`start`](Self::start) was called before.
    ///
    /// On an error all flags keep their values.
    pub async fn initialize(&self) -> Result<(), InitializeError> {
        let (answer, _call) = self.request_initialize()?;
        answer.await.unwrap_or_else(|_| Err(self.ended()))
    }

    /// The same as [`initialize`](Self::initialize), and blocks the thread meanwhile.
    ///
    /// # Errors
    /// The same as [`initialize`](Self::initialize).
    pub fn initialize_blocking(&self) -> Result<(), InitializeError> {
        let (answer, _call) = self.request_initialize()?;
        wait(answer).unwrap_or_else(|| Err(self.ended()))
    }

    /// Fixes the static flags, and follows the ConfigMap in the background.
    ///
    /// One thread applies content and runs callbacks, outside of any runtime; another one reads the mount. It does not wait
    /// for the ConfigMap. If another thread is stopping the updater, it waits for that. After [`stop`](Self::stop) the
    /// updater can be started again.
    ///
    /// Without [`initialize`](Self::initialize), the static flags are fixed at the values of the command line, the
    /// environment and the defaults. What the ConfigMap has for them is pending a restart.
    ///
    /// # Errors
    /// If the updater is running, also in the parent of a forked process, if `initialize` is running, or if the system
    /// provides no thread.
    pub fn start(&self) -> Result<(), StartError> {
        let mut phase = self.settled();
        if phase.stage.is_of_parent() {
            return Err(StartError::Forked);
        }
        match &phase.stage {
            // The thread ends with the callback that calls this.
            Stage::Running(_, true) | Stage::Ending(_) | Stage::Joining(_) => {
                return Err(StartError::Running);
            }
            Stage::Running(_, false) | Stage::Idle(_) | Stage::Broken => {}
        }
        if phase.is_initializing() {
            return Err(StartError::Initializing);
        }
        phase.is_started = true;
        let started = phase.run().map(|thread| thread.send(Command::Start));
        if let Stage::Running(_, is_following) = &mut phase.stage {
            *is_following = started.is_ok();
        }
        drop(phase);
        // The phase is not locked here: this waits for a check on another thread, which may call this updater.
        self.shared.report.flags().freeze();
        started.map_err(StartError::Thread)
    }

    /// Ends the threads; the flags keep their last values.
    ///
    /// It returns when the thread that applies content has ended, and so waits for a callback that is running. In a callback
    /// that the updater runs, and in a parser or a check of its flags on any thread, it returns at once, and the thread ends
    /// after that. A health check that is running is not waited for, and neither is a read of the mount, which may take any
    /// time on a network file system: what it finds is ignored. An [`initialize`](Self::initialize) that waits for the API or
    /// the mount ends with an error.
    ///
    /// # Errors
    /// If the updater is not running. In a child process that was forked it is not: the thread exists in the parent only.
    pub fn stop(&self) -> Result<(), StopError> {
        let was_running = self.end();
        drop(self.settled());
        if was_running {
            Ok(())
        } else {
            Err(StopError::NotRunning)
        }
    }

    /// Returns what the updater has done, what it is doing, and what is wrong.
    pub fn status(&self) -> Status {
        self.shared.status()
    }

    /// Asks the thread to end. Returns whether it was following, or handling a call of `initialize`.
    fn end(&self) -> bool {
        let mut phase = self.lock();
        if phase.stage.is_of_parent() {
            return false;
        }
        match std::mem::replace(&mut phase.stage, Stage::Broken) {
            Stage::Running(mut thread, is_following) => {
                // The call that waits may end as soon as the thread is asked to.
                let was_running = is_following || phase.is_initializing();
                // First, since the end of the thread makes waits possible again.
                self.shared.interrupter.interrupt();
                thread.stop();
                phase.stage = Stage::Ending(thread);
                was_running
            }
            other => {
                phase.stage = other;
                false
            }
        }
    }

    /// The phase, once the thread has ended that is ending or has panicked. If the caller must not wait for that, or the
    /// thread is the parent process's, the phase as it is.
    fn settled(&self) -> MutexGuard<'_, Phase> {
        let must_not_wait = self.must_not_wait();
        let mut phase = self.lock();
        if must_not_wait || phase.stage.is_of_parent() {
            return phase;
        }
        loop {
            let joining = Stage::Joining(process::id());
            let thread = match std::mem::replace(&mut phase.stage, joining) {
                Stage::Ending(thread) => thread,
                // By a panic.
                Stage::Running(thread, _) if thread.has_ended() => thread,
                Stage::Joining(_) => {
                    let waited = self.has_ended.wait(phase);
                    phase = waited.unwrap_or_else(PoisonError::into_inner);
                    continue;
                }
                other => {
                    phase.stage = other;
                    return phase;
                }
            };
            drop(phase);
            let worker = thread.join();
            phase = self.lock();
            phase.stage = worker.map_or(Stage::Broken, Stage::Idle);
            self.has_ended.notify_all();
            return phase;
        }
    }

    /// Whether the updater's thread may be waiting for the caller: it is that thread or one of its own, or it runs a check of
    /// the flags, under the lock that a proposal needs.
    fn must_not_wait(&self) -> bool {
        let report = &self.shared.report;
        report.is_own_thread() || report.flags().is_changing_here()
    }

    fn request_initialize(&self) -> Result<(Answer, Arc<Call>), InitializeError> {
        if self.must_not_wait() {
            return Err(InitializeError::Busy);
        }
        let mut phase = self.settled();
        if phase.is_started {
            return Err(InitializeError::Started);
        }
        if phase.is_initializing() {
            return Err(InitializeError::Busy);
        }
        let (sender, answer) = oneshot::channel();
        let thread = phase.run().map_err(|error| InitializeError::Unavailable {
            location: self.shared.location.clone(),
            reason: format!("the updater has no thread: {error}"),
        })?;
        thread.send(Command::Initialize(sender));
        let call = Arc::new(Call);
        phase.call = Arc::downgrade(&call);
        Ok((answer, call))
    }

    /// The error of a call without an answer.
    fn ended(&self) -> InitializeError {
        // The thread is about to end, and the next call waits for that.
        self.end();
        InitializeError::Unavailable {
            location: self.shared.location.clone(),
            reason: "the updater's thread panicked; create another updater".to_owned(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Phase> {
        self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Phase {
    /// Whether somebody waits for `initialize`.
    fn is_initializing(&self) -> bool {
        self.call.strong_count() > 0
    }

    /// The thread, which is created if there is none.
    fn run(&mut self) -> io::Result<&Thread> {
        if let Stage::Idle(_) = &self.stage
            && let Stage::Idle(worker) = std::mem::replace(&mut self.stage, Stage::Broken)
        {
            self.stage = match Thread::spawn(worker) {
                Ok(thread) => Stage::Running(thread, false),
                Err((worker, error)) => {
                    self.stage = Stage::Idle(worker);
                    return Err(error);
                }
            };
        }
        if self.stage.is_of_parent() {
            let reason = "it is the parent process's; create another updater";
            return Err(io::Error::other(reason));
        }
        match &self.stage {
            Stage::Running(thread, _) => Ok(thread),
            _ => Err(io::Error::other("it has panicked; create another updater")),
        }
    }
}

/// What `initialize` waits for.
type Answer = oneshot::Receiver<Result<(), InitializeError>>;

impl Builder {
    /// Creates the updater. It makes no request yet, and no thread runs.
    ///
    /// # Errors
    /// If a name is not one of Kubernetes, if there is neither the API nor a mount to follow, or if the flags already have an
    /// updater for this ConfigMap.
    pub fn build(self) -> Result<Updater, BuildError> {
        let options = self.follow;
        let name = options.object_name()?;
        let directory = options.directory()?;
        let location = name.to_string();
        let applier = Applier::new(self.apply, &location);
        let report = applier.report().clone();
        let registration = Registration::new(report.flags(), &location);
        let registration = registration.ok_or_else(|| BuildError::SecondUpdater {
            location: location.clone(),
        })?;
        let target = options.target(&name);
        let interrupter = applier.interrupter().clone();
        let shared = Shared::new(
            report,
            interrupter,
            registration,
            name,
            target,
            directory,
            options.lag,
        );
        let shared = Arc::new(shared);
        let source: Arc<dyn Source> = Arc::clone(&shared) as _;
        shared.report.flags().attach(Arc::downgrade(&source));
        let worker = Worker::new(Arc::clone(&shared), applier, &options);
        Ok(Updater {
            shared,
            phase: Mutex::new(Phase {
                stage: Stage::Idle(Box::new(worker)),
                is_started: false,
                call: Weak::new(),
            }),
            has_ended: Condvar::new(),
        })
    }

    /// Creates the updater, applies the ConfigMap, and follows it from then on.
    ///
    /// This is [`build`](Self::build), [`Updater::initialize`] and [`Updater::start`] in one call.
    ///
    /// # Errors
    /// Those of the three methods, in this order. The flags keep the values that the last successful step gave them.
    pub async fn setup(self) -> Result<Updater, SetupError> {
        let updater = self.build()?;
        updater.initialize().await?;
        updater.start()?;
        Ok(updater)
    }

    /// The same as [`setup`](Self::setup), and blocks the thread meanwhile. It may be called inside a runtime as well.
    ///
    /// # Errors
    /// The same as [`setup`](Self::setup).
    pub fn setup_blocking(self) -> Result<Updater, SetupError> {
        let updater = self.build()?;
        updater.initialize_blocking()?;
        updater.start()?;
        Ok(updater)
    }
}

impl Drop for Updater {
    fn drop(&mut self) {
        self.end();
        drop(self.settled());
    }
}

/// Blocks the thread until there is an answer. tokio's own way of that panics inside a runtime.
fn wait<T>(answer: oneshot::Receiver<T>) -> Option<T> {
    struct Unpark(std::thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Arc::new(Unpark(std::thread::current())).into();
    let mut context = std::task::Context::from_waker(&waker);
    let mut answer = std::pin::pin!(answer);
    loop {
        match answer.as_mut().poll(&mut context) {
            std::task::Poll::Ready(answer) => return answer.ok(),
            std::task::Poll::Pending => std::thread::park(),
        }
    }
}
