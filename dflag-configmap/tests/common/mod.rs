//! Shared by the tests: flags, a volume that is updated as kubelet does it, and waiting.
#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    missing_debug_implementations
)] // each test uses a part

pub mod log;
pub mod process;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::Parser;
use dflag::DynamicFlags;
use dflag_configmap::{Builder, Status, Updater};

/// One static flag, three dynamic ones.
#[derive(Clone, Debug, Parser, DynamicFlags)]
pub struct Args {
    /// Fixed once the program has started.
    #[arg(long, default_value_t = 8080)]
    pub port: u16,

    /// A number.
    #[arg(long, default_value_t = 0)]
    #[flag(dynamic)]
    pub a: u32,

    /// Another number.
    #[arg(long, default_value_t = 0)]
    #[flag(dynamic)]
    pub b: u32,

    /// A text.
    #[arg(long, default_value = "none")]
    #[flag(dynamic)]
    pub text: String,

    /// Never shown.
    #[arg(long, default_value_t = 0)]
    #[flag(dynamic, secret)]
    pub pin: u32,
}

pub fn args() -> dflag::Flags<Args> {
    args_from(["test"])
}

pub fn args_from<const N: usize>(line: [&str; N]) -> dflag::Flags<Args> {
    Args::try_parse_dynamic_from(line).unwrap()
}

/// A directory in memory, where there is such a file system.
pub fn memory_dir() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap())
}

/// A builder for fast tests. The timer is slow, so that these tests pass only by events.
pub fn builder(args: &dflag::Flags<Args>, directory: impl AsRef<Path>) -> Builder {
    Updater::builder(args, directory)
        .rescan_every(Duration::from_secs(20))
        .settle(Duration::from_millis(20))
}

/// Builds, initializes and starts an updater.
pub fn follow(builder: Builder) -> Updater {
    let updater = builder.build().unwrap();
    updater.initialize().unwrap();
    updater.start().unwrap();
    updater
}

/// Waits until `condition` holds, for less than the period of [`builder`].
#[track_caller]
pub fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !condition() {
        assert!(Instant::now() < deadline, "timed out waiting for {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Waits for several scans, so that a record of each scan would be noticed.
pub fn several_scans(updater: &Updater) {
    for _ in 0..10 {
        next_scan(updater);
    }
}

/// Waits for the next scan of `updater`, and returns its status.
#[track_caller]
pub fn next_scan(updater: &Updater) -> Status {
    let before = updater.status().last_scan;
    until("another scan", || updater.status().last_scan > before);
    updater.status()
}

/// Waits until `updater` has not scanned for a while, so that all events have been handled.
#[track_caller]
pub fn until_idle(updater: &Updater) {
    let (mut last, mut since) = (updater.status().last_scan, Instant::now());
    until("idleness", || {
        let last_scan = updater.status().last_scan;
        if last_scan != last {
            (last, since) = (last_scan, Instant::now());
        }
        since.elapsed() > Duration::from_millis(50)
    });
}

/// The text of an error with all its causes.
pub fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

/// The text of the last error of `updater`; empty if there is none.
pub fn last_error(updater: &Updater) -> String {
    updater
        .status()
        .last_error
        .map_or_else(String::new, |error| with_causes(&*error))
}

/// A mounted ConfigMap, updated in kubelet's order.
pub struct Volume {
    pub path: PathBuf,
    generation: u32,
    keys: Vec<String>,
}

impl Volume {
    /// Creates the directory and publishes `files`.
    pub fn new(path: impl Into<PathBuf>, files: &[(&str, &str)]) -> Self {
        let path = path.into();
        fs::create_dir_all(&path).unwrap();
        let mut volume = Self {
            path,
            generation: 0,
            keys: Vec::new(),
        };
        volume.publish(files);
        volume
    }

    /// Creates the links of `keys` in the directory `path`, and no content.
    pub fn unfilled(path: impl Into<PathBuf>, keys: &[&str]) -> Self {
        let path = path.into();
        for key in keys {
            symlink(Path::new("..data").join(key), path.join(key)).unwrap();
        }
        Self {
            path,
            generation: 0,
            keys: keys.iter().map(ToString::to_string).collect(),
        }
    }

    pub fn publish(&mut self, files: &[(&str, &str)]) {
        let files: Vec<_> = files
            .iter()
            .map(|(key, value)| (*key, value.as_bytes()))
            .collect();
        self.publish_bytes(&files);
    }

    pub fn publish_bytes(&mut self, files: &[(&str, &[u8])]) {
        let old = fs::read_link(self.path.join("..data")).ok();
        self.swap(files);
        for (key, _) in files {
            if !self.keys.iter().any(|known| known == key) {
                symlink(Path::new("..data").join(key), self.path.join(key)).unwrap();
                self.keys.push((*key).to_owned());
            }
        }
        let path = &self.path;
        self.keys.retain(|key| {
            let stays = files.iter().any(|(name, _)| name == key);
            if !stays {
                fs::remove_file(path.join(key)).unwrap();
            }
            stays
        });
        if let Some(old) = old {
            fs::remove_dir_all(self.path.join(old)).unwrap();
        }
    }

    /// Publishes `files` up to the rename and no further, as if kubelet had died right after it.
    pub fn swap(&mut self, files: &[(&str, &[u8])]) {
        self.generation += 1;
        let name = format!("..2026_01_01_00_00_00.{:09}", self.generation);
        fs::create_dir(self.path.join(&name)).unwrap();
        for (key, value) in files {
            fs::write(self.path.join(&name).join(key), value).unwrap();
        }
        symlink(&name, self.path.join("..data_tmp")).unwrap();
        fs::rename(self.path.join("..data_tmp"), self.path.join("..data")).unwrap();
    }
}

/// A command that runs the test `name` of this binary in a new process, with `variable` set to 1.
pub fn rerun(name: &str, variable: &str) -> std::process::Command {
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        .env(variable, "1");
    command
}

pub fn is_rerun(variable: &str) -> bool {
    std::env::var_os(variable).is_some()
}

pub fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata("/proc/self").is_ok_and(|of_process| of_process.uid() == 0)
}

/// Sets its variable when it is dropped, so that a thread which waits for that ends even if a test fails.
pub struct SetOnDrop<'a>(pub &'a AtomicBool);

impl Drop for SetOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Runs `test` beside a thread that replaces the file `name` by renames, without a pause and always with
/// the same content. The thread ends with the test, also if that fails.
pub fn beside_a_writer_without_a_pause(directory: &Path, name: &str, test: impl FnOnce()) {
    let (new, file) = (directory.join(".new"), directory.join(name));
    fs::write(&file, "v").unwrap();
    let end = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !end.load(Ordering::Relaxed) {
                fs::write(&new, "v").unwrap();
                fs::rename(&new, &file).unwrap();
            }
        });
        let _end = SetOnDrop(&end);
        test();
    });
}
