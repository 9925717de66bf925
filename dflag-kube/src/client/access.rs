//! Access: where the API server is, and who the program is there.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use kube::client::ConfigExt as _;
use kube::config::{Config, KubeConfigOptions, Kubeconfig};
use tower::{BoxError, ServiceBuilder};

use super::error_text::chain;
use super::failure::Failure;
use crate::panic;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);

/// After how much silence a connection is probed, how often then, and how often in vain: 50 s in all.
const PROBE: (Duration, Duration, u32) = (Duration::from_secs(20), Duration::from_secs(10), 3);

/// Where a pod finds the namespace of its service account.
const NAMESPACE: &str = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

/// How the API server is reached.
#[derive(Clone, Debug, Default)]
pub(crate) enum Access {
    /// As the pod's service account in a pod, or else by the kubeconfig.
    #[default]
    Infer,
    InCluster,
    Kubeconfig(PathBuf),
}

impl Access {
    /// The namespace of the service account or of the kubeconfig's context.
    pub(crate) fn namespace(&self) -> Option<String> {
        let kubeconfig = match self {
            Self::InCluster => None,
            Self::Infer if is_in_cluster() => None,
            Self::Infer => Some(Kubeconfig::read()),
            Self::Kubeconfig(path) => Some(Kubeconfig::read_from(path)),
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

    /// A client with the credentials that are there now.
    pub(super) async fn client(&self) -> Result<kube::Client, Failure> {
        let config = self.config().await?;
        // It may run a program that yields a token, for any time.
        let client = tokio::task::spawn_blocking(move || {
            // rustls panics if the program has it with several providers and has chosen none.
            let client = catch_unwind(AssertUnwindSafe(|| client(&config)));
            client.unwrap_or_else(|panic| Err(Failure::Credentials(panic::message(&*panic))))
        });
        let client = client.await;
        client.unwrap_or_else(|error| Err(Failure::Credentials(error.to_string())))
    }

    async fn config(&self) -> Result<Config, Failure> {
        let unusable =
            |error: &(dyn std::error::Error + 'static)| Failure::Credentials(chain(error));
        let options = KubeConfigOptions::default();
        match self {
            Self::InCluster => Config::incluster().map_err(|error| unusable(&error)),
            Self::Infer if is_in_cluster() => Config::incluster().map_err(|error| unusable(&error)),
            Self::Infer => {
                let config = Config::from_kubeconfig(&options).await;
                config.map_err(|error| unusable(&error))
            }
            Self::Kubeconfig(path) => {
                let kubeconfig = Kubeconfig::read_from(path).map_err(|error| unusable(&error))?;
                let config = Config::from_custom_kubeconfig(kubeconfig, &options).await;
                config.map_err(|error| unusable(&error))
            }
        }
    }
}

/// Whether the program runs in a pod that has a service account.
fn is_in_cluster() -> bool {
    std::env::var_os("KUBERNETES_SERVICE_HOST").is_some() && Path::new(NAMESPACE).exists()
}

/// kube's own stack has no keep-alive probes, and repeats requests by itself.
fn client(config: &Config) -> Result<kube::Client, Failure> {
    let unusable = |error: kube::Error| Failure::Credentials(chain(&error));
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
    let connections =
        hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build(https);
    let service = ServiceBuilder::new()
        .layer(config.base_uri_layer())
        .option_layer(config.auth_layer().map_err(unusable)?)
        .layer(config.extra_headers_layer().map_err(unusable)?)
        .map_err(BoxError::from)
        .service(connections);
    Ok(kube::Client::new(service, &*config.default_namespace))
}
