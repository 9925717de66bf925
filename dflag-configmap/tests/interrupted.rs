//! Programs that end while an update is on probation, and what their next starts do.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // test helpers may panic as well

mod common;

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use clap::Parser;
use common::{Args, Volume, args, builder, follow, last_error, next_scan, rerun, until};
use dflag::{DynamicFlags, FlagSet, Flags, OnInvalid, Outcome};
use dflag_configmap::{Builder, LastGoodFile, OnBadStart, StartedFrom, Updater};

/// Longer than any test.
const LONG: Duration = Duration::from_secs(3600);

/// The folder of the pod of a process of its own.
const POD: &str = "DFLAG_TEST_POD";

/// A directory of flags, of which `a` is 2 and good, and a place for the last-good file.
struct Pod {
    folder: tempfile::TempDir,
}

impl Pod {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("flags")).unwrap();
        fs::create_dir(folder.path().join("state")).unwrap();
        let pod = Self { folder };
        pod.write("2");
        pod
    }

    fn write(&self, a: &str) {
        fs::write(self.flags().join("a"), a).unwrap();
    }

    fn flags(&self) -> PathBuf {
        self.folder.path().join("flags")
    }

    fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// Starts the program, which is healthy while `is_healthy` is set.
    fn start(&self, is_healthy: &Arc<AtomicBool>) -> Program {
        let args = args();
        let health = health(is_healthy);
        let updater = follow(on_probation(&args, self.folder.path(), health));
        Program { args, updater }
    }

    /// Runs the program with an update that fails its probation, until that is rolled back.
    fn run_with_an_update_that_fails(&self, a: u32) {
        let is_healthy = healthy();
        let program = self.start(&is_healthy);
        self.write(&a.to_string());
        program.until_on_probation_with(a);
        is_healthy.store(false, Ordering::SeqCst);
        until("the rollback", || program.updater.status().rollbacks == 1);
    }

    /// Lets a process crash while `a` is 3, on probation. `name` is the test, which calls [`crash_if_child`].
    fn crash(&self, name: &str) {
        let mut child = rerun(name, "DFLAG_TEST_CRASH");
        let output = child.env(POD, self.folder.path()).output().unwrap();
        assert_eq!(output.status.signal(), Some(6), "{output:?}");
    }
}

struct Program {
    args: Flags<Args>,
    updater: Updater,
}

impl Program {
    fn reason(&self) -> String {
        let start = self.updater.status().bad_start;
        start.map_or_else(String::new, |start| start.reason)
    }

    fn until_on_probation_with(&self, a: u32) {
        until("the probation", || {
            self.args.a.get() == a && self.updater.status().probation.is_some()
        });
    }

    /// Waits for some health checks and scans, and asserts that `a` stays what it is.
    fn stays_at(&self, a: u32) {
        for _ in 0..5 {
            next_scan(&self.updater);
            assert_eq!(self.args.a.get(), a);
        }
    }
}

fn healthy() -> Arc<AtomicBool> {
    Arc::new(AtomicBool::new(true))
}

fn health(is_healthy: &Arc<AtomicBool>) -> impl Fn() -> Result<(), String> + Send + Sync + 'static {
    let is_healthy = Arc::clone(is_healthy);
    move || {
        let is_healthy = is_healthy.load(Ordering::SeqCst);
        is_healthy
            .then_some(())
            .ok_or_else(|| "not serving".to_owned())
    }
}

fn on_probation(
    args: impl Into<Arc<dyn FlagSet>>,
    folder: &Path,
    health: impl Fn() -> Result<(), String> + Send + Sync + 'static,
) -> Builder {
    Updater::builder(args, folder.join("flags"))
        .settle(Duration::from_millis(20))
        .rescan_every(Duration::from_millis(30))
        .probation(LONG, health)
        .health_period(Duration::from_millis(10))
        .last_good_file(LastGoodFile::new(folder.join("state/last-good")))
}

/// In a process of its own, crashes while `a` is 3, on probation.
fn crash_if_child() {
    let Some(folder) = std::env::var_os(POD) else {
        return;
    };
    let (args, folder) = (args(), Path::new(&folder));
    let updater = follow(on_probation(&args, folder, || Ok(())));
    fs::write(folder.join("flags/a"), "3").unwrap();
    until("the probation", || {
        args.a.get() == 3 && updater.status().probation.is_some()
    });
    std::process::abort();
}

#[test]
fn interrupted_update_is_tried_again_as_soon_as_the_program_is_healthy() {
    crash_if_child();
    let pod = Pod::new();
    pod.crash("interrupted_update_is_tried_again_as_soon_as_the_program_is_healthy");

    let is_healthy = Arc::new(AtomicBool::new(false));
    let args = args();
    let (sender, rejections) = mpsc::channel();
    let _subscription = args.on_reject(move |update| {
        sender.send(update.clone()).ok();
    });
    let updater = follow(on_probation(&args, pod.folder.path(), health(&is_healthy)));
    let program = Program { args, updater };
    program.stays_at(2);
    let reason = program.reason();
    assert!(reason.contains("was on probation"), "{reason}");
    assert!(
        reason.contains("tried again as soon as a health check succeeds"),
        "{reason}"
    );
    assert!(last_error(&program.updater).contains("was on probation"));
    let warnings = program.args.sources()[0].warnings.join("\n");
    assert!(warnings.contains("tried again"), "{warnings}");
    let held = rejections.try_recv().unwrap();
    assert_eq!(held.outcome, Outcome::HeldBack);
    assert!(
        held.to_string()
            .contains("held back, all flags keep their values: the program"),
        "{held}"
    );
    assert!(rejections.try_recv().is_err(), "it is reported once");

    is_healthy.store(true, Ordering::SeqCst);
    program.until_on_probation_with(3);
    let status = program.updater.status();
    assert!(status.bad_start.unwrap().recovered_at.is_some());
    assert!(status.last_error.is_none());
    // It is an update like any other.
    is_healthy.store(false, Ordering::SeqCst);
    until("the rollback", || program.updater.status().rollbacks == 1);
    assert_eq!(program.args.a.get(), 2);
    let rolled_back = rejections.recv_timeout(Duration::from_secs(10)).unwrap();
    assert_eq!(rolled_back.outcome, Outcome::RolledBack);
    drop(program);
    // What failed is not tried again.
    let program = pod.start(&healthy());
    program.stays_at(2);
    assert!(program.reason().contains("failed its probation"));
}

#[test]
fn healthy_program_does_not_wait_for_the_timer_to_try_an_update_again() {
    crash_if_child();
    let pod = Pod::new();
    pod.crash("healthy_program_does_not_wait_for_the_timer_to_try_an_update_again");
    let args = args();
    let builder = on_probation(&args, pod.folder.path(), || Ok(()));
    let updater = follow(builder.rescan_every(LONG));
    let program = Program { args, updater };
    program.until_on_probation_with(3);
}

#[test]
fn update_that_was_interrupted_by_two_crashes_is_held_back_until_it_changes() {
    crash_if_child();
    let name = "update_that_was_interrupted_by_two_crashes_is_held_back_until_it_changes";
    let pod = Pod::new();
    pod.crash(name);
    // Stops do not count as crashes, and do not undo one.
    for _ in 0..3 {
        let program = pod.start(&healthy());
        program.until_on_probation_with(3);
    }
    pod.crash(name);
    let program = pod.start(&healthy());
    program.stays_at(2);
    let reason = program.reason();
    assert!(
        reason.contains("ended 5 times while this content was on probation"),
        "{reason}"
    );
    drop(program);

    let program = pod.start(&healthy());
    program.stays_at(2);
    program.updater.reload().unwrap();
    program.until_on_probation_with(3);
    drop(program);
    let program = pod.start(&healthy());
    program.stays_at(2);
    drop(program);
    pod.write("4");
    let program = pod.start(&healthy());
    assert_eq!(program.args.a.get(), 4);
    assert!(program.updater.status().bad_start.is_none());
}

#[test]
fn update_is_not_interrupted_by_stops_forever() {
    let pod = Pod::new();
    drop(pod.start(&healthy()));
    // As one does whose main function returns because of the update.
    for stops in 0..10 {
        let program = pod.start(&healthy());
        pod.write("3");
        program.until_on_probation_with(3);
        if stops % 2 == 0 {
            program.updater.stop().unwrap();
        }
    }
    let program = pod.start(&healthy());
    program.stays_at(2);
    assert!(
        program.reason().contains("10 times"),
        "{}",
        program.reason()
    );
}

#[test]
fn unhealthy_stop_and_panic_count_as_crashes() {
    let pod = Pod::new();
    let is_healthy = healthy();
    let program = pod.start(&is_healthy);
    pod.write("3");
    program.until_on_probation_with(3);
    let panicking = std::thread::spawn(move || {
        let _dropped = program;
        panic!("on purpose");
    });
    panicking.join().unwrap_err();

    let args = args();
    let fails_once = Arc::new(AtomicBool::new(false));
    let fails = Arc::clone(&fails_once);
    // Three failures would be a rollback.
    let health = move || {
        let fails = fails.swap(false, Ordering::SeqCst);
        (!fails)
            .then_some(())
            .ok_or_else(|| "not serving".to_owned())
    };
    let builder = on_probation(&args, pod.folder.path(), health);
    let updater = follow(builder.health_period(Duration::from_secs(1)));
    let program = Program { args, updater };
    program.until_on_probation_with(3);
    fails_once.store(true, Ordering::SeqCst);
    until("a failure", || {
        let probation = program.updater.status().probation;
        probation.is_some_and(|probation| probation.failures == 1)
    });
    drop(program);

    let program = pod.start(&healthy());
    program.stays_at(2);
    assert!(program.reason().contains("2 times"), "{}", program.reason());
}

#[test]
fn probation_that_is_begun_anew_by_a_start_can_crash() {
    let name = "probation_that_is_begun_anew_by_a_start_can_crash";
    if let Some(folder) = std::env::var_os(POD) {
        let (args, folder) = (args(), Path::new(&folder));
        let updater = follow(on_probation(&args, folder, || Ok(())));
        fs::write(folder.join("flags/a"), "3").unwrap();
        for _ in 0..2 {
            until("the probation", || updater.status().probation.is_some());
            updater.stop().unwrap();
            updater.start().unwrap();
        }
        std::process::abort();
    }
    let pod = Pod::new();
    pod.crash(name);
    let file = fs::read_to_string(pod.state().join("last-good")).unwrap();
    assert!(file.contains(" on-probation 1 0\n"), "{file}");
}

#[test]
fn update_that_failed_is_not_tried_again_if_its_rollback_crashes() {
    let name = "update_that_failed_is_not_tried_again_if_its_rollback_crashes";
    if let Some(folder) = std::env::var_os(POD) {
        let (args, folder) = (args(), Path::new(&folder));
        let a = args.a.clone();
        let health = move || match a.get() {
            3 => Err("broken".to_owned()),
            _ => Ok(()),
        };
        let _updater = follow(on_probation(&args, folder, health));
        args.a
            .on_change(|old, _| {
                if *old == 3 {
                    std::process::abort();
                }
            })
            .detach();
        fs::write(folder.join("flags/a"), "3").unwrap();
        until("the crash", || false);
    }
    let pod = Pod::new();
    pod.crash(name);
    let program = pod.start(&healthy());
    program.stays_at(2);
    assert!(program.reason().contains("failed its probation"));
}

#[test]
fn update_is_not_tried_again_while_the_attempt_can_not_be_recorded() {
    crash_if_child();
    let pod = Pod::new();
    pod.crash("update_is_not_tried_again_while_the_attempt_can_not_be_recorded");
    let is_healthy = Arc::new(AtomicBool::new(false));
    let program = pod.start(&is_healthy);
    let moved = pod.folder.path().join("moved");
    fs::rename(pod.state(), &moved).unwrap();
    is_healthy.store(true, Ordering::SeqCst);
    until("the error", || {
        program.updater.status().last_good_error.is_some()
    });
    program.stays_at(2);
    fs::rename(&moved, pod.state()).unwrap();
    program.until_on_probation_with(3);
}

#[test]
fn other_content_is_applied_in_place_of_what_is_held_back() {
    crash_if_child();
    let pod = Pod::new();
    pod.crash("other_content_is_applied_in_place_of_what_is_held_back");
    let is_healthy = Arc::new(AtomicBool::new(false));
    let program = pod.start(&is_healthy);
    let file = || fs::read_to_string(pod.state().join("last-good")).unwrap();
    let before = file();
    // A typo does not end the wait, and is not what is tried.
    pod.write("many");
    until("the rejection", || program.updater.status().rejected == 1);
    is_healthy.store(true, Ordering::SeqCst);
    program.stays_at(2);
    assert_eq!(file(), before);
    pod.write("5");
    program.until_on_probation_with(5);
}

#[test]
fn start_without_initialize_begins_from_the_last_good_content() {
    crash_if_child();
    let pod = Pod::new();
    pod.crash("start_without_initialize_begins_from_the_last_good_content");
    let args = args();
    let is_healthy = Arc::new(AtomicBool::new(false));
    let builder = on_probation(&args, pod.folder.path(), health(&is_healthy));
    let updater = builder.build().unwrap();
    updater.start().unwrap();
    let program = Program { args, updater };
    program.stays_at(2);
    let bad_start = program.updater.status().bad_start.unwrap();
    assert!(matches!(
        bad_start.started_from,
        StartedFrom::LastGood { .. }
    ));
    is_healthy.store(true, Ordering::SeqCst);
    program.until_on_probation_with(3);
}

#[test]
fn update_that_failed_is_held_back_if_it_appears_after_the_start() {
    let pod = Pod::new();
    fs::remove_file(pod.flags().join("a")).unwrap();
    let mut volume = Volume::new(pod.flags(), &[("a", "2")]);
    let is_healthy = healthy();
    let program = pod.start(&is_healthy);
    volume.publish(&[("a", "3")]);
    program.until_on_probation_with(3);
    is_healthy.store(false, Ordering::SeqCst);
    until("the rollback", || program.updater.status().rollbacks == 1);
    drop(program);
    let until_held = |program: &Program| {
        until("the content", || {
            last_error(&program.updater).contains("failed its probation")
        });
        program.stays_at(2);
    };

    // The directory is absent at the start.
    let (moved, file) = (
        pod.folder.path().join("moved"),
        pod.state().join("last-good"),
    );
    fs::rename(pod.flags(), &moved).unwrap();
    let args = args();
    let policy = OnBadStart::LastGood(LastGoodFile::new(&file));
    let builder = on_probation(&args, pod.folder.path(), || Ok(()));
    let updater = follow(builder.on_bad_start(policy));
    assert_eq!(args.a.get(), 2);
    fs::rename(&moved, pod.flags()).unwrap();
    until_held(&Program { args, updater });

    // It is a volume that is not filled.
    fs::remove_dir_all(pod.flags()).unwrap();
    fs::create_dir(pod.flags()).unwrap();
    let mut volume = Volume::unfilled(pod.flags(), &["a"]);
    let before = fs::read(&file).unwrap();
    let program = pod.start(&healthy());
    assert!(program.updater.status().is_unfilled);
    assert_eq!(fs::read(&file).unwrap(), before, "it is not kept");
    volume.swap(&[("a", b"3")]);
    until_held(&program);
}

#[test]
fn program_without_a_probation_applies_what_was_interrupted_and_not_what_failed() {
    crash_if_child();
    let name = "program_without_a_probation_applies_what_was_interrupted_and_not_what_failed";
    let pod = Pod::new();
    let start = || {
        let args = args();
        let file = LastGoodFile::new(pod.state().join("last-good"));
        let updater = follow(builder(&args, pod.flags()).last_good_file(file));
        (args, updater)
    };
    pod.crash(name);
    let (args, updater) = start();
    assert_eq!(args.a.get(), 3);
    assert!(updater.status().bad_start.is_none());
    drop(updater);

    pod.run_with_an_update_that_fails(7);
    let (args, updater) = start();
    assert_eq!(args.a.get(), 3);
    assert!(updater.status().bad_start.is_some());
}

#[derive(Clone, Parser, DynamicFlags)]
#[flags(validate = WithPin::check)]
struct WithPin {
    #[arg(long, default_value_t = 0)]
    #[flag(dynamic)]
    a: u32,

    #[arg(long, default_value_t = 0)]
    #[flag(dynamic, secret)]
    pin: u32,
}

impl WithPin {
    fn check(&self) -> Result<(), String> {
        let is_valid = self.a == 0 || self.pin > 0;
        is_valid
            .then_some(())
            .ok_or_else(|| "`a` needs a pin".to_owned())
    }
}

/// The file omits the pin, so that a start from it is impossible.
#[test]
fn interrupted_update_is_applied_if_the_last_good_content_can_not_be() {
    let pod = Pod::new();
    fs::write(pod.flags().join("pin"), "5").unwrap();
    let start = || {
        let args = WithPin::try_parse_dynamic_from(["test"]).unwrap();
        let updater = on_probation(&args, pod.folder.path(), || Ok(())).setup();
        updater.map(|updater| (args, updater))
    };
    let (args, updater) = start().unwrap();
    pod.write("3");
    until("the probation", || {
        args.a.get() == 3 && updater.status().probation.is_some()
    });
    drop(updater);
    let (args, updater) = start().unwrap();
    assert_eq!((args.a.get(), args.pin.get()), (3, 5));
    assert!(updater.status().bad_start.is_none());
}

#[test]
fn partly_valid_update_that_passed_is_not_held_back() {
    let pod = Pod::new();
    let start = || {
        let args = args();
        let builder = on_probation(&args, pod.folder.path(), || Ok(()));
        let builder = builder.probation(Duration::from_millis(100), || Ok(()));
        let updater = follow(builder.on_invalid(OnInvalid::KeepValid));
        (args, updater)
    };
    let (args, updater) = start();
    fs::write(pod.flags().join("b"), "many").unwrap();
    pod.write("4");
    until("the update", || args.a.get() == 4);
    let file = || fs::read_to_string(pod.state().join("last-good")).unwrap();
    // The file says before the update that there is a probation.
    until("the probation's end", || !file().contains("unproven"));
    drop(updater);
    let (args, updater) = start();
    assert_eq!(args.a.get(), 4);
    assert!(updater.status().bad_start.is_none());
    // Nor is it kept.
    assert!(!file().contains("many"));
}

#[test]
fn update_that_failed_is_held_back_after_a_second_initialize_without_contents() {
    let pod = Pod::new();
    pod.run_with_an_update_that_fails(3);

    let moved = pod.folder.path().join("moved");
    let args = args();
    let policy = OnBadStart::LastGood(LastGoodFile::new(pod.state().join("last-good")));
    let builder = on_probation(&args, pod.folder.path(), || Ok(()));
    let updater = builder.on_bad_start(policy).build().unwrap();
    updater.initialize().unwrap();
    assert_eq!(args.a.get(), 2);
    fs::rename(pod.flags(), &moved).unwrap();
    updater.initialize().unwrap();
    updater.start().unwrap();
    fs::rename(&moved, pod.flags()).unwrap();
    until("the content", || {
        last_error(&updater).contains("failed its probation")
    });
    Program { args, updater }.stays_at(2);
}

#[test]
fn content_that_is_held_back_is_no_health_although_initialize_failed() {
    let pod = Pod::new();
    pod.run_with_an_update_that_fails(3);

    // Another version of the program, whose rule the last good content violates.
    let args = Odd::try_parse_dynamic_from(["test"]).unwrap();
    let builder = on_probation(&args, pod.folder.path(), || Ok(()));
    let updater = builder.build().unwrap();
    updater.initialize().unwrap_err();
    updater.start().unwrap();
    next_scan(&updater);
    assert_eq!(args.a.get(), 1);
    assert!(last_error(&updater).contains("failed its probation"));
    let health = updater.status().health(LONG);
    assert!(health.to_string().starts_with("degraded"), "{health}");
}

#[derive(Clone, Parser, DynamicFlags)]
#[flags(validate = Odd::check)]
struct Odd {
    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    a: u32,
}

impl Odd {
    fn check(&self) -> Result<(), &'static str> {
        (self.a % 2 == 1).then_some(()).ok_or("`a` is even")
    }
}

#[test]
fn update_that_failed_is_held_back_after_a_start_without_an_optional_directory() {
    let pod = Pod::new();
    pod.run_with_an_update_that_fails(3);

    let (moved, file) = (
        pod.folder.path().join("moved"),
        pod.state().join("last-good"),
    );
    let before = fs::read(&file).unwrap();
    fs::rename(pod.flags(), &moved).unwrap();
    let args = args();
    let builder = on_probation(&args, pod.folder.path(), || Ok(()));
    let updater = follow(builder.optional(true));
    next_scan(&updater);
    assert_eq!(fs::read(&file).unwrap(), before, "there is nothing to keep");
    fs::rename(&moved, pod.flags()).unwrap();
    until("the content", || {
        last_error(&updater).contains("failed its probation")
    });
    Program { args, updater }.stays_at(2);
}
