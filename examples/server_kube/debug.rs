//! The debug page, on a port for operators only.

use axum::Router;
use axum::http::request::Parts;
use dflag::Flags;
use dflag_endpoint::{BearerToken, Caller, Endpoint};

use crate::args::Args;

/// The path of the page.
pub(crate) const PATH: &str = "/debug/flags";

pub(crate) fn routes(args: &Flags<Args>) -> Router {
    let now = args.load();
    let has_set = args.has_set.clone();
    let endpoint = Endpoint::new(args)
        .title("server_kube")
        .version(env!("CARGO_PKG_VERSION"))
        .setting_while(move || has_set.get());
    let endpoint = match &now.set_token_file {
        Some(file) => endpoint.allow_setting(BearerToken::file(file)),
        // Only this machine can reach a loopback address.
        None if now.debug_host.is_loopback() => {
            endpoint.allow_setting(|_: &Parts| Ok(Caller::new("local user")))
        }
        None => endpoint,
    };
    Router::new().nest_service(PATH, endpoint.router())
}
