//! A server whose flags follow a directory, on a laptop or in a pod.
//!
//! ```text
//! cargo run --bin server_kube
//! echo 456 > examples/server_kube/config/example_my_dynamic_int
//! ```

mod args;
mod debug;
mod error_chain;
mod flags_text;
mod rate_limiter;
mod routes;

use std::error::Error;
use std::future::IntoFuture as _;
use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use dflag::{DynamicFlags as _, Flags};
use dflag_configmap::{Builder, Updater};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;

use crate::args::Args;
use crate::error_chain::error_chain;

#[tokio::main]
async fn main() -> ExitCode {
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
    let start = args.load_full();
    let restart = Arc::new(Notify::new());
    let mut builder = Updater::builder(&args, &start.config_dir);
    if let Some(time) = start.restart_within {
        builder = stop_on_pending_restart(builder, time, &restart);
    }
    let updater = builder.setup().unwrap_or_else(|error| error.exit());

    // Read static flags after `setup`, which may have changed them.
    let now = args.load_full();
    let listener = TcpListener::bind((now.host, now.port)).await?;
    let debug_listener = TcpListener::bind((now.debug_host, now.debug_port)).await?;
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

/// Notifies `restart` within this time if static flags are pending restart.
fn stop_on_pending_restart(builder: Builder, time: Duration, restart: &Arc<Notify>) -> Builder {
    let restart = Arc::clone(restart);
    builder
        .restart_jitter(Duration::ZERO..=time)
        .on_pending_restart(move |pending| {
            let flags: Vec<_> = pending.iter().map(|one| &*one.flag).collect();
            tracing::info!(?flags, "stopping, to start again with other static flags");
            restart.notify_one();
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
