//! The short way to `ConfigMapArgs`: one call parses the command line, lets the ConfigMap supply the required flag, and
//! follows the directory. In `server_kube`, the updater has options that depend on flags.
//!
//! ```text
//! cargo run --bin commands -- --config-check examples/commands/configmap.yaml
//! ```

#![expect(clippy::print_stdout, reason = "the example prints a flag")]

use clap::{Parser, ValueEnum};
use dflag::DynamicFlags;
use dflag_configmap::ConfigMapArgs;

/// A server whose limits can be changed without a restart.
#[derive(Clone, Parser, DynamicFlags)]
struct Args {
    #[command(flatten)]
    #[flag(flatten)]
    config: ConfigMapArgs,

    /// Port to listen on.
    #[arg(long, default_value_t = 8080)]
    port: u16,

    /// The database.
    #[arg(long)]
    dsn: String,

    /// Fraction of requests that take the new path.
    #[arg(long, default_value_t = 0.0)]
    #[flag(dynamic, validate = dflag::validate::range(0.0..=1.0))]
    rollout: f64,

    /// What happens to a request that is over the limit.
    #[arg(long, value_enum, default_value_t = Overload::Reject)]
    #[flag(dynamic)]
    overload: Overload,

    /// Token for the upstream.
    #[arg(long, default_value = "")]
    #[flag(dynamic, secret)]
    upstream_token: String,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum Overload {
    Reject,
    Queue,
}

fn main() {
    let (args, _updater) = ConfigMapArgs::parse::<Args>();
    println!("rollout is {}", args.rollout.get());
}
