//! Flags with a level, and a subscriber's layer that records what reaches it.

#![allow(dead_code, reason = "each test program uses a part of this")]

use std::process::{Command, Output};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use clap::Parser;
use dflag::{DynamicFlags, Flags};
use dflag_tracing::LogArgs;
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

#[derive(Clone, Debug, Parser, DynamicFlags)]
#[command(name = "server")]
pub(crate) struct Args {
    #[command(flatten)]
    #[flag(flatten)]
    pub(crate) log: LogArgs,
}

/// Flags with this level, whatever the environment says.
pub(crate) fn args(level: &str) -> Flags<Args> {
    Args::try_parse_dynamic_from(["server", "--log-level", level]).unwrap()
}

/// One test at a time: what `tracing` caches about a callsite may be wrong if several threads rebuild the cache.
pub(crate) fn serially() -> MutexGuard<'static, ()> {
    static SERIAL: Mutex<()> = Mutex::new(());
    SERIAL.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Records a line for each event: target, level and the spans around it.
#[derive(Clone, Default)]
pub(crate) struct Recorder(Arc<Mutex<Vec<String>>>);

impl Recorder {
    /// The lines since the last call.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Recorder {
    fn on_event(&self, event: &Event<'_>, ctx: Context<'_, S>) {
        let spans: Vec<_> = ctx
            .event_scope(event)
            .into_iter()
            .flatten()
            .map(|span| span.name())
            .collect();
        let meta = event.metadata();
        let line = format!("{} {} {}", meta.target(), meta.level(), spans.join(" "));
        self.0.lock().unwrap().push(line.trim_end().to_owned());
    }
}

/// Runs an ignored test of this program in a process of its own, without variables that matter to the level.
pub(crate) fn run_test(name: &str, variables: &[(&str, &str)]) -> (Output, String) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--ignored", "--nocapture"])
        .env_remove("RUST_LOG")
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    (output, stderr)
}
