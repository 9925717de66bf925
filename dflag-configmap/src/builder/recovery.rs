//! The options of an updater that are about bad content.

use std::sync::Arc;
use std::time::Duration;

use super::Builder;
use crate::apply::{LastGoodStore, new_trial};
use crate::recovery::{LastGoodFile, OnBadStart, ProbationOption};

/// The shortest period and timeout of health checks.
const SHORTEST: Duration = Duration::from_millis(10);

/// The longest of all times, so that none of them overflows.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

impl<F> Builder<F> {
    /// What [`initialize`](crate::Updater::initialize) does if the directory can't be read or the flags reject its
    /// content. Default: it fails.
    ///
    /// With another policy, a program starts in spite of a bad ConfigMap, and is degraded until a good one is
    /// applied. [`OnBadStart::LastGood`] also sets the [last-good file](Self::last_good_file).
    ///
    /// It covers what `initialize` does. A required flag that only the directory supplies
    /// ([`configmap::parse`](crate::parse)) needs a directory that can be read. With
    /// [`OnInvalid::KeepValid`](dflag::OnInvalid::KeepValid), invalid values are no bad start.
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// use dflag_configmap::{LastGoodFile, OnBadStart, Updater};
    ///
    /// # #[derive(Clone, Parser, DynamicFlags)]
    /// # struct Args {
    /// #     #[arg(long, default_value_t = 3)]
    /// #     #[flag(dynamic)]
    /// #     limit: u8,
    /// # }
    /// # let dir = tempfile::tempdir()?;
    /// # let (directory, state) = (dir.path().join("flags"), dir.path());
    /// # std::fs::create_dir(&directory)?;
    /// std::fs::write(directory.join("limit"), "5")?;
    /// let last_good = OnBadStart::LastGood(LastGoodFile::new(state.join("last-good")));
    ///
    /// let args = Args::try_parse_dynamic_from(["server"])?;
    /// let updater = Updater::builder(&args, &directory).on_bad_start(last_good.clone()).setup()?;
    /// assert!(updater.status().bad_start.is_none());
    /// drop(updater);
    ///
    /// // A typo, and the program restarts.
    /// std::fs::write(directory.join("limit"), "many")?;
    /// let args = Args::try_parse_dynamic_from(["server"])?;
    /// let updater = Updater::builder(&args, &directory).on_bad_start(last_good).setup()?;
    /// assert_eq!(args.limit.get(), 5);
    /// assert!(updater.status().bad_start.is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn on_bad_start(mut self, policy: OnBadStart) -> Self {
        if let OnBadStart::LastGood(file) = &policy {
            self = self.last_good_file(file.clone());
        }
        self.recovery.recover().on_bad_start = policy;
        self
    }

    /// The file in which the updater keeps the last good content, whatever the
    /// [policy at a bad start](Self::on_bad_start) is. Default: none.
    ///
    /// It is written by [`initialize`](crate::Updater::initialize) and after each update that was applied as a
    /// whole, or that has passed its [probation](Self::probation). An error of that rejects no update; it is in the
    /// log and in [`Status::last_good_error`](crate::Status::last_good_error).
    ///
    /// Before an update goes on probation, the file says so. A program that ends before the probation does, for
    /// whatever reason, and starts with the same content in the directory, begins from the last good content. As soon
    /// as a health check succeeds, it tries that content again, on probation.
    ///
    /// The file has the number of such attempts: after two that ended by a crash, or ten that ended by stopping or
    /// dropping the updater while the health checks succeeded, the program does not try that content again until it
    /// changes or [`reload`](crate::Updater::reload) asks for it. Neither does it try content that failed its
    /// probation. If the last good content can't be applied at a start, content that may be tried again is applied in
    /// its place. Values of secret flags count in these comparisons only if the file includes them.
    pub fn last_good_file(mut self, file: LastGoodFile) -> Self {
        self.recovery.recover().last_good = Some(Arc::new(LastGoodStore::new(file)));
        self
    }

    /// Puts each update on probation for this long: if `health` fails, the flags go back to the content before.
    /// Default: no probation.
    ///
    /// `health` says whether the process works, and why not. It is called every second
    /// ([`health_period`](Self::health_period)), on a thread of its own that exists only meanwhile.
    ///
    /// - An update fails its probation if three calls in a row fail, if one panics, or if one takes longer than 5 s
    ///   ([`health_timeout`](Self::health_timeout)).
    /// - Before an update is applied, `health` is called once. If that call fails, the update is not put on probation,
    ///   since it may be the cure. It counts as good from the first call that succeeds.
    /// - The flags go back to the last content that counts as good: that of `initialize`, or a later update that
    ///   passed. The rollback rebuilds derived values and has no probation of its own. If a rule rejects it, the update
    ///   stays.
    /// - A later update, an edit, or another source's publish begins the probation anew. Of two sources with updates
    ///   on probation, the one applied last is rolled back first.
    /// - A changed file of [`or_file`](dflag::value::or_file) is applied without a probation, since its earlier content is
    ///   gone.
    /// - Content that was rolled back is not applied again until the directory has other content, or
    ///   [`reload`](crate::Updater::reload) is called. After a restart it is, unless there is a
    ///   [last-good file](Self::last_good_file).
    /// - [`stop`](crate::Updater::stop) ends a probation without a verdict; `start` begins it anew.
    ///
    /// The maximum is one year. An update whose probation has no length passes with its first health check.
    ///
    /// [`Status::probation`](crate::Status::probation) and [`Status::last_rollback`](crate::Status::last_rollback) say
    /// what happens, and [`Flags::on_reject`](dflag::Flags::on_reject) calls back with each rollback, and at a start
    /// with content that is held back.
    ///
    /// Each pod decides alone. If `health` depends on something that pods share, such as a database, its outage rolls
    /// back a whole fleet, or half of it. Judge by what the process itself can do: whether it answers its own requests,
    /// whether its queues drain.
    ///
    /// `health` may call methods of the updater. `stop` then returns without waiting, and `reload` is an error. A call
    /// that never returns keeps its thread, but blocks neither updates nor `stop`, and no second thread is started.
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// use std::time::Duration;
    /// use dflag_configmap::Updater;
    ///
    /// # #[derive(Clone, Parser, DynamicFlags)]
    /// # struct Args {
    /// #     #[arg(long, default_value_t = 3)]
    /// #     #[flag(dynamic)]
    /// #     limit: u8,
    /// # }
    /// # fn serves_its_own_requests() -> bool { true }
    /// # let args = Args::try_parse_dynamic_from(["server"])?;
    /// # let directory = tempfile::tempdir()?;
    /// let updater = Updater::builder(&args, directory.path())
    ///     .probation(Duration::from_secs(300), || {
    ///         serves_its_own_requests().then_some(()).ok_or_else(|| "requests fail".to_owned())
    ///     })
    ///     .setup()?;
    /// assert_eq!(updater.status().rollbacks, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn probation(
        mut self,
        length: Duration,
        health: impl Fn() -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        self.recovery.recover().probation = Some(ProbationOption {
            length: length.min(LONGEST),
            health: Arc::new(health),
            new: new_trial,
        });
        self
    }

    /// The time from one health check of a [probation](Self::probation) to the next. Default: 1 s.
    ///
    /// The minimum is 10 ms, the maximum one year.
    pub fn health_period(mut self, period: Duration) -> Self {
        self.recovery.health_period = period.clamp(SHORTEST, LONGEST);
        self
    }

    /// The longest time that a health check of a [probation](Self::probation) may take. Default: 5 s.
    ///
    /// An update waits at most this long for the call before it is applied. The minimum is 10 ms, the maximum one year.
    pub fn health_timeout(mut self, timeout: Duration) -> Self {
        self.recovery.health_timeout = timeout.clamp(SHORTEST, LONGEST);
        self
    }
}
