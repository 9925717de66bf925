//! A program that edits its arguments after parsing: one argument implies others, values are clamped, and a
//! field is computed from flags.

use clap::{ArgAction, Parser};
use dflag::DynamicFlags;
use dflag_configmap as configmap;

use crate::config_map::{ConfigMap, eventually};
use crate::help;

#[derive(Clone, Debug, Parser, DynamicFlags)]
#[command(name = "keeper")]
#[flags(finish = Args::normalize)]
struct Args {
    /// Log errors only.
    #[arg(long, action = ArgAction::SetTrue)]
    #[flag(dynamic)]
    quiet: bool,

    #[arg(long, default_value = "info")]
    #[flag(dynamic)]
    log_level: String,

    #[arg(long, default_value_t = 4)]
    #[flag(dynamic)]
    workers: usize,

    #[arg(long, default_value = "127.0.0.1:5454")]
    listen: String,

    /// Defaults to the address to listen on.
    #[arg(long)]
    advertise: Option<String>,

    /// Requests in flight, over all workers.
    #[arg(skip)]
    in_flight: usize,
}

const MAX_WORKERS: usize = 8;

impl Args {
    fn normalize(&mut self) {
        if self.quiet {
            self.log_level = "error".into();
        }
        self.workers = self.workers.min(MAX_WORKERS);
        self.in_flight = self.workers * 10;
        if self.advertise.is_none() {
            self.advertise = Some(self.listen.clone());
        }
    }
}

#[test]
fn every_candidate_is_edited() {
    let mut map = ConfigMap::mounted(&[("workers", "64")]);
    let args = Args::try_parse_dynamic_from(["keeper"]).unwrap();
    let updater = configmap::setup(&args, map.path()).unwrap();
    assert_eq!(args.workers.get(), MAX_WORKERS);
    assert_eq!(args.load().in_flight, 80);
    assert_eq!(args.load().advertise.as_deref(), Some("127.0.0.1:5454"));
    let workers = args.flag("workers").unwrap();
    assert_eq!(workers.value.as_deref(), Some("8"));
    assert!(workers.adjusted);

    map.apply(&[("workers", "2"), ("quiet", "true")]);
    eventually(|| args.workers.get() == 2);
    assert_eq!(args.log_level.get(), "error");
    assert_eq!(args.load().in_flight, 20);
    assert!(!args.flag("workers").unwrap().adjusted);

    // Each time the values are those of the layers again, not the result of the last edit.
    map.apply(&[]);
    eventually(|| args.log_level.get() == "info");
    assert_eq!(args.workers.get(), 4);
    assert!(updater.status().last_error.is_none());
}

#[test]
fn help_is_unchanged() {
    help::is_unchanged::<Args>(&[]);
}
