//! Who may reach the endpoint, and who may read and edit flags.

mod access;
mod authorizer;
mod bearer_token;
mod cross_site;
mod guard;
mod headers;
mod host;
mod read_access;

pub(crate) use access::EditAccess;
pub use authorizer::{Act, Authorizer, Caller, Denied};
pub use bearer_token::{BearerToken, FormToken};
pub(crate) use cross_site::reject_cross_site;
pub(crate) use guard::{SharedAuthorizer, authenticate, authorize};
pub(crate) use headers::add_security_headers;
pub(crate) use host::{AllowedHosts, Host};
pub(crate) use read_access::ReadAccess;
