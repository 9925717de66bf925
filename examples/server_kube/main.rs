//! A server whose flags follow a directory, on a laptop as in a pod.
//!
//! ```text
//! cargo run --bin server_kube
//! echo 456 > examples/server_kube/config/example_my_dynamic_int
//! ```

mod args;
mod causes;
mod debug;
mod routes;
mod text;

use std::error::Error;
use std::future::IntoFuture as _;
use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;

use dflag::{DynamicFlags as _, Flags};
use dflag_configmap as configmap;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::filter::dynamic_filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::args::Args;
use crate::causes::with_causes;

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse_dynamic();
    log_to_stderr(&args);
    match serve(args).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{}", with_causes(&*error));
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "the two lines that say where to look")]
async fn serve(args: Flags<Args>) -> Result<(), Box<dyn Error>> {
    let updater = configmap::setup(&args, &args.load_full().config_dir)?;

    // Static flags are read after `setup`, which may still have changed them.
    let now = args.load_full();
    let listener = TcpListener::bind((now.host, now.port)).await?;
    let debug_listener = TcpListener::bind((now.debug_host, now.debug_port)).await?;
    let debug = format!("http://{}{}", debug_listener.local_addr()?, debug::PATH);
    println!("server_kube listens on http://{}", listener.local_addr()?);
    println!("its flags are on {debug}");

    let stop = stop_asked()?;
    // With each caller's address, which the log of what was set tells.
    let debug_routes = debug::routes(&args).into_make_service_with_connect_info::<SocketAddr>();
    let debug_server = axum::serve(debug_listener, debug_routes);
    let server = axum::serve(listener, routes::routes(args, updater, debug));
    // An open debug page waits for events without end, so nobody waits for it.
    tokio::select! {
        result = server.with_graceful_shutdown(stop).into_future() => result?,
        result = debug_server.into_future() => result?,
    }
    Ok(())
}

/// Logs what the flag `log_level` lets through, and reads it anew for each line.
fn log_to_stderr(args: &Flags<Args>) {
    let level = args.log_level.clone();
    tracing_subscriber::registry()
        .with(tracing_subscriber::fmt::layer().with_writer(io::stderr))
        .with(dynamic_filter_fn(move |line, _| {
            level.get().lets_through(*line.level())
        }))
        .init();
}

/// Comes back on ctrl-c, or when Kubernetes asks the pod to end.
fn stop_asked() -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
