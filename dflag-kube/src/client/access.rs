//! Access: where the API server is, and who the program is there.

use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use kube::client::ConfigExt as _;
use kube::config::{Config, Kubeconfig};
use tower::{BoxError, ServiceBuilder};

use super::error_text::chain;
use super::failure::Failure;
use super::reading::Reading;
use crate::panic;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);

/// After how much silence a connection is probed, how often then, and how often in vain: 50 s in all.
const PROBE: (Duration, Duration, u32) = (Duration::from_secs(20), Duration::from_secs(10), 3);

/// Where a pod finds the namespace of its service account.
const NAMESPACE: &str = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

/// How the API server is reached.
#[derive(Clone, Debug, Default)]
pub(crate) struct Access {
    credentials: Credentials,
    reading: Reading<NewClient>,
}

/// Where the credentials are.
#[derive(Clone, Debug, Default)]
enum Credentials {
    /// Those of the pod's service account in a pod, or else in the kubeconfig.
    #[default]
    Infer,
    InCluster,
    Kubeconfig(PathBuf),
}

/// Makes a client of credentials that were read, in the runtime that is to use it.
type NewClient = Box<dyn FnOnce() -> kube::Client + Send>;

impl Access {
    /// As the pod's service account.
    pub(crate) fn in_cluster() -> Self {
        Self::with(Credentials::InCluster)
    }

    /// By a kubeconfig.
    pub(crate) fn kubeconfig(path: PathBuf) -> Self {
        Self::with(Credentials::Kubeconfig(path))
    }

    fn with(credentials: Credentials) -> Self {
        Self {
            credentials,
            reading: Reading::default(),
        }
    }

    /// The namespace of the service account or of the kubeconfig's context.
    pub(crate) fn namespace(&self) -> Option<String> {
        let kubeconfig = match &self.credentials {
            Credentials::InCluster => None,
            Credentials::Infer if is_in_cluster() => None,
            Credentials::Infer => Some(Kubeconfig::read()),
            Credentials::Kubeconfig(path) => Some(Kubeconfig::read_from(path)),
        };
        let Some(kubeconfig) = kubeconfig else {
            let namespace = std::fs::read_to_string(NAMESPACE).ok()?;
            return Some(namespace.trim().to_owned());
        };
        let kubeconfig = kubeconfig.ok()?;
        let name = kubeconfig.current_context?;
        let mut contexts = kubeconfig.contexts.into_iter();
        contexts
            .find(|context| context.name == name)?
            .context?
            .namespace
    }

    /// A client with the credentials that are there now. It may take any time to read them.
    pub(super) async fn client(&self) -> Result<kube::Client, Failure> {
        let credentials = self.credentials.clone();
        let read = move || {
            // rustls panics if the program has it with several providers and has chosen none.
            let client = catch_unwind(AssertUnwindSafe(|| new_client(&credentials.config()?)));
            client.unwrap_or_else(|panic| Err(Failure::Credentials(panic::message(&*panic))))
        };
        let new = self.reading.result(read).await?;
        Ok(new())
    }
}

impl Credentials {
    fn config(&self) -> Result<Config, Failure> {
        let kubeconfig = match self {
            Self::InCluster => return Config::incluster().map_err(|error| unusable(&error)),
            Self::Infer if is_in_cluster() => {
                return Config::incluster().map_err(|error| unusable(&error));
            }
            Self::Infer => Kubeconfig::read(),
            Self::Kubeconfig(path) => Kubeconfig::read_from(path),
        };
        let config = kubeconfig.and_then(Config::try_from);
        config.map_err(|error| unusable(&error))
    }
}

/// Whether the program runs in a pod that has a service account.
fn is_in_cluster() -> bool {
    std::env::var_os("KUBERNETES_SERVICE_HOST").is_some() && Path::new(NAMESPACE).exists()
}

fn unusable(error: &(dyn Error + 'static)) -> Failure {
    Failure::Credentials(chain(error))
}

/// kube's own stack has no keep-alive probes, and repeats requests by itself.
fn new_client(config: &Config) -> Result<NewClient, Failure> {
    let unusable = |error: kube::Error| unusable(&error);
    if config.proxy_url.is_some() {
        let reason = "a proxy is not supported: remove `proxy-url` from the kubeconfig, or `HTTPS_PROXY` and `HTTP_PROXY` \
                      from the environment";
        return Err(Failure::Credentials(reason.to_owned()));
    }
    let mut http = HttpConnector::new();
    let (after, every, times) = PROBE;
    http.enforce_http(false);
    http.set_nodelay(true);
    http.set_connect_timeout(Some(CONNECT));
    http.set_keepalive(Some(after));
    http.set_keepalive_interval(Some(every));
    http.set_keepalive_retries(Some(times));
    let https = config
        .rustls_https_connector_with_connector(http)
        .map_err(unusable)?;
    let address = config.base_uri_layer();
    let authorization = config.auth_layer().map_err(unusable)?;
    let headers = config.extra_headers_layer().map_err(unusable)?;
    let namespace = config.default_namespace.clone();
    Ok(Box::new(move || {
        let connections =
            hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build(https);
        let service = ServiceBuilder::new()
            .layer(address)
            .option_layer(authorization)
            .layer(headers)
            .map_err(BoxError::from)
            .service(connections);
        kube::Client::new(service, namespace)
    }))
}
