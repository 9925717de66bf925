//! The builder of an updater: its options as the program chooses them.

mod recovery;

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use dflag::{FlagSet, OnInvalid, PendingRestart, Precedence, SourceObject};

use crate::apply::RecoveryOptions;
use crate::options::Options;

/// The shortest period of the timer.
const MIN_RESCAN_EVERY: Duration = Duration::from_millis(10);

/// The longest settling time, so that multiples of it do not overflow.
const MAX_SETTLE: Duration = Duration::from_secs(3600);

/// Options for an [`Updater`](crate::Updater). Created by [`Updater::builder`](crate::Updater::builder).
///
/// A `Builder<()>` has no flags yet. [`parse_with`](crate::parse_with) passes one to its closure, since
/// the options are needed to parse the flags.
///
/// ```no_run
/// # use std::time::Duration;
/// # use clap::Parser;
/// # use dflag::DynamicFlags;
/// use dflag::{OnInvalid, Precedence};
/// use dflag_configmap::Updater;
///
/// # #[derive(Clone, Parser, DynamicFlags)]
/// # struct Args {
/// #     #[arg(long, default_value_t = 3)]
/// #     #[flag(dynamic)]
/// #     limit: u8,
/// # }
/// let args = Args::parse_dynamic();
/// let updater = Updater::builder(&args, "/etc/dflag")
///     .optional(true)
///     .precedence(Precedence::BelowCommandLine)
///     .on_invalid(OnInvalid::KeepValid)
///     .rescan_every(Duration::from_secs(10))
///     .build()?;
/// updater.initialize()?;
/// updater.start()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a builder does nothing until it is built"]
pub struct Builder<F = Arc<dyn FlagSet>> {
    pub(crate) flags: F,
    pub(crate) directory: PathBuf,
    pub(crate) options: Options,
    pub(crate) recovery: RecoveryOptions,
}

impl<F> Builder<F> {
    pub(crate) fn new(flags: F, directory: &Path) -> Self {
        Self {
            flags,
            directory: directory.to_owned(),
            options: Options::default(),
            recovery: RecoveryOptions::default(),
        }
    }

    /// The same options for a set of flags.
    pub(crate) fn with_flags(self, flags: Arc<dyn FlagSet>) -> Builder {
        Builder {
            flags,
            directory: self.directory,
            options: self.options,
            recovery: self.recovery,
        }
    }

    /// Whether the directory may be absent. Default: `false`.
    ///
    /// An absent directory counts as empty until it appears. One that exists and can't be read
    /// is still an error. One that vanishes later is reported and the flags keep their values,
    /// since that is what a volume looks like while it is mounted again.
    pub fn optional(mut self, optional: bool) -> Self {
        self.options.optional = optional;
        self
    }

    /// Whether an update is rejected if a file names no known flag. Default: `false`, which logs a warning.
    ///
    /// Names that begin with a dot are ignored in any case, as are names that are not UTF-8. Others
    /// that no flag can have, such as an editor's `a~`, are unknown keys unless you
    /// [ignore](Self::ignore) them.
    pub fn deny_unknown(mut self, deny: bool) -> Self {
        self.options.deny_unknown = deny;
        self
    }

    /// Keys to ignore. In a pattern, `*` stands for any text and `?` for one character.
    ///
    /// Patterns are compared with the whole key, including the [prefix](Self::prefix). Each call adds
    /// patterns. A key that is ignored sets no flag, even if it names one.
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
    /// # let args = Args::parse_dynamic();
    /// let updater = dflag_configmap::Updater::builder(&args, "/etc/dflag")
    ///     .ignore(["_example", "*.orig"])
    ///     .deny_unknown(true)
    ///     .build()?;
    /// # Ok::<(), dflag_configmap::BuildError>(())
    /// ```
    pub fn ignore<P: Into<String>>(mut self, patterns: impl IntoIterator<Item = P>) -> Self {
        let patterns = patterns.into_iter().map(Into::into);
        self.options.keys.ignored.extend(patterns);
        self
    }

    /// The beginning of this program's keys, for a ConfigMap that several programs share. Default: none.
    ///
    /// With the prefix `server.` the key `server.limit` sets the flag `limit`. Keys without the prefix
    /// belong to other programs: they set no flag and are not unknown.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.options.keys.prefix = prefix.into();
        self
    }

    /// The ConfigMap that is mounted, as `NAMESPACE/NAME` or `NAME`. Default: unknown, since a volume does not say it.
    ///
    /// The page of `dflag-endpoint` then has it in the commands that make an override permanent, and
    /// [`SourceStatus::object`](dflag::SourceStatus::object) names it. Nothing else depends on it.
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
    /// use dflag_configmap::Updater;
    ///
    /// let args = Args::try_parse_dynamic_from(["server"])?;
    /// let _updater = Updater::builder(&args, "/etc/dflag").config_map("prod/server-flags").build()?;
    /// let source = &args.sources()[0];
    /// assert_eq!(source.object.as_ref().unwrap().name, "server-flags");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn config_map(mut self, name: &str) -> Self {
        let (namespace, name) = name.split_once('/').unwrap_or(("", name));
        self.options.object = Some(SourceObject::new(namespace, name));
        self
    }

    /// Whether a key that is the name of a flag's environment variable sets that flag. Default: `false`.
    ///
    /// A ConfigMap that containers read with `envFrom` has such keys. The name is that of clap's `env`, in
    /// exactly this spelling, after the [prefix](Self::prefix) if there is one. Variables of other
    /// subcommands' flags are known and ignored. If the ConfigMap also has the flag's name as a key, with
    /// another value, that is an error. Without this option such a key is an unknown key.
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// use dflag_configmap::Updater;
    ///
    /// #[derive(Clone, Parser, DynamicFlags)]
    /// struct Args {
    ///     #[arg(long, default_value = "info", env = "SERVER_LOG_LEVEL")]
    ///     #[flag(dynamic)]
    ///     log_level: String,
    /// }
    ///
    /// let directory = tempfile::tempdir()?;
    /// std::fs::write(directory.path().join("SERVER_LOG_LEVEL"), "debug\n")?;
    ///
    /// let args = Args::try_parse_dynamic_from(["server"])?;
    /// let updater = Updater::builder(&args, directory.path()).env_names(true).build()?;
    /// updater.initialize()?;
    /// assert_eq!(args.log_level.get(), "debug");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn env_names(mut self, accept: bool) -> Self {
        self.options.env_names = accept;
        self
    }

    /// Another set of flags that the same ConfigMap sets. May be repeated.
    ///
    /// A key that only the other set knows is ignored, also if unknown keys are
    /// [denied](Self::deny_unknown). There is no global registry of sets: each set's updater names the
    /// others. An argument that this set lists as [uncovered](dflag::FlagInfo::covered), because the other
    /// set's struct declares it, is the other set's.
    ///
    /// The updater keeps the other set alive.
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// use dflag_configmap::Updater;
    ///
    /// #[derive(Clone, Parser, DynamicFlags)]
    /// struct Server {
    ///     #[arg(long, default_value_t = 3)]
    ///     #[flag(dynamic)]
    ///     limit: u8,
    /// }
    ///
    /// #[derive(Clone, Parser, DynamicFlags)]
    /// struct Metrics {
    ///     #[arg(long, default_value_t = 60)]
    ///     #[flag(dynamic)]
    ///     interval: u64,
    /// }
    ///
    /// let directory = tempfile::tempdir()?;
    /// std::fs::write(directory.path().join("limit"), "5")?;
    /// std::fs::write(directory.path().join("interval"), "10")?;
    ///
    /// let server = Server::try_parse_dynamic_from(["server"])?;
    /// let metrics = Metrics::try_parse_dynamic_from(["server"])?;
    /// let of_server = Updater::builder(&server, directory.path())
    ///     .shared_with(&metrics)
    ///     .deny_unknown(true)
    ///     .build()?;
    /// let of_metrics = Updater::builder(&metrics, directory.path())
    ///     .shared_with(&server)
    ///     .deny_unknown(true)
    ///     .build()?;
    /// of_server.initialize()?;
    /// of_metrics.initialize()?;
    /// assert_eq!((server.limit.get(), metrics.interval.get()), (5, 10));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn shared_with(mut self, other: impl Into<Arc<dyn FlagSet>>) -> Self {
        self.options.others.push(other.into());
        self
    }

    /// The place of the ConfigMap among default, environment and command line. Default: above all of them.
    pub fn precedence(mut self, precedence: Precedence) -> Self {
        self.options.precedence = precedence;
        self
    }

    /// What happens to the valid keys of an update when others are invalid. Default: the whole update is rejected.
    ///
    /// With [`OnInvalid::KeepValid`] a flag whose key is invalid keeps its value. At start, this is the
    /// value of the command line, the environment or the default. Then
    /// [`initialize`](crate::Updater::initialize) succeeds, and the invalid keys are in the log and in
    /// [`Status::last_error`](crate::Status::last_error). Rules across flags still reject the whole update.
    pub fn on_invalid(mut self, on_invalid: OnInvalid) -> Self {
        self.options.on_invalid = on_invalid;
        self
    }

    /// The longest time between a change on disk and the scan that finds it when no event arrives.
    ///
    /// Default: 2 s. The minimum is 10 ms. Events cause earlier scans, never later ones.
    pub fn rescan_every(mut self, period: Duration) -> Self {
        self.options.rescan_every = period.max(MIN_RESCAN_EVERY);
        self
    }

    /// How long a file of a plain directory must have been unchanged before it is applied.
    ///
    /// Default: 100 ms. The maximum is one hour. Files that change together are applied together, unless
    /// one of them keeps changing for ten times as long: then the others are applied without it. An empty
    /// file waits five times as long, since it is most likely about to be written. A file that, according
    /// to events, was written and not closed counts as changing for up to 30 s. A file that is rewritten
    /// all the time is listed in [`Status::unsettled_files`](crate::Status::unsettled_files). After 5 s, or ten
    /// times the settling time if that is longer, content that was read twice alike is applied, unless
    /// it is empty or shorter than the content before.
    ///
    /// This does not delay a mounted ConfigMap, whose generations are complete when they appear.
    pub fn settle(mut self, settle: Duration) -> Self {
        self.options.settle = settle.min(MAX_SETTLE);
        self
    }

    /// Calls `callback` when static flags are [pending restart](crate::Status::pending_restart). Default: nothing.
    ///
    /// It gets all of them. A program that exits gracefully then is started again by its Deployment, and applies their
    /// values. Without a callback they wait for the next restart, whatever causes that.
    ///
    /// - It is called only if a restart would succeed: the last scan has no error, and there are no
    ///   [`restart_problems`](crate::Status::restart_problems). A restart that fails for another reason, such as a port
    ///   that is in use, is not foreseen.
    /// - It is called after a random time within the [jitter](Self::restart_jitter), since a whole fleet sees an update
    ///   at about the same time. If nothing is pending by then, or a restart would fail, it is not called.
    /// - It is called once for the same flags and values. Other flags or values call it again, and so do the same ones
    ///   after a time with nothing pending. Secret values are masked, so another one of the same secret is not a new one.
    /// - It is never called without [`initialize`](crate::Updater::initialize): a restart would not apply the values.
    ///
    /// It runs on the updater's thread, as the callbacks of flags do, so that no scan takes place until it returns. It
    /// may call [`stop`](crate::Updater::stop). A panic in it is logged, and updates go on.
    ///
    /// ```no_run
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// use std::sync::mpsc;
    /// use dflag_configmap::Updater;
    ///
    /// # #[derive(Clone, Parser, DynamicFlags)]
    /// # struct Args {
    /// #     #[arg(long, default_value_t = 8080)]
    /// #     port: u16,
    /// # }
    /// let args = Args::parse_dynamic();
    /// let (sender, shutdown) = mpsc::channel();
    /// let updater = Updater::builder(&args, "/etc/dflag")
    ///     .on_pending_restart(move |pending| {
    ///         for restart in pending {
    ///             eprintln!("stopping to apply a new value of {}", restart.flag);
    ///         }
    ///         sender.send(()).ok();
    ///     })
    ///     .setup()
    ///     .unwrap_or_else(|error| error.exit());
    /// // … serve, until:
    /// shutdown.recv()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn on_pending_restart(
        mut self,
        callback: impl Fn(&[PendingRestart]) + Send + Sync + 'static,
    ) -> Self {
        let option = &mut self.options.on_pending_restart;
        option.set_callback(Arc::new(callback));
        self
    }

    /// How long the callback of [`on_pending_restart`](Self::on_pending_restart) is put off: a random time in this range.
    ///
    /// Default: up to 60 s. The maximum is one day. The larger a fleet, the longer the range should be, so that no more
    /// pods restart at a time than can be spared: a `PodDisruptionBudget` does not hold back a program that exits by itself.
    pub fn restart_jitter(mut self, jitter: RangeInclusive<Duration>) -> Self {
        self.options.on_pending_restart.set_jitter(&jitter);
        self
    }
}

impl<F> std::fmt::Debug for Builder<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder")
            .field("directory", &self.directory)
            .field("options", &self.options)
            .field("recovery", &self.recovery)
            .finish_non_exhaustive()
    }
}
