//! Admission: what the API server rejects, because of a policy or by itself, the program would reject.
//!
//! Most of it needs a [real API server](dflag_tests::api_server).

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]

mod args;
mod cluster;
mod generated;
mod limits;
mod manifests;
mod options;
mod property;
mod requests;
mod texts;
mod values;

use cluster::Cluster;

/// All tests share a server, whose start takes longest.
#[test]
fn server_rejects_what_the_program_would_reject() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    manifests::all(&cluster);
    values::all(&cluster);
    requests::all(&cluster);
    options::all(&cluster);
    property::all(&cluster);
    limits::all(&cluster);
}
