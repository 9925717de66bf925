//! The applier: contents come in, and are applied, rejected or rolled back.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::task::Waker;
use std::time::Instant;

use dflag::{Change, FlagSet};

use super::contents::Contents;
use super::interrupter::Interrupter;
use super::report::Report;
use crate::apply::{self, Unreadable};
use crate::builder::Builder;
use crate::context::Context;
use crate::error::{InitializeError, ScanError};
use crate::signal::Signal;
use crate::sync::Restarts;
use crate::thread::panic_message;
use crate::volume::{self, Content, KnownKeys};

/// Applies contents to the flags, as an [`Updater`](crate::Updater) does with those of its directory.
///
/// One thread uses it, on which callbacks of the flags run. Others may have its [`Report`].
#[derive(Debug)]
pub struct Applier {
    report: Report,
    inner: Box<dyn apply::Applier>,
    restarts: Restarts,
    known_keys: KnownKeys,
    /// The newest contents: the first ones, or those of the last proposal.
    last: Option<Contents>,
    /// Woken by news of a probation; `None` while it is stopped.
    signal: Option<Arc<Signal>>,
    interrupter: Interrupter,
}

/// Which contents are proposed although they were proposed before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Retry {
    /// None.
    Never,
    /// Those that were rejected. What was rejected before the static flags were fixed may be valid then.
    Rejected,
    /// Those that were rejected or rolled back, because the program asks for it.
    RolledBack,
}

impl Builder<()> {
    /// Options without flags and without a directory, for a source that gets its contents elsewhere.
    pub fn detached() -> Self {
        Self::new((), std::path::Path::new(""))
    }

    /// The same options for these flags.
    pub fn for_flags(self, flags: impl Into<Arc<dyn FlagSet>>) -> Builder {
        self.with_flags(flags.into())
    }
}

impl Applier {
    /// An applier with the options of `builder`. It has applied nothing yet.
    ///
    /// `location` is where the contents are, such as `default/flags`. It is the location of the layer, and with a slash
    /// and a key that of a key. The builder's directory means nothing here.
    pub fn new(builder: Builder, location: &str) -> Self {
        let Builder {
            flags,
            options,
            recovery,
            ..
        } = builder;
        let context = Context::new(flags, PathBuf::from(location), options);
        Self {
            inner: recovery.applier(),
            restarts: Restarts::default(),
            last: None,
            known_keys: context.known_keys(),
            report: Report(Arc::new(context)),
            signal: None,
            interrupter: Interrupter::default(),
        }
    }

    /// What ends its waits from another thread.
    pub fn interrupter(&self) -> &Interrupter {
        &self.interrupter
    }

    /// What other threads may know of it.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// The contents as a [`Follower`](super::Follower) of the same flags would yield them: without keys of other
    /// programs, and without the content of keys that name no flag.
    pub fn select(&self, contents: &Contents) -> Contents {
        let keys = contents.0.iter().map(|(key, content)| {
            let is_known = self.known_keys.get(key).is_some();
            let content = if is_known {
                content.clone()
            } else {
                Content::Unknown
            };
            (Arc::clone(key), content)
        });
        let keys: Arc<volume::Contents> = Arc::new(keys.collect());
        Contents(self.context().select(&keys))
    }

    /// Sets static and dynamic flags by the first contents, all or nothing. Without contents, the error says why there are
    /// none and what to do about it, and the [policy for a bad start](Builder::on_bad_start) decides.
    ///
    /// # Errors
    /// Those of [`Updater::initialize`](crate::Updater::initialize).
    pub fn initialize(
        &mut self,
        contents: Result<Contents, String>,
    ) -> Result<(), InitializeError> {
        self.restarts.initialize();
        let context = Arc::clone(self.context());
        let contents = contents.map(|contents| self.select(&contents));
        self.last = contents.as_ref().ok().cloned();
        let contents = contents.map(|contents| contents.0);
        let contents = contents.map_err(|reason| Unreadable::Source {
            location: context.directory.display().to_string(),
            reason,
        });
        self.inner.initialize(&context, contents)
    }

    /// Fixes the static flags, and continues a probation. `waker` is woken when to [poll](Self::poll) because a health
    /// check has an answer.
    pub fn start(&mut self, waker: Waker) {
        let context = self.context();
        context.flags.freeze();
        let (context, signal) = (Arc::clone(context), Arc::new(Signal::waking(waker)));
        self.interrupter.begin(&signal);
        self.inner.resume(&context, &signal);
        self.signal = Some(signal);
    }

    /// Whether it was started, and not stopped since.
    pub fn is_started(&self) -> bool {
        self.signal.is_some()
    }

    /// Interrupts a probation until [`start`](Self::start).
    pub fn stop(&mut self) {
        if let Some(signal) = self.signal.take() {
            let context = Arc::clone(self.context());
            self.inner.suspend(&context, &signal);
        }
        self.interrupter.end();
    }

    /// Proposes contents, unless they are the ones that it proposed last. A panic of a parser or a check is an error like
    /// any other. What is wrong is in the [`status`](Report::status).
    pub fn apply(&mut self, contents: &Contents, retry: Retry) {
        let contents = self.select(contents);
        self.last = Some(contents.clone());
        let contents = contents.0;
        let retry = match retry {
            Retry::Never => apply::Retry::Never,
            Retry::Rejected => apply::Retry::Rejected,
            Retry::RolledBack => apply::Retry::RolledBack,
        };
        self.catch_panic(|applier, context| {
            let error = applier.propose(context, &contents, retry);
            context.record_scan(error);
        });
        self.notify_of_restarts();
    }

    /// Records that the source has no contents: why, and what to do about it. The flags keep their values.
    pub fn fail(&mut self, reason: String) {
        let context = self.context();
        let location = context.directory.display().to_string();
        context.record_scan(Some(ScanError::Unavailable { location, reason }));
    }

    /// When to [`poll`](Self::poll) at the latest.
    pub fn deadline(&self) -> Option<Instant> {
        let (probation, restart) = (self.inner.next(), self.restarts.due());
        probation.into_iter().chain(restart).min()
    }

    /// Ends a probation whose time has come, and calls the callback for pending restarts when that is due.
    pub fn poll(&mut self) {
        if let Some(signal) = &self.signal {
            signal.take_probation_at(Instant::now());
        }
        let mut is_due = false;
        self.catch_panic(|applier, context| is_due = applier.poll(context));
        if let Some(last) = self.last.clone().filter(|_| is_due) {
            // What is held back is tried again.
            self.apply(&last, Retry::Never);
        }
        // What is pending is no reason for a restart until a probation has passed.
        self.notify_of_restarts();
    }

    /// The flags that were changed since the last call.
    pub fn take_changes(&mut self) -> Vec<Change> {
        let changed = self.inner.changed().to_vec();
        self.inner.forget_changed();
        changed
    }

    fn context(&self) -> &Arc<Context> {
        &self.report.0
    }

    fn catch_panic(&mut self, run: impl FnOnce(&mut dyn apply::Applier, &Context)) {
        let context = Arc::clone(self.context());
        let applier = &mut self.inner;
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| run(&mut **applier, &context))) {
            let message = panic_message(&*panic);
            let error = ScanError::Panicked { message };
            applier.record_panic(&error);
            context.record_scan(Some(error));
        }
    }

    fn notify_of_restarts(&mut self) {
        let context = Arc::clone(self.context());
        let restarts = self.restarts.due_now(&context);
        if !restarts.is_empty() {
            context.options.on_pending_restart.call(&restarts);
        }
    }
}
