//! The routes and their handlers.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::task::spawn_blocking;

use crate::admission::{NotAdmitted, count};
use crate::edit::{self, EditRequest};
use crate::events::event_stream;
use crate::json::{EditResult, OPEN_API};
use crate::limits::EVENT_CLIENTS;
use crate::metrics::{self, EditKind, prometheus_text};
use crate::middleware::check_request;
use crate::page;
use crate::request::{
    BasePath, ClearBody, EditBody, Edits, Format, RevertBody, Selection, SetBody,
};
use crate::response::{self, Rejection};
use crate::revert::{self, RevertRequest};
use crate::security::ReadAccess;
use crate::state::EndpointState;
use crate::view::View;

const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

pub(crate) fn routes(state: EndpointState) -> Router {
    let state = Arc::new(state);
    let router = Router::new()
        .route("/", get(list))
        .route("/set", post(edit::<SetBody>))
        .route("/clear", post(edit::<ClearBody>))
        .route("/history", get(history))
        .route("/revert", post(revert))
        .route("/configmap.yaml", get(config_map))
        .route("/openapi.json", get(open_api))
        .route("/events", get(events))
        .route("/metrics", get(metrics))
        .route("/style.css", get(style))
        .route("/script.js", get(script))
        .route("/{name}", get(flag))
        .fallback(not_found)
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn_with_state(Arc::clone(&state), check_request))
        .with_state(state);
    // It leaves events as they are.
    #[cfg(feature = "compression")]
    let router = router.layer(tower_http::compression::CompressionLayer::new());
    router
}

async fn list(view: View, selection: Selection, headers: HeaderMap) -> Response {
    view.respond(move |view| view.list(&selection, &headers))
        .await
}

async fn history(view: View) -> Response {
    view.respond(View::history).await
}

async fn flag(view: View, name: Result<Path<String>, PathRejection>) -> Response {
    match name {
        Ok(Path(name)) => view.respond(move |view| view.flag(name)).await,
        Err(_) => Rejection::bad_request("the path is not UTF-8 text").into_response(),
    }
}

async fn edit<B: EditBody>(
    mut view: View,
    request: Result<EditRequest<B>, NotAdmitted<Edits>>,
) -> Response {
    let request = match request {
        Ok(request) => Arc::new(request),
        Err(NotAdmitted { rejection, body }) => {
            count(&view.state, B::KIND, Some(&rejection));
            return view.rejection(rejection, body.as_ref());
        }
    };
    view.readable = ReadAccess::of_caller(&view.state, request.caller());
    let result = edit::apply(&view.state, &request).await;
    match result {
        Ok(result) if view.format == Format::Page => redirect(&view.base, &result),
        Ok(result) => response::json(StatusCode::OK, &result),
        Err(rejection) => {
            let respond = move |view: &View| view.rejection(rejection, Some(request.edits()));
            view.respond(respond).await
        }
    }
}

async fn config_map(view: View) -> Response {
    view.respond(View::config_map).await
}

async fn open_api(headers: HeaderMap) -> Response {
    response::asset(&headers, "application/json", OPEN_API)
}

async fn revert(
    mut view: View,
    request: Result<RevertRequest, NotAdmitted<RevertBody>>,
) -> Response {
    let request = match request {
        Ok(request) => request,
        Err(NotAdmitted { rejection, .. }) => {
            count(&view.state, EditKind::Revert, Some(&rejection));
            return view.rejection(rejection, None);
        }
    };
    view.readable = ReadAccess::of_caller(&view.state, request.caller());
    let result = revert::apply(&view.state, request).await;
    match result {
        Ok(_) if view.format == Format::Page => {
            (StatusCode::SEE_OTHER, [(LOCATION, "history")]).into_response()
        }
        Ok(result) => response::json(StatusCode::OK, &result),
        Err(rejection) => view.respond(|view| view.rejection(rejection, None)).await,
    }
}

/// Leads back to the list, to the first flag that was edited.
fn redirect(base: &BasePath, result: &EditResult) -> Response {
    let name = result.flags.first().map_or("", |flag| &flag.name);
    let fragment: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
    let fragment = fragment.replace('+', "%20");
    let location = format!("{}#flag-{fragment}", base.list_from_child());
    (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response()
}

async fn events(State(state): State<Arc<EndpointState>>, readable: ReadAccess) -> Response {
    let readable = match readable_flags(&state, readable).await {
        Ok(readable) => readable,
        Err(rejection) => return rejection.into_response(),
    };
    // The stream must not keep the state: it ends when the router, which has the state, is dropped.
    let (set, shutdown) = (Arc::clone(&state.set), state.shutdown.clone());
    event_stream(&state.publishes, set, readable, shutdown).map_or_else(
        || {
            let error = format!("{EVENT_CLIENTS} clients follow the events already");
            let rejection = Rejection::new(StatusCode::TOO_MANY_REQUESTS, error);
            rejection
                .retry_after(Duration::from_secs(10))
                .into_response()
        },
        // A proxy must not hold events back until there are more.
        |events| ([(X_ACCEL_BUFFERING, "no")], events).into_response(),
    )
}

/// The names of the flags that the caller may read; `None` for all.
async fn readable_flags(
    state: &Arc<EndpointState>,
    readable: ReadAccess,
) -> Result<Option<HashSet<String>>, Rejection> {
    if !readable.is_restricted() {
        return Ok(None);
    }
    let set = Arc::clone(&state.set);
    let names = spawn_blocking(move || {
        let names = set.list().into_iter().map(|flag| flag.name);
        names.filter(|name| readable.check(name).is_ok()).collect()
    });
    names.await.map(Some).map_err(|_| {
        Rejection::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the program panicked while flags were listed",
        )
    })
}

async fn metrics(State(state): State<Arc<EndpointState>>, _: ReadAccess) -> Response {
    let text = prometheus_text(&*state.set, state.title.as_deref(), &state.metrics());
    response::with_content_type(StatusCode::OK, metrics::CONTENT_TYPE, text)
}

async fn style(headers: HeaderMap) -> Response {
    response::asset(&headers, "text/css; charset=utf-8", page::STYLE)
}

async fn script(headers: HeaderMap) -> Response {
    response::asset(&headers, "text/javascript; charset=utf-8", page::SCRIPT)
}

async fn not_found() -> Rejection {
    Rejection::new(StatusCode::NOT_FOUND, "there is nothing at this path")
}

async fn wrong_method() -> Rejection {
    Rejection::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "read flags with GET; set, clear and revert them with POST to `set`, `clear` and `revert`",
    )
}
