//! Who may reach the endpoint, and who may edit flags.

mod access;
mod authorizer;
mod bearer_token;
mod cross_site;
mod headers;
mod host;

pub(crate) use access::EditAccess;
pub use authorizer::{Authorizer, Caller, Denied};
pub use bearer_token::{BearerToken, FormToken};
pub(crate) use cross_site::reject_cross_site;
pub(crate) use headers::add_security_headers;
pub(crate) use host::{AllowedHosts, Host};
