//! The routes on the server's own port.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use dflag::{Dynamic, Flags, Rejected};

use crate::args::{Args, Verdict};
use crate::flags_text::FlagsText;
use crate::rate_limiter::RateLimiter;
use crate::updater::Updater;

/// For how long the directory may not have been read before `/readyz` says so.
const STALE_AFTER: Duration = Duration::from_secs(300);

/// The state of the handlers.
struct App {
    args: Flags<Args>,
    updater: Updater,
    limiter: Dynamic<RateLimiter>,
    /// The URL of the debug page.
    debug: String,
}

/// The routes. Dropping them stops the updater.
///
/// # Errors
/// The limiter can't be built from the flags.
pub(crate) fn routes(
    args: Flags<Args>,
    updater: Updater,
    debug: String,
) -> Result<Router, Rejected> {
    let limiter = args.derive(
        |args| args.example_my_dynamic_json.rate,
        |rate, previous| RateLimiter::new(*rate, previous),
    )?;
    let app = App {
        args,
        updater,
        limiter,
        debug,
    };
    let router = Router::new()
        .route("/", get(front))
        .route("/flags.txt", get(flags_text))
        .route("/work/{user}", get(work))
        .route("/icon", get(icon))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(readyz))
        .with_state(Arc::new(app));
    Ok(router)
}

/// Links. They contain no value of a flag, so nothing has to be escaped.
async fn front(State(app): State<Arc<App>>) -> Html<String> {
    let debug = &app.debug;
    Html(format!(
        "<!doctype html>
<html lang=en>
<meta charset=utf-8>
<meta name=viewport content='width=device-width'>
<meta name=color-scheme content='light dark'>
<title>server_kube</title>
<link rel=icon href=/icon>
<h1>server_kube</h1>
<ul>
<li><a href='{debug}'>{debug}</a>: the debug page
<li><a href=/flags.txt>/flags.txt</a>: the flags as text for curl and grep
<li><a href=/work/ada>/work/ada</a>: a request of a user, which uses some of them
</ul>
"
    ))
}

/// Whether the server may get requests. It may while a bad ConfigMap is rejected or can't be read, since the flags
/// keep their last good values; the body says so.
///
/// `/healthz` is the liveness probe. It does not look at the flags, because a restart corrects no ConfigMap.
async fn readyz(State(app): State<Arc<App>>) -> (StatusCode, String) {
    let health = app.updater.status().health(STALE_AFTER);
    let code = if health.is_ready() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (code, format!("{health}\n"))
}

/// The flags as text for `curl` and `grep`.
async fn flags_text(State(app): State<Arc<App>>) -> String {
    let text = FlagsText {
        flags: app.args.list(),
        status: app.updater.status(),
    };
    text.to_string()
}

/// A request of a user, which uses a consistent snapshot of the flags.
async fn work(State(app): State<Arc<App>>, Path(user): Path<String>) -> (StatusCode, String) {
    let now = app.args.load();
    if now.maintenance {
        return (StatusCode::SERVICE_UNAVAILABLE, "maintenance\n".to_owned());
    }
    if now.example_my_dynamic_json.policy == Verdict::Deny {
        return (StatusCode::FORBIDDEN, "denied\n".to_owned());
    }
    if !app.limiter.load().admits() {
        return (
            StatusCode::TOO_MANY_REQUESTS,
            "too many requests\n".to_owned(),
        );
    }
    // A user whom a rollout of 10 % includes is also in one of 20 %.
    let is_included = app.args.rollout.includes(user);
    let path = if is_included { "new" } else { "old" };
    let mut lines = vec![if now.greet {
        format!("{}, the {path} path", now.tone.greeting())
    } else {
        format!("the {path} path")
    }];
    if now.verbose > 0 {
        lines.push(format!("upstreams: {}", now.upstream.join(", ")));
    }
    if now.verbose > 1 {
        lines.push(format!("within {:?}", now.request_timeout));
    }
    (StatusCode::OK, lines.join("\n") + "\n")
}

/// A flag's raw bytes, as they are in the file.
async fn icon(State(app): State<Arc<App>>) -> impl IntoResponse {
    let icon = app.args.icon.get();
    ([(header::CONTENT_TYPE, "image/png")], icon.to_vec())
}
