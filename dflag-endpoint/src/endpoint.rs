//! The builder of an endpoint.

use std::fmt;
use std::hash::RandomState;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use axum::Router;
use dflag::FlagSet;
use futures_util::{FutureExt, future};

use crate::config_map::ConfigMapName;
use crate::events::Publishes;
use crate::last_list::LastList;
#[cfg(feature = "metrics")]
use crate::metrics::Recorder;
use crate::program::Program;
use crate::request::LongBodies;
use crate::routes::routes;
use crate::security::{AllowedHosts, Authorizer};
use crate::state::EndpointState;

/// The debug page of a set of flags, with its JSON, events and metrics, to be mounted in a
/// program's own router.
///
/// No flag can be set until the program calls [`allow_setting`](Self::allow_setting).
///
/// ```no_run
/// # use clap::Parser;
/// # use dflag::DynamicFlags;
/// use axum::Router;
/// use dflag_endpoint::{BearerToken, Endpoint};
///
/// # #[derive(Clone, Parser, DynamicFlags)]
/// # struct Args {
/// #     /// Whether flags can be set.
/// #     #[arg(long)]
/// #     #[flag(dynamic)]
/// #     has_set: bool,
/// # }
/// # let args = Args::parse_dynamic();
/// let has_set = args.has_set.clone();
/// let endpoint = Endpoint::new(&args)
///     .title("my-server")
///     .hosts(["flags.example.com"])
///     .allow_setting(BearerToken::file("/var/run/secrets/dflag/token"))
///     .setting_while(move || has_set.get());
///
/// let app: Router = Router::new().nest_service("/debug/flags", endpoint.router());
/// ```
#[must_use = "an endpoint serves nothing until its router is mounted"]
pub struct Endpoint(EndpointState);

impl Endpoint {
    /// An endpoint for `set`, such as a `&Flags<Args>`. A program with several sets mounts several.
    pub fn new(set: impl Into<Arc<dyn FlagSet>>) -> Self {
        let set = set.into();
        Self(EndpointState {
            publishes: Publishes::new(&*set),
            set,
            title: None,
            program: Program::new(),
            config_map: None,
            hosts: AllowedHosts::default(),
            authorizer: None,
            is_reading_restricted: false,
            switch: None,
            edits: Arc::default(),
            long_bodies: LongBodies::default(),
            last_list: LastList::default(),
            steady_revision: AtomicU64::new(0),
            process: RandomState::new(),
            shutdown: future::pending().boxed().shared(),
        })
    }

    /// The program's name on the page, and the value of the label `set` of its metrics. Without a
    /// title they don't have the label.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.0.title = Some(title.into());
        self
    }

    /// The program's version on the page and in the metrics, such as `env!("CARGO_PKG_VERSION")`.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.0.program.version = Some(version.into());
        self
    }

    /// The name of this instance of the program, so that pages of several can be told apart. The default is the name of the
    /// host, which is that of the pod in Kubernetes: the environment variable `HOSTNAME`, or what Linux says.
    pub fn instance(mut self, name: impl Into<String>) -> Self {
        self.0.program.instance = Some(name.into());
        self
    }

    /// The ConfigMap that the flags come from, as `NAMESPACE/NAME` or `NAME`. The page then has it in the commands that make
    /// an override permanent, and in the download of the flags as a ConfigMap. The default is the one that a source knows
    /// ([`SourceStatus::object`](dflag::SourceStatus::object)): an updater of `dflag-kube`, or one of `dflag-configmap`
    /// whose builder was told.
    pub fn config_map(mut self, name: &str) -> Self {
        self.0.config_map = Some(ConfigMapName::parse(name));
        self
    }

    /// Allows requests to the hosts with these names, without a port, in addition to IP addresses,
    /// `localhost` and the names under it. A request to another host is rejected with 403, since
    /// another site may have made its name resolve to this machine.
    pub fn hosts<T: AsRef<str>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        for name in names {
            self.0.hosts.add(name.as_ref());
        }
        self
    }

    /// Allows callers that `authorizer` accepts to set flags and clear overrides.
    /// A second authorizer replaces the first one.
    pub fn allow_setting(mut self, authorizer: impl Authorizer) -> Self {
        self.0.authorizer = Some(Arc::new(authorizer));
        self
    }

    /// Restricts reading to callers that the authorizer of [`allow_setting`](Self::allow_setting) accepts, whether
    /// setting is on or not. Without an authorizer no caller may read.
    ///
    /// The page, JSON and events then have the flags for which [`Authorizer::authorize`] allows
    /// [`Act::Read`](crate::Act::Read), and so has the history; the events keep the rights that the caller had at their
    /// start. The answer to an edit or a revert masks the values of the others. The checksums, what sources report, the
    /// reasons for which a restart would fail, and the problems in the history have no such filter: an error may name any
    /// flag, and quote a rejected value that is not a secret's. Metrics are for every caller that is authenticated. The
    /// style sheet, the script and the `OpenAPI` document remain public.
    ///
    /// A browser sends no token when it opens a page or follows events, so a person needs a proxy that authenticates.
    pub fn restrict_reading(mut self) -> Self {
        self.0.is_reading_restricted = true;
        self
    }

    /// Turns setting off while `is_on` returns `false`, for example by a flag of the program
    /// itself. It is called for each request that shows or edits flags. It has no effect without
    /// [`allow_setting`](Self::allow_setting). If it panics, setting is off.
    ///
    /// Authorized callers can still clear overrides. Otherwise nobody could clear an override
    /// of that very flag. What remains without an override is what the program would have after a restart.
    pub fn setting_while(mut self, is_on: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        self.0.switch = Some(Box::new(is_on));
        self
    }

    /// Ends the event streams of all clients when `shutdown` completes, for example on the signal
    /// that stops the program. Without it, a graceful shutdown waits as long as anyone has the
    /// page open.
    pub fn events_until(mut self, shutdown: impl Future<Output = ()> + Send + 'static) -> Self {
        self.0.shutdown = shutdown.boxed().shared();
        self
    }

    /// Records the metrics through the [`metrics`] facade, those of the endpoint itself included. Its title and version are
    /// those that have been given before.
    #[cfg(feature = "metrics")]
    pub fn recorder(&self) -> Recorder {
        let recorder = Recorder::new(Arc::clone(&self.0.set)).with_endpoint(self.0.metrics());
        match &self.0.title {
            Some(title) => recorder.title(title),
            None => recorder,
        }
    }

    /// The routes, to be mounted with [`Router::nest_service`]. It serves the list of flags at a
    /// path with and without a slash at the end; [`Router::nest`] serves it without one only.
    ///
    /// The router has to run in a tokio runtime with its time driver. Requests have
    /// [`limits`](crate::limits); limiting connections is up to the server.
    pub fn router(self) -> Router {
        routes(self.0)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
