//! The program of the scenarios, as `test` in `tests/go/scenarios.go`.

use std::fmt::{self, Display};
use std::time::Duration;

use clap::Parser;
use dflag::{DynamicFlags, Flags};
use dflag_configmap::Updater;
use dflag_tests::kubelet::Volume;
use dflag_tests::wait;
use tempfile::TempDir;

/// The values that the flags have in the end, where those are the outcome.
pub(crate) struct Values(pub(crate) u16, pub(crate) i64, pub(crate) i64);

impl Display for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "port {}, limit {}, other {}", self.0, self.1, self.2)
    }
}

#[derive(Clone, Debug, Parser, DynamicFlags)]
pub(crate) struct Args {
    #[arg(long, default_value_t = 8080)]
    pub(crate) port: u16,

    #[arg(long, default_value_t = 1)]
    #[flag(dynamic, validate = dflag::validate::range(0..=100))]
    pub(crate) limit: i64,

    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    pub(crate) other_limit: i64,

    #[arg(long)]
    #[flag(dynamic)]
    pub(crate) verbose: bool,
}

/// A program with a directory of its own.
pub(crate) struct Program {
    pub(crate) args: Flags<Args>,
    pub(crate) updater: Updater,
    pub(crate) volume: Volume,
    pub(crate) parent: TempDir,
}

impl Program {
    pub(crate) fn new() -> Self {
        let parent = tempfile::tempdir().unwrap();
        let volume = Volume::create(parent.path().join("flags")).unwrap();
        let args = Args::try_parse_dynamic_from(["server"]).unwrap();
        let updater = Updater::new(&args, volume.root()).unwrap();
        Self {
            args,
            updater,
            volume,
            parent,
        }
    }

    /// A program that has read the files.
    pub(crate) fn start(files: &[(&str, &str)]) -> Self {
        let mut program = Self::new();
        program.write(files);
        program.updater.initialize().unwrap();
        program
    }

    /// A program that follows a volume with the files.
    pub(crate) fn follow(files: &[(&str, &str)]) -> Self {
        let program = Self::start(files);
        program.updater.start().unwrap();
        program
    }

    pub(crate) fn run(&self) {
        self.updater.initialize().unwrap();
        self.updater.start().unwrap();
    }

    pub(crate) fn write(&mut self, files: &[(&str, &str)]) {
        let files: Vec<_> = files
            .iter()
            .map(|(name, text)| (*name, text.as_bytes()))
            .collect();
        self.volume.write(&files).unwrap();
    }

    /// Writes a generation and reads it, whether it is applied or rejected.
    pub(crate) fn update(&mut self, files: &[(&str, &str)]) {
        self.write(files);
        let _ = self.updater.reload();
    }

    pub(crate) fn wait_for_limit(&self, limit: i64) {
        wait::until(Duration::from_secs(20), "the update", || {
            self.args.limit.get() == limit
        });
    }

    pub(crate) fn values(&self) -> String {
        let now = self.args.load();
        Values(now.port, now.limit, now.other_limit).to_string()
    }
}
