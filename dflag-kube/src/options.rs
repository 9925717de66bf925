//! Options of an updater, and their builder.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use dflag::{FlagSet, OnInvalid, PendingRestart, Precedence};
use dflag_configmap::{LastGoodFile, OnBadStart};

use crate::client::Access;
use crate::error::BuildError;
use crate::events::EventsOn;
use crate::name::ObjectName;
use crate::target::{Limits, Target};

/// The default of how long a start waits for the API beside the mount.
const API_WAIT: Duration = Duration::from_secs(1);

/// The default of the longest time from a change of the object to the swap of the mount.
const LAG: Duration = Duration::from_secs(180);

/// The longest of each time, so that sums and multiples do not overflow.
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Options for an [`Updater`](crate::Updater). Created by [`Updater::builder`](crate::Updater::builder).
///
/// A `Builder<()>` has no flags yet. [`parse_with`](crate::parse_with) passes one to its closure, since
/// the options are needed to parse the flags.
///
/// ```no_run
/// # use std::time::Duration;
/// # use clap::Parser;
/// # use dflag::DynamicFlags;
/// use dflag::Precedence;
/// use dflag_kube::Updater;
///
/// # #[derive(Clone, Parser, DynamicFlags)]
/// # struct Args {
/// #     #[arg(long, default_value_t = 3)]
/// #     #[flag(dynamic)]
/// #     limit: u8,
/// # }
/// let args = Args::parse_dynamic();
/// let updater = Updater::builder(&args, "my-server-flags")
///     .namespace("prod")
///     .mount("/etc/dflag")
///     .precedence(Precedence::BelowCommandLine)
///     .api_wait(Duration::from_secs(3))
///     .setup_blocking()?;
/// # Ok::<(), dflag_kube::SetupError>(())
/// ```
#[must_use = "a builder does nothing until it is built"]
pub struct Builder<F = Arc<dyn FlagSet>> {
    /// The options that have nothing to do with where contents come from.
    pub(crate) apply: dflag_configmap::Builder<F>,
    pub(crate) follow: Options,
}

/// The options of following.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) name: String,
    pub(crate) namespace: Option<String>,
    pub(crate) mount: Option<PathBuf>,
    pub(crate) use_api: bool,
    pub(crate) access: Access,
    pub(crate) api_wait: Duration,
    pub(crate) lag: Duration,
    pub(crate) limits: Limits,
    pub(crate) optional: bool,
    pub(crate) events: Option<EventsOn>,
}

impl Options {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            namespace: None,
            mount: None,
            use_api: true,
            access: Access::default(),
            api_wait: API_WAIT,
            lag: LAG,
            limits: Limits::default(),
            optional: false,
            events: None,
        }
    }

    /// The object's name, with its namespace.
    pub(crate) fn object_name(&self) -> Result<ObjectName, BuildError> {
        let namespace = self.namespace.clone();
        let namespace = namespace.or_else(|| self.access.namespace());
        let namespace = namespace.unwrap_or_else(|| "default".to_owned());
        let name = ObjectName::new(&namespace, &self.name);
        name.map_err(|text| BuildError::Name { text })
    }

    /// What is followed through the API; `None` without it.
    pub(crate) fn target(&self, name: &ObjectName) -> Option<Target> {
        self.use_api.then(|| Target {
            access: self.access.clone(),
            name: Arc::new(name.clone()),
            limits: self.limits,
        })
    }

    /// The mount, by an absolute path.
    pub(crate) fn directory(&self) -> Result<Option<PathBuf>, BuildError> {
        let Some(path) = &self.mount else {
            return if self.use_api {
                Ok(None)
            } else {
                Err(BuildError::NoSource)
            };
        };
        let absolute = std::path::absolute(path);
        absolute
            .map(Some)
            .map_err(|_| BuildError::Mount { path: path.clone() })
    }
}

impl Builder<()> {
    pub(crate) fn detached(name: &str) -> Self {
        Self {
            apply: dflag_configmap::Builder::detached(),
            follow: Options::new(name),
        }
    }

    pub(crate) fn for_flags(self, flags: Arc<dyn FlagSet>) -> Builder {
        Builder {
            apply: self.apply.for_flags(flags),
            follow: self.follow,
        }
    }
}

/// Where the ConfigMap is, and how it is followed.
impl<F> Builder<F> {
    /// The namespace of the ConfigMap. Default: that of the pod's service account, or of the kubeconfig's context, for which
    /// [`build`](Self::build) reads the file, however long that takes; `default` if it names none or can't be read.
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.follow.namespace = Some(namespace.into());
        self
    }

    /// The directory where the same ConfigMap is mounted. Default: none.
    ///
    /// It is what a start begins with if the API does not answer in time, and what is followed while the API is away. Mount
    /// the ConfigMap alone. A volume with `items` is compared in the keys that it maps. One that merges several ConfigMaps
    /// differs from each of them, so that it is used at start only, and the status says so.
    pub fn mount(mut self, directory: impl AsRef<Path>) -> Self {
        self.follow.mount = Some(directory.as_ref().to_owned());
        self
    }

    /// Whether the ConfigMap is followed through the API. Default: `true`. Without it, only the mount is followed.
    pub fn api(mut self, use_api: bool) -> Self {
        self.follow.use_api = use_api;
        self
    }

    /// The kubeconfig that says where the API server is. Its current context is used.
    ///
    /// Default: in a pod, the pod's service account; elsewhere the file that `KUBECONFIG` names, or `~/.kube/config`.
    pub fn kubeconfig(mut self, path: impl Into<PathBuf>) -> Self {
        self.follow.access = Access::kubeconfig(path.into());
        self
    }

    /// Uses the pod's service account, whatever else there is.
    pub fn in_cluster(mut self) -> Self {
        self.follow.access = Access::in_cluster();
        self
    }

    /// How long [`initialize`](crate::Updater::initialize) waits for the API beside the mount. Default: 1 s.
    ///
    /// The API's answer is preferred, since static flags keep what they begin with. Within this time it asks again if the
    /// server can't be reached or is busy. With 0 the mount alone decides, even if the API has answered already. Without a
    /// mount the limit is at least 10 s.
    pub fn api_wait(mut self, wait: Duration) -> Self {
        self.follow.api_wait = wait.min(DAY);
        self
    }

    /// The longest time from a change of the ConfigMap to the swap of its mount. Default: 3 minutes.
    ///
    /// kubelet syncs a pod after at most 1.5 times its `syncFrequency`, 90 s by default, and may know of the change 60 s
    /// late. Where no event reports a swap, as on a network file system, the mount is seen up to
    /// [`rescan_every`](Self::rescan_every) later still. The lag must not be shorter than all of that: with the API away,
    /// it decides whether a swap can be older than what is in force.
    pub fn mount_lag(mut self, lag: Duration) -> Self {
        self.follow.lag = lag.min(DAY);
        self
    }

    /// How long the API server may be silent before the connection counts as dead. Default: 150 s.
    ///
    /// It sends a bookmark every 60 s, so with a shorter limit it reconnects all the time.
    pub fn idle_limit(mut self, limit: Duration) -> Self {
        self.follow.limits.idle = limit.clamp(Duration::from_secs(1), DAY);
        self
    }

    /// The time over which the first reconnect of a fleet is spread. Default: 10 s.
    ///
    /// A restart of the API server ends the connections of all programs in the same moment. Each one waits for a random time
    /// up to this. Later attempts wait for at most twice that, or 1 s if that is longer, and for at most three times that if
    /// the server asks for it (`Retry-After`).
    pub fn reconnect_within(mut self, time: Duration) -> Self {
        self.follow.limits.spread = time.clamp(Duration::from_millis(10), DAY);
        self
    }

    /// The time from one check of the object's version to the next, about. Default: 10 minutes.
    ///
    /// It finds what a watch does not report, for instance after etcd was restored from a backup.
    pub fn check_every(mut self, period: Duration) -> Self {
        self.follow.limits.check_every = period.clamp(Duration::from_secs(1), DAY);
        self
    }

    /// Creates Kubernetes Events when an update is rejected or rolled back, and when the flags have recovered. Default: none.
    ///
    /// They are seen with `kubectl describe pod`, or `kubectl describe configmap`. It needs a second Role, with `create` on
    /// `events`. `kubectl describe pod` shows them because they name the pod's UID, which is in the token of its service
    /// account; the environment variables `POD_NAMESPACE`, `POD_NAME` and `POD_UID`, from the downward API, take
    /// precedence. There are at most five at once, and one a minute after that. Values of secret flags are in none.
    pub fn events(mut self, on: EventsOn) -> Self {
        self.follow.events = Some(on);
        self
    }

    /// Whether the ConfigMap, and the directory of its mount, may be absent. Default: `false`.
    ///
    /// An absent ConfigMap then counts as empty, also one that is deleted later. Otherwise the flags keep their values, and
    /// the status says so.
    pub fn optional(mut self, optional: bool) -> Self {
        self.follow.optional = optional;
        self.apply = self.apply.optional(optional);
        self
    }
}

/// How content is applied, as with [`dflag_configmap::Builder`].
impl<F> Builder<F> {
    /// As [`dflag_configmap::Builder::deny_unknown`].
    pub fn deny_unknown(mut self, deny: bool) -> Self {
        self.apply = self.apply.deny_unknown(deny);
        self
    }

    /// As [`dflag_configmap::Builder::ignore`].
    pub fn ignore<P: Into<String>>(mut self, patterns: impl IntoIterator<Item = P>) -> Self {
        self.apply = self.apply.ignore(patterns);
        self
    }

    /// As [`dflag_configmap::Builder::prefix`].
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.apply = self.apply.prefix(prefix);
        self
    }

    /// As [`dflag_configmap::Builder::env_names`].
    pub fn env_names(mut self, accept: bool) -> Self {
        self.apply = self.apply.env_names(accept);
        self
    }

    /// As [`dflag_configmap::Builder::shared_with`].
    pub fn shared_with(mut self, other: impl Into<Arc<dyn FlagSet>>) -> Self {
        self.apply = self.apply.shared_with(other);
        self
    }

    /// As [`dflag_configmap::Builder::precedence`].
    pub fn precedence(mut self, precedence: Precedence) -> Self {
        self.apply = self.apply.precedence(precedence);
        self
    }

    /// As [`dflag_configmap::Builder::on_invalid`].
    pub fn on_invalid(mut self, on_invalid: OnInvalid) -> Self {
        self.apply = self.apply.on_invalid(on_invalid);
        self
    }

    /// As [`dflag_configmap::Builder::on_bad_start`].
    pub fn on_bad_start(mut self, policy: OnBadStart) -> Self {
        self.apply = self.apply.on_bad_start(policy);
        self
    }

    /// As [`dflag_configmap::Builder::last_good_file`].
    pub fn last_good_file(mut self, file: LastGoodFile) -> Self {
        self.apply = self.apply.last_good_file(file);
        self
    }

    /// As [`dflag_configmap::Builder::probation`].
    pub fn probation(
        mut self,
        length: Duration,
        health: impl Fn() -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        self.apply = self.apply.probation(length, health);
        self
    }

    /// As [`dflag_configmap::Builder::health_period`].
    pub fn health_period(mut self, period: Duration) -> Self {
        self.apply = self.apply.health_period(period);
        self
    }

    /// As [`dflag_configmap::Builder::health_timeout`].
    pub fn health_timeout(mut self, timeout: Duration) -> Self {
        self.apply = self.apply.health_timeout(timeout);
        self
    }

    /// As [`dflag_configmap::Builder::on_pending_restart`].
    pub fn on_pending_restart(
        mut self,
        callback: impl Fn(&[PendingRestart]) + Send + Sync + 'static,
    ) -> Self {
        self.apply = self.apply.on_pending_restart(callback);
        self
    }

    /// As [`dflag_configmap::Builder::restart_jitter`].
    pub fn restart_jitter(mut self, jitter: std::ops::RangeInclusive<Duration>) -> Self {
        self.apply = self.apply.restart_jitter(jitter);
        self
    }

    /// How often the mount is scanned when no event arrives. As [`dflag_configmap::Builder::rescan_every`].
    pub fn rescan_every(mut self, period: Duration) -> Self {
        self.apply = self.apply.rescan_every(period);
        self
    }
}

impl<F> std::fmt::Debug for Builder<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder")
            .field("apply", &self.apply)
            .field("follow", &self.follow)
            .finish_non_exhaustive()
    }
}
