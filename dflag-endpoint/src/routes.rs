//! Routes: what is answered where.

use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{DefaultBodyLimit, OriginalUri, Path, Request, State};
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::answer::{Flag, Outcome};
use crate::cross_site::is_json;
use crate::exposition::{self, Exposition};
use crate::guard::guard;
use crate::hub::Hub;
use crate::limits::{BODY_BYTES, LISTENERS};
use crate::measure::measure;
use crate::place::Place;
use crate::query::{Selection, is_called, wants_page};
use crate::reject::Reject;
use crate::served::Served;
use crate::shown::Shown;
use crate::turn::{self, ReadBody};
use crate::{asset, body, events, page, reply};

/// What the answers are made from. The hub ends with the router.
#[derive(Debug)]
struct App {
    served: Arc<Served>,
    hub: Hub,
}

type Shared = State<Arc<App>>;

pub(crate) fn routes(served: Served) -> Router {
    let served = Arc::new(served);
    let app = App {
        hub: Hub::new(&*served.set),
        served: Arc::clone(&served),
    };
    Router::new()
        .route("/", get(list))
        .route("/set", post(set))
        .route("/clear", post(clear))
        .route("/events", get(follow))
        .route("/metrics", get(metrics))
        .route("/style.css", get(style))
        .route("/script.js", get(script))
        .route("/{name}", get(one))
        .fallback(nothing)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(middleware::from_fn_with_state(served, guard))
        .with_state(Arc::new(app))
}

/// The flags that the query selects.
async fn list(State(app): Shared, OriginalUri(uri): OriginalUri, headers: HeaderMap) -> Response {
    let query = uri.query().unwrap_or_default();
    let place = Place::list(&uri);
    let shown = Shown::new(&app.served, Selection::of(query), &place);
    if wants_page(query, &headers) {
        shown.page()
    } else {
        reply::json(StatusCode::OK, &shown.listing)
    }
}

/// One flag alone.
async fn one(
    State(app): Shared,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    name: Result<Path<String>, PathRejection>,
) -> Response {
    let Ok(Path(name)) = name else {
        return Reject::bad("the path is no UTF-8 text").into_response();
    };
    let page = wants_page(uri.query().unwrap_or_default(), &headers);
    let place = Place::inside(&uri);
    let flag = app
        .served
        .set
        .list()
        .into_iter()
        .find(|flag| is_called(flag, &name));
    match flag {
        Some(_) if page => Shown::new(&app.served, Selection::one(name), &place).page(),
        Some(flag) => reply::json(StatusCode::OK, &Flag::from(flag)),
        None if page => {
            let shown = Shown::new(&app.served, Selection::default(), &place);
            shown.rejected(&Reject::unknown(&name), &[])
        }
        None => Reject::unknown(&name).into_response(),
    }
}

async fn set(app: Shared, uri: OriginalUri, request: Request) -> Response {
    turned(app, uri, request, body::to_set).await
}

async fn clear(app: Shared, uri: OriginalUri, request: Request) -> Response {
    turned(app, uri, request, body::to_clear).await
}

async fn turned(
    State(app): Shared,
    OriginalUri(uri): OriginalUri,
    request: Request,
    read_body: ReadBody,
) -> Response {
    let headers = request.headers();
    let script = headers.get(CONTENT_TYPE).is_some_and(is_json);
    let page = !script && wants_page(uri.query().unwrap_or_default(), headers);
    let place = Place::inside(&uri);
    let rejected = |reject: Reject, typed: &[(String, String)]| {
        if page {
            let shown = Shown::new(&app.served, Selection::default(), &place);
            shown.rejected(&reject, typed)
        } else {
            reject.into_response()
        }
    };
    let asked = match turn::read(&app.served, &uri, request, read_body).await {
        Ok(asked) => asked,
        Err(reject) => return rejected(reject, &[]),
    };
    match turn::turn(&app.served, &asked).await {
        Ok(outcome) if page => see(&place, &outcome),
        Ok(outcome) => reply::json(StatusCode::OK, &outcome),
        Err(reject) if page => rejected(reject, &asked.body.typed(&app.served.set.list())),
        Err(reject) => reject.into_response(),
    }
}

/// Leads back to the list, to the flag that was set.
fn see(place: &Place, outcome: &Outcome) -> Response {
    let first = outcome.flags.first().map_or("", |flag| &flag.name);
    let anchor: String = form_urlencoded::byte_serialize(first.as_bytes()).collect();
    let location = format!("{}#flag-{}", place.up(), anchor.replace('+', "%20"));
    (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response()
}

async fn follow(State(app): Shared) -> Response {
    let Some(events) = events::events(&app.hub, Arc::clone(&app.served)) else {
        let words = format!("{LISTENERS} clients follow the events already");
        return Reject::new(StatusCode::TOO_MANY_REQUESTS, words).into_response();
    };
    events.into_response()
}

async fn metrics(State(app): Shared) -> Response {
    let families = measure(&*app.served.set, app.served.title.as_deref());
    let text = Exposition(&families).to_string();
    reply::typed(StatusCode::OK, exposition::CONTENT_TYPE, text)
}

async fn style(headers: HeaderMap) -> Response {
    asset::asset(&headers, "text/css; charset=utf-8", page::STYLE)
}

async fn script(headers: HeaderMap) -> Response {
    asset::asset(&headers, "text/javascript; charset=utf-8", page::SCRIPT)
}

async fn nothing() -> Reject {
    Reject::new(StatusCode::NOT_FOUND, "there is nothing here")
}

async fn wrong_method() -> Reject {
    let words = "flags are read with GET, and set or cleared with POST to `set` or `clear`";
    Reject::new(StatusCode::METHOD_NOT_ALLOWED, words)
}
