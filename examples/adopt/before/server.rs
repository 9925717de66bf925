//! The server, which knows its limits and nothing of the command line.

use std::fmt::Write;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use tokio::net::TcpListener;

pub(crate) struct Limits {
    pub(crate) max_items: usize,
    pub(crate) title: String,
}

pub(crate) async fn run(listen: SocketAddr, limits: Limits) -> io::Result<()> {
    let app = Router::new()
        .route("/items/{count}", get(answer))
        .with_state(Arc::new(limits));
    let listener = TcpListener::bind(listen).await?;
    tracing::info!(address = %listener.local_addr()?, "listening");
    axum::serve(listener, app).await
}

async fn answer(
    State(limits): State<Arc<Limits>>,
    Path(count): Path<usize>,
) -> Result<String, (StatusCode, String)> {
    let max_items = limits.max_items;
    if count > max_items {
        return Err((
            StatusCode::BAD_REQUEST,
            format!("at most {max_items} items"),
        ));
    }
    Ok(format!("{}\n{}", limits.title, items(count)))
}

/// The first items, one a line.
pub(crate) fn items(count: usize) -> String {
    (1..=count).fold(String::new(), |mut lines, item| {
        let _ = writeln!(lines, "item {item}");
        lines
    })
}
