//! The flags: one of every type that a flag can have.
//!
//! `/work/{user}` uses some of them; the others only show up on the debug page.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Parser, ValueEnum, value_parser};
use dflag::value::{Bytes, Fraction};
use dflag::{DynamicFlags, validate, value};
use dflag_configmap::ConfigMapArgs;
use dflag_tracing::LogFilter;
use serde::Deserialize;

/// The directory that the flags follow on a laptop, from the root of the repository.
pub(crate) const CONFIG_DIR: &str = "examples/server_kube/config";

/// A server whose flags follow a directory.
#[derive(Clone, Parser, DynamicFlags)]
#[command(mut_arg(ConfigMapArgs::DIR, |arg| arg.default_value(CONFIG_DIR)))]
#[flags(validate = Args::check)]
pub(crate) struct Args {
    /// The directory that the flags follow, and commands that judge a ConfigMap or describe the flags.
    #[command(flatten)]
    #[flag(flatten)]
    pub(crate) config: ConfigMapArgs,

    /// Name of the ConfigMap to follow through the Kubernetes API, with the directory as the fallback.
    #[cfg(feature = "kube")]
    #[arg(long)]
    pub(crate) kube: Option<String>,

    /// Create Kubernetes Events when an update is rejected or rolled back, on the pod or on the ConfigMap.
    #[cfg(feature = "kube")]
    #[arg(long, value_parser = ["pod", "configmap"])]
    pub(crate) events: Option<String>,

    /// File for the last good content of that directory, from which the server starts if the content is bad.
    #[arg(long)]
    pub(crate) last_good_file: Option<PathBuf>,

    /// Address to listen on.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub(crate) host: IpAddr,

    /// Port to listen on; 0 chooses a free one.
    #[arg(long, default_value_t = 8080)]
    pub(crate) port: u16,

    /// Address that the debug page listens on.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub(crate) debug_host: IpAddr,

    /// Port that the debug page listens on; 0 chooses a free one.
    #[arg(long, default_value_t = 8081)]
    pub(crate) debug_port: u16,

    /// File with the token for setting flags on the debug page. Without it, only users of this
    /// machine may set flags.
    #[arg(long)]
    pub(crate) set_token_file: Option<PathBuf>,

    /// If static flags are pending restart, exit within this time, so that the Deployment starts the program
    /// again. Without it, they wait for the next restart.
    #[arg(long, value_parser = value::duration())]
    pub(crate) restart_within: Option<Duration>,

    /// Whether flags can be set on the debug page.
    #[arg(long)]
    #[flag(dynamic)]
    pub(crate) has_set: bool,

    /// An integer.
    #[arg(long, default_value_t = 1337, value_parser = value_parser!(i64).range(0..))]
    #[flag(dynamic)]
    pub(crate) example_my_dynamic_int: i64,

    /// Fraction of users whose requests take the new path.
    #[arg(long, default_value = "0")]
    #[flag(dynamic)]
    pub(crate) rollout: Fraction,

    /// Reject requests to `/work`.
    #[arg(long)]
    #[flag(dynamic)]
    pub(crate) maintenance: bool,

    /// Whether responses begin with a greeting.
    #[arg(long, default_value_t = true, action = ArgAction::Set)]
    #[flag(dynamic)]
    pub(crate) greet: bool,

    /// Verbosity of responses; each `-v` adds details.
    #[arg(short, long, action = ArgAction::Count)]
    #[flag(dynamic)]
    pub(crate) verbose: u8,

    /// Tone of the greeting.
    #[arg(long, value_enum, default_value_t = Tone::Plain)]
    #[flag(dynamic)]
    pub(crate) tone: Tone,

    /// What is logged: a level, or directives such as `info,dflag_configmap=debug`.
    #[arg(long, default_value = "info", env = "RUST_LOG")]
    #[flag(dynamic)]
    pub(crate) log_level: LogFilter,

    /// Message of the day, if there is one.
    #[arg(long)]
    #[flag(dynamic, validate = validate::some(validate::max_len(80)))]
    pub(crate) message: Option<String>,

    /// Upstreams, in order of preference.
    #[arg(long, value_delimiter = ',', default_value = "localhost:9000")]
    #[flag(dynamic, validate = validate::min_len(1))]
    pub(crate) upstream: Vec<String>,

    /// Enabled experiments.
    #[arg(long, default_value = "", value_parser = value::string_set())]
    #[flag(dynamic)]
    pub(crate) experiments: BTreeSet<String>,

    /// Longest time for one request, such as `1m30s`.
    #[arg(long, default_value = "5s", value_parser = value::duration())]
    #[flag(dynamic)]
    pub(crate) request_timeout: Duration,

    /// An arbitrary JSON struct.
    #[arg(long, default_value = r#"{"policy":"allow","rate":50}"#, value_parser = value::json::<Policy>())]
    #[flag(dynamic)]
    pub(crate) example_my_dynamic_json: Policy,

    /// The page's icon; base64 on the command line, raw bytes in a file.
    #[arg(long, default_value = "")]
    #[flag(dynamic)]
    pub(crate) icon: Bytes,

    /// Token for the upstreams.
    #[arg(long, default_value = "", env = "UPSTREAM_TOKEN")]
    #[flag(dynamic, secret)]
    pub(crate) upstream_token: String,

    /// Region that the server is in.
    #[arg(long, default_value = "local", env = "SERVER_KUBE_REGION")]
    #[flag(dynamic, validate = validate::matches("^[a-z0-9-]+$"))]
    pub(crate) region: String,

    #[command(flatten)]
    #[flag(flatten)]
    pub(crate) limits: Limits,
}

impl Args {
    fn check(&self) -> Result<(), String> {
        let Limits { in_flight, client } = &self.limits;
        if client.client_in_flight > *in_flight {
            return Err(format!(
                "one client's {} requests in flight are more than all clients' {in_flight}",
                client.client_in_flight,
            ));
        }
        Ok(())
    }
}

/// Limits of the server.
#[derive(Clone, clap::Args, DynamicFlags)]
pub(crate) struct Limits {
    /// Most requests in flight.
    #[arg(long, default_value_t = 100)]
    #[flag(dynamic)]
    pub(crate) in_flight: u32,

    #[command(flatten)]
    #[flag(flatten)]
    pub(crate) client: ClientLimits,
}

/// Limits for one client.
#[derive(Clone, clap::Args, DynamicFlags)]
pub(crate) struct ClientLimits {
    /// Most requests in flight of one client.
    #[arg(long, default_value_t = 10)]
    #[flag(dynamic)]
    pub(crate) client_in_flight: u32,
}

/// What happens to requests, and how many are allowed a second.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Policy {
    pub(crate) policy: Verdict,
    pub(crate) rate: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    Allow,
    Deny,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub(crate) enum Tone {
    Plain,
    Casual,
    Formal,
}

impl Tone {
    /// The greeting in this tone.
    pub(crate) fn greeting(self) -> &'static str {
        match self {
            Self::Plain => "hello",
            Self::Casual => "hi",
            Self::Formal => "good day",
        }
    }
}
