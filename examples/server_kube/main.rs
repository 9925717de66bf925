//! A server whose flags follow a directory, on a laptop or in a pod.
//!
//! ```text
//! cargo run --bin server_kube
//! echo 456 > examples/server_kube/config/example_my_dynamic_int
//! ```
//!
//! It judges its ConfigMap before that is applied:
//!
//! ```text
//! cargo run --bin server_kube -- --config-check examples/server_kube/configmap.yaml
//! ```
//!
//! With the feature `kube` it can follow a ConfigMap through the Kubernetes API as well:
//!
//! ```text
//! kubectl apply -f examples/server_kube/configmap.yaml
//! cargo run --features kube --bin server_kube -- --kube server-kube-flags
//! kubectl patch configmap server-kube-flags --patch '{"data": {"example_my_dynamic_int": "456"}}'
//! ```

mod args;
mod debug;
mod error_chain;
mod flags_text;
mod follow;
#[cfg(feature = "kube")]
mod follow_api;
mod rate_limiter;
mod routes;
mod self_request;
mod updater;

use std::error::Error;
use std::future::IntoFuture as _;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use dflag::{DynamicFlags as _, Flags};
use dflag_configmap::ConfigMapArgs;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;

use crate::args::Args;
use crate::error_chain::error_chain;

#[tokio::main]
async fn main() -> ExitCode {
    // The updater's options depend on flags, so it is made later; none of them changes which keys and values are valid.
    ConfigMapArgs::run::<Args>(|builder| builder);
    let args = Args::parse_dynamic();
    match serve(args).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{}", error_chain(&*error));
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "prints the two addresses")]
async fn serve(args: Flags<Args>) -> Result<(), Box<dyn Error>> {
    dflag_tracing::init(&args.log_level)?;
    let (own_address, restart) = (Arc::new(OnceLock::new()), Arc::new(Notify::new()));
    let updater = follow::follow(&args, &own_address, &restart);

    // Read static flags after `setup`, which may have changed them.
    let now = args.load_full();
    let listener = listen(now.host, now.port, "port").await?;
    let _ = own_address.set(listener.local_addr()?);
    let debug_listener = listen(now.debug_host, now.debug_port, "debug-port").await?;
    let debug = format!("http://{}{}", debug_listener.local_addr()?, debug::PATH);
    println!("server_kube listens on http://{}", listener.local_addr()?);
    println!("its flags are on {debug}");

    let stop = stop_signal(restart)?;
    // The log of edits has each caller's address.
    let debug_routes = debug::routes(&args).into_make_service_with_connect_info::<SocketAddr>();
    let debug_server = axum::serve(debug_listener, debug_routes);
    let server = axum::serve(listener, routes::routes(args, updater, debug)?);
    // The debug server has no graceful shutdown, since an open page never ends its event stream.
    tokio::select! {
        result = server.with_graceful_shutdown(stop).into_future() => result?,
        result = debug_server.into_future() => result?,
    }
    Ok(())
}

/// Listens on the port of this flag, which the error names.
async fn listen(host: IpAddr, port: u16, flag: &str) -> io::Result<TcpListener> {
    let address = SocketAddr::new(host, port);
    TcpListener::bind(address).await.map_err(|error| {
        let hint =
            format!("can't listen on {address}, choose another port with `--{flag}`: {error}");
        io::Error::new(error.kind(), hint)
    })
}

/// Completes on Ctrl-C, when Kubernetes stops the pod, or when the program is to start again.
fn stop_signal(restart: Arc<Notify>) -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            () = restart.notified() => {}
        }
    })
}
