//! The routes and their handlers.

use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::edit::{self, EditRequest};
use crate::events::event_stream;
use crate::json::EditResult;
use crate::limits::{BODY_BYTES, EVENT_CLIENTS};
use crate::metrics::{self, prometheus_text};
use crate::middleware::check_request;
use crate::page;
use crate::request::{BasePath, ClearBody, EditBody, Format, Selection, SetBody};
use crate::response::{self, Rejection};
use crate::revert::{self, RevertRequest};
use crate::state::EndpointState;
use crate::view::View;

pub(crate) fn routes(state: EndpointState) -> Router {
    let state = Arc::new(state);
    Router::new()
        .route("/", get(list))
        .route("/set", post(edit::<SetBody>))
        .route("/clear", post(edit::<ClearBody>))
        .route("/history", get(history))
        .route("/revert", post(revert))
        .route("/events", get(events))
        .route("/metrics", get(metrics))
        .route("/style.css", get(style))
        .route("/script.js", get(script))
        .route("/{name}", get(flag))
        .fallback(not_found)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(from_fn_with_state(Arc::clone(&state), check_request))
        .with_state(state)
}

async fn list(view: View, selection: Selection) -> Response {
    view.list(&selection)
}

async fn history(view: View) -> Response {
    view.history()
}

async fn flag(view: View, name: Result<Path<String>, PathRejection>) -> Response {
    match name {
        Ok(Path(name)) => view.flag(name),
        Err(_) => Rejection::bad_request("the path is not UTF-8 text").into_response(),
    }
}

async fn edit<B: EditBody>(view: View, request: Result<EditRequest<B>, Rejection>) -> Response {
    let request = match request {
        Ok(request) => Arc::new(request),
        Err(rejection) => return view.rejection(rejection, None),
    };
    match edit::apply(&view.state, &request).await {
        Ok(result) if view.format == Format::Page => redirect(&view.base, &result),
        Ok(result) => response::json(StatusCode::OK, &result),
        Err(rejection) => view.rejection(rejection, Some(&request.edits)),
    }
}

async fn revert(view: View, request: Result<RevertRequest, Rejection>) -> Response {
    let result = match request {
        Ok(request) => revert::apply(&view.state, request).await,
        Err(rejection) => Err(rejection),
    };
    match result {
        Ok(_) if view.format == Format::Page => {
            (StatusCode::SEE_OTHER, [(LOCATION, "history")]).into_response()
        }
        Ok(result) => response::json(StatusCode::OK, &result),
        Err(rejection) => view.rejection(rejection, None),
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

async fn events(State(state): State<Arc<EndpointState>>) -> Response {
    // The stream must not keep the state: it ends when the router, which has the state, is dropped.
    let (set, shutdown) = (Arc::clone(&state.set), state.shutdown.clone());
    event_stream(&state.publishes, set, shutdown).map_or_else(
        || {
            let error = format!("{EVENT_CLIENTS} clients follow the events already");
            Rejection::new(StatusCode::TOO_MANY_REQUESTS, error).into_response()
        },
        IntoResponse::into_response,
    )
}

async fn metrics(State(state): State<Arc<EndpointState>>) -> Response {
    let text = prometheus_text(&*state.set, state.title.as_deref());
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
