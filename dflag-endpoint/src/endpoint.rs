//! The builder of an endpoint.

use std::fmt;
use std::sync::Arc;

use axum::Router;
use dflag::FlagSet;
use futures_util::{FutureExt, future};

use crate::events::Publishes;
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
            hosts: AllowedHosts::default(),
            authorizer: None,
            switch: None,
            shutdown: future::pending().boxed().shared(),
        })
    }

    /// The program's name on the page, and the value of the label `set` of its metrics. Without a
    /// title they don't have the label.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.0.title = Some(title.into());
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
        self.0.authorizer = Some(Box::new(authorizer));
        self
    }

    /// Turns setting off while `is_on` returns `false`, for example by a flag of the program
    /// itself. It is called for each request that shows or edits flags. It has no effect without
    /// [`allow_setting`](Self::allow_setting). If it panics, setting is off.
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
