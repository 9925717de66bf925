//! The endpoint: what a program serves of its flags, and what it lets be set.

use std::fmt;
use std::sync::Arc;

use axum::Router;
use dflag::FlagSet;
use futures_util::{FutureExt, future};

use crate::authorize::Authorizer;
use crate::host::Hosts;
use crate::routes::routes;
use crate::served::Served;

/// The debug page of a set of flags, its JSON, events and metrics, to be mounted in a program's
/// own router.
///
/// Until [`allow_setting`](Self::allow_setting) says otherwise, nothing can be set.
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
pub struct Endpoint(Served);

impl Endpoint {
    /// An endpoint for `set`, such as a `&Flags<Args>`. A program with several sets mounts several.
    pub fn new(set: impl Into<Arc<dyn FlagSet>>) -> Self {
        Self(Served {
            set: set.into(),
            title: None,
            hosts: Hosts::default(),
            authorizer: None,
            switch: None,
            end: future::pending().boxed().shared(),
        })
    }

    /// What the page calls the program, and the label `set` of its metrics, which is left out
    /// where there is no title.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.0.title = Some(title.into());
        self
    }

    /// Names, without a port, by which the endpoint may be reached, beside any IP address,
    /// `localhost` and the names under it. A request to another host is rejected with 403:
    /// its name may be one that another site lets lead here.
    pub fn hosts<T: AsRef<str>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        for name in names {
            self.0.hosts.add(name.as_ref());
        }
        self
    }

    /// Lets those set flags, and clear overrides, whom `authorizer` lets in.
    /// A later one takes the place of an earlier one.
    pub fn allow_setting(mut self, authorizer: impl Authorizer) -> Self {
        self.0.authorizer = Some(Box::new(authorizer));
        self
    }

    /// Turns setting off while `is_on` gives `false`, such as a flag of the program itself.
    /// It is asked for each request. It turns nothing on without
    /// [`allow_setting`](Self::allow_setting), and one that panics is off.
    pub fn setting_while(mut self, is_on: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        self.0.switch = Some(Box::new(is_on));
        self
    }

    /// Ends the events of every client when `end` comes, such as the signal that asks the program
    /// to stop. Without it a graceful shutdown waits for as long as someone has the page open.
    pub fn events_until(mut self, end: impl Future<Output = ()> + Send + 'static) -> Self {
        self.0.end = end.boxed().shared();
        self
    }

    /// The routes, to be mounted with [`Router::nest_service`], so that the list of flags is
    /// reached with a slash at its path's end and without. With [`Router::nest`] it is reached
    /// without one only.
    ///
    /// It has to run within a tokio runtime with its time driver. What it bounds is told in
    /// [`limits`](crate::limits); connections are bounded by who serves it.
    pub fn router(self) -> Router {
        routes(self.0)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
