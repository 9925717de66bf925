//! Probation and rollback, with a health check that the test decides.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // test helpers may panic as well

mod common;

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use clap::Parser;
use common::{
    Args, SetOnDrop, Volume, args, builder, follow, is_rerun, last_error, log, next_scan, rerun,
    until,
};
use dflag::{DynamicFlags, Flags, Outcome, RejectedUpdate};
use dflag_configmap::{Builder, ReloadError, Updater};

/// Longer than any test.
const LONG: Duration = Duration::from_secs(3600);

/// Short enough to wait for, and long enough for several health checks.
const SHORT: Duration = Duration::from_millis(500);

/// A health check whose answer the test decides.
#[derive(Clone, Default)]
struct Health(Arc<Mutex<Option<String>>>);

impl Health {
    fn fail(&self, reason: &str) {
        *self.0.lock().unwrap() = Some(reason.to_owned());
    }

    fn heal(&self) {
        *self.0.lock().unwrap() = None;
    }

    fn check(&self) -> Result<(), String> {
        self.0.lock().unwrap().clone().map_or(Ok(()), Err)
    }
}

/// A builder with frequent health checks and scans.
fn on_probation(
    args: &Flags<Args>,
    directory: impl AsRef<Path>,
    length: Duration,
    health: impl Fn() -> Result<(), String> + Send + Sync + 'static,
) -> Builder {
    builder(args, directory)
        .rescan_every(Duration::from_millis(50))
        .probation(length, health)
        .health_period(Duration::from_millis(10))
}

/// What the flags report as rejected.
fn rejections<A: DynamicFlags>(
    args: &Flags<A>,
) -> (dflag::Subscription, mpsc::Receiver<RejectedUpdate>) {
    let (sender, rejections) = mpsc::channel();
    let subscription = args.on_reject(move |update| {
        sender.send(update.clone()).ok();
    });
    (subscription, rejections)
}

/// A program that is unhealthy while the flag `a` is odd.
struct Program {
    dir: tempfile::TempDir,
    volume: Volume,
    args: Flags<Args>,
    updater: Updater,
}

impl Program {
    fn new(length: Duration) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let volume = Volume::new(dir.path().join("flags"), &[("a", "2"), ("text", "first")]);
        let args = args();
        let a = args.a.clone();
        let health = move || match a.get() % 2 {
            0 => Ok(()),
            _ => Err("a is odd".to_owned()),
        };
        let updater = follow(on_probation(&args, &volume.path, length, health));
        Self {
            dir,
            volume,
            args,
            updater,
        }
    }

    fn until_rolled_back(&self, times: u64) {
        until("the rollback", || self.updater.status().rollbacks == times);
    }
}

#[test]
fn an_update_that_stays_healthy_is_good_after_its_time() {
    let mut program = Program::new(SHORT);
    program.volume.publish(&[("a", "4")]);
    until("the probation", || {
        program.updater.status().probation.is_some()
    });
    until("its end", || program.updater.status().probation.is_none());
    // It is what the next rollback goes back to.
    program.volume.publish(&[("a", "5")]);
    program.until_rolled_back(1);
    assert_eq!(program.args.a.get(), 4);
}

#[test]
fn an_update_that_makes_the_program_unhealthy_is_rolled_back() {
    log::capture();
    let mut program = Program::new(LONG);
    let (_subscription, rejections) = rejections(&program.args);
    assert!(program.updater.status().probation.is_none());
    program.volume.publish(&[("a", "3"), ("b", "1")]);
    program.until_rolled_back(1);
    assert_eq!(program.args.a.get(), 2);
    assert_eq!(program.args.text.get(), "first");
    let status = program.updater.status();
    let rollback = status.last_rollback.unwrap();
    assert!(rollback.reason.contains("a is odd"), "{}", rollback.reason);
    assert_eq!(rollback.keys, ["a", "b", "text"]);
    assert_eq!((rollback.generation, rollback.error.as_deref()), (4, None));
    assert!(rollback.recovered_at.is_none());
    assert!(status.probation.is_none());
    assert_eq!((status.applied, status.rejected), (2, 0));
    let set: Arc<dyn dflag::FlagSet> = (&program.args).into();
    let source = &set.sources()[0];
    assert!(source.warnings[0].contains("was rolled back"), "{source:?}");
    assert!(last_error(&program.updater).contains("failed its probation"));
    let entry = set.history().entries.pop().unwrap();
    let reason = entry.reason.unwrap();
    assert_eq!(entry.outcome, Outcome::RolledBack);
    assert!(reason.contains("a is odd"), "{reason}");
    let directory = program.volume.path.display().to_string();
    let rejected = rejections.try_recv().unwrap();
    assert_eq!(rejected.outcome, Outcome::RolledBack);
    assert_eq!(rejected.generation, 4);
    let text = rejected.to_string();
    let expected = format!("ConfigMap {directory} rolled back, the flags have the values before: ");
    assert!(text.starts_with(&expected), "{text}");
    assert!(text.ends_with("a is odd"), "{text}");
    assert!(rejections.try_recv().is_err());
    let records = log::records("rolled back");
    let own = records.iter().filter(|one| one.contains(&directory));
    assert_eq!(own.count(), 1, "{records:?}");
}

#[test]
fn content_that_failed_is_not_applied_again_until_it_changes() {
    let mut program = Program::new(LONG);
    program.volume.publish(&[("a", "3")]);
    program.until_rolled_back(1);
    // Neither scans nor other changes of the flags apply it.
    program.args.set("b", "7").unwrap();
    // The same flags with another key that names none.
    program.volume.publish(&[("a", "3"), ("unknown", "x")]);
    for _ in 0..3 {
        next_scan(&program.updater);
    }
    program.updater.stop().unwrap();
    program.updater.start().unwrap();
    assert_eq!(
        (program.args.a.get(), program.updater.status().rollbacks),
        (2, 1)
    );

    program.volume.publish(&[("a", "6")]);
    until("other content", || program.args.a.get() == 6);
    until("the recovery", || {
        let rollback = program.updater.status().last_rollback.unwrap();
        rollback.recovered_at.is_some()
    });
    // After other content, it is tried again.
    program.volume.publish(&[("a", "3")]);
    program.until_rolled_back(2);
    assert_eq!(program.args.a.get(), 2, "6 had not passed yet");
}

#[test]
fn a_reload_applies_failed_content_again() {
    let mut program = Program::new(LONG);
    program.volume.publish(&[("a", "3")]);
    program.until_rolled_back(1);
    let reloaded = program.updater.reload().unwrap();
    assert_eq!(reloaded.changed[0].flag, "a");
    program.until_rolled_back(2);
    assert_eq!(program.args.a.get(), 2);
}

#[test]
fn the_content_before_in_the_directory_again_ends_the_degradation() {
    let mut program = Program::new(LONG);
    program.volume.publish(&[("a", "3")]);
    program.until_rolled_back(1);
    program.volume.publish(&[("a", "2"), ("text", "first")]);
    until("the recovery", || {
        let status = program.updater.status();
        status.last_rollback.unwrap().recovered_at.is_some() && status.last_error.is_none()
    });
}

#[test]
fn a_later_update_goes_back_to_the_same_content() {
    let mut program = Program::new(LONG);
    program.volume.publish(&[("a", "4")]);
    until("the update", || program.args.a.get() == 4);
    program.volume.publish(&[("a", "6")]);
    until("the later update", || {
        let probation = program.updater.status().probation;
        probation.is_some_and(|one| one.restarted_by.as_deref() == Some("a later update"))
    });
    program.volume.publish(&[("a", "7")]);
    program.until_rolled_back(1);
    assert_eq!(program.args.a.get(), 2);
}

#[test]
fn a_rejected_update_leaves_the_probation_as_it_is() {
    let mut program = Program::new(LONG);
    program.volume.publish(&[("a", "4")]);
    until("the probation", || {
        program.updater.status().probation.is_some()
    });
    let before = program.updater.status().probation.unwrap();
    program.volume.publish(&[("a", "many")]);
    until("the rejection", || program.updater.status().rejected == 1);
    let probation = program.updater.status().probation.unwrap();
    assert_eq!(probation.restarted_by, before.restarted_by);
}

#[test]
fn an_edit_begins_the_probation_anew_and_is_named() {
    let mut program = Program::new(LONG);
    program.volume.publish(&[("a", "4")]);
    until("the probation", || {
        program.updater.status().probation.is_some()
    });
    program.args.set("b", "7").unwrap();
    until("the new beginning", || {
        let probation = program.updater.status().probation.unwrap();
        probation
            .restarted_by
            .is_some_and(|by| by.contains("`b` (override)"))
    });
}

#[test]
fn an_update_while_the_program_is_unhealthy_may_be_the_cure() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("a", "1")]);
    let (args, health) = (args(), Health::default());
    let check = health.clone();
    let updater = follow(on_probation(&args, dir.path(), SHORT, move || {
        check.check()
    }));
    health.fail("the database is down");
    volume.publish(&[("a", "2")]);
    until("the update", || args.a.get() == 2);
    // It is not rolled back, however long that takes.
    for _ in 0..5 {
        next_scan(&updater);
    }
    let status = updater.status();
    assert_eq!((status.rollbacks, status.probation), (0, None));
    assert_eq!(args.a.get(), 2);

    // With the first healthy call, it is what a rollback goes back to.
    health.heal();
    until("the end of the health checks", || threads() == 0);
    volume.publish(&[("a", "3")]);
    until("the probation", || updater.status().probation.is_some());
    health.fail("broken");
    until("the rollback", || updater.status().rollbacks == 1);
    assert_eq!(args.a.get(), 2);
}

#[test]
fn an_update_that_changes_no_flag_is_not_put_on_probation() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("a", "1")]);
    let (args, health) = (args(), Health::default());
    let check = health.clone();
    let updater = follow(on_probation(&args, dir.path(), LONG, move || check.check()));
    volume.publish(&[("a", "1"), ("b", "0"), ("unknown", "x")]);
    until("the update", || updater.status().applied == 2);
    next_scan(&updater);
    assert!(updater.status().probation.is_none());
    // During a probation, it changes nothing either.
    volume.publish(&[("a", "2")]);
    until("the probation", || updater.status().probation.is_some());
    volume.publish(&[("a", "2"), ("b", "0")]);
    until("the update", || updater.status().applied == 4);
    assert_eq!(updater.status().probation.unwrap().restarted_by, None);
    health.fail("broken");
    until("the rollback", || updater.status().rollbacks == 1);
    assert_eq!(args.a.get(), 1);
}

#[test]
fn a_panic_rolls_back_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("a", "1")]);
    let args = args();
    let a = args.a.clone();
    let health = move || {
        assert!(a.get() < 2, "on purpose");
        Ok(())
    };
    let updater = follow(on_probation(&args, dir.path(), LONG, health));
    volume.publish(&[("a", "2")]);
    until("the rollback", || updater.status().rollbacks == 1);
    let reason = updater.status().last_rollback.unwrap().reason;
    assert_eq!(reason, "the health check panicked");
    assert_eq!(args.a.get(), 1);
}

#[derive(Clone, Parser, DynamicFlags)]
#[flags(validate = WithRule::check)]
struct WithRule {
    #[arg(long, default_value_t = 0)]
    #[flag(dynamic)]
    a: u32,

    #[arg(long, default_value_t = 0)]
    #[flag(dynamic)]
    b: u32,
}

impl WithRule {
    fn check(&self) -> Result<(), String> {
        let is_valid = self.b <= self.a;
        is_valid
            .then_some(())
            .ok_or_else(|| "more `b` than `a`".to_owned())
    }
}

#[test]
fn the_update_stays_if_a_rule_rejects_the_rollback() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("a", "1")]);
    let args = WithRule::try_parse_dynamic_from(["test"]).unwrap();
    let health = Health::default();
    let check = health.clone();
    let updater = Updater::builder(&args, dir.path())
        .rescan_every(Duration::from_millis(50))
        .probation(LONG, move || check.check())
        .health_period(Duration::from_millis(10))
        .setup()
        .unwrap();
    volume.publish(&[("a", "5")]);
    until("the probation", || updater.status().probation.is_some());
    args.set("b", "3").unwrap();
    let (_subscription, rejections) = rejections(&args);
    health.fail("broken");
    until("the failure", || updater.status().last_rollback.is_some());
    let rejected = rejections.try_recv().unwrap();
    assert_eq!(rejected.outcome, Outcome::RollbackFailed);
    let text = rejected.to_string();
    assert!(
        text.contains("not rolled back") && text.contains("more `b` than `a`"),
        "{text}"
    );
    assert!(text.contains("broken"), "{text}");
    let (status, rollback) = (updater.status(), updater.status().last_rollback.unwrap());
    assert!(
        rollback
            .error
            .as_ref()
            .unwrap()
            .contains("more `b` than `a`")
    );
    assert!(
        rollback.to_string().contains("the rollback failed"),
        "{rollback}"
    );
    assert_eq!((args.a.get(), status.rollbacks, status.applied), (5, 0, 2));
    // Proposing the same content again, as a reload does, is no recovery.
    updater.reload().unwrap();
    args.set("b", "2").unwrap();
    updater.reload().unwrap();
    assert!(
        updater
            .status()
            .last_rollback
            .unwrap()
            .recovered_at
            .is_none()
    );
    assert_eq!(updater.status().applied, 2);
}

#[test]
fn a_rollback_rebuilds_derived_values() {
    let mut program = Program::new(LONG);
    let args = &program.args;
    let derived = args.derive(|args| args.a, |a, _| Ok::<_, String>(a * 10));
    let derived = derived.unwrap();
    program.volume.publish(&[("a", "3")]);
    program.until_rolled_back(1);
    assert_eq!(*derived.load(), 20);
}

#[test]
fn of_two_sources_the_one_applied_last_is_rolled_back_first() {
    let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let mut one = Volume::new(dirs[0].path(), &[("a", "1")]);
    let mut two = Volume::new(dirs[1].path(), &[("b", "1")]);
    let args = args();
    // Only `b` is to blame.
    let health = |args: &Flags<Args>| {
        let b = args.b.clone();
        move || {
            if b.get() == 3 {
                Err("b is 3".to_owned())
            } else {
                Ok(())
            }
        }
    };
    let first = follow(on_probation(&args, dirs[0].path(), LONG, health(&args)));
    let second = follow(on_probation(&args, dirs[1].path(), LONG, health(&args)));
    one.publish(&[("a", "2")]);
    until("the first probation", || first.status().probation.is_some());
    two.publish(&[("b", "3")]);
    until("the rollback", || second.status().rollbacks == 1);
    until("the new beginning", || {
        let probation = first.status().probation.unwrap();
        probation.failures == 0 && probation.restarted_by.is_some_and(|by| by.contains("`b`"))
    });
    assert_eq!((args.a.get(), args.b.get()), (2, 1));
    assert_eq!(first.status().rollbacks, 0);
}

#[test]
fn the_health_check_of_one_source_rolls_back_the_other_first() {
    let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let mut one = Volume::new(dirs[0].path(), &[("a", "1")]);
    let mut two = Volume::new(dirs[1].path(), &[("b", "1")]);
    let (args, health) = (args(), Health::default());
    let check = health.clone();
    let first = follow(on_probation(&args, dirs[0].path(), LONG, move || {
        check.check()
    }));
    let second = follow(on_probation(&args, dirs[1].path(), LONG, || Ok(())));
    one.publish(&[("a", "2")]);
    until("the first probation", || first.status().probation.is_some());
    two.publish(&[("b", "2")]);
    until("the second probation", || {
        second.status().probation.is_some()
    });
    health.fail("broken");
    until("both rollbacks", || first.status().rollbacks == 1);
    let (of_first, of_second) = (first.status().last_rollback, second.status().last_rollback);
    assert!(of_second.unwrap().generation < of_first.unwrap().generation);
    assert_eq!((args.a.get(), args.b.get()), (1, 1));
}

/// The number of threads of health checks.
fn threads() -> usize {
    let tasks = fs::read_dir("/proc/self/task").unwrap().flatten();
    let names = tasks.filter_map(|task| fs::read_to_string(task.path().join("comm")).ok());
    names
        .filter(|name| name.starts_with("dflag-health"))
        .count()
}

/// Runs the test `name` in a process of its own, where it is the only one with health checks.
#[track_caller]
fn alone(name: &str, variable: &str) {
    let output = rerun(name, variable).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn a_health_check_that_hangs_blocks_nothing_and_keeps_one_thread() {
    let name = "a_health_check_that_hangs_blocks_nothing_and_keeps_one_thread";
    if !is_rerun("DFLAG_TEST_HANG") {
        return alone(name, "DFLAG_TEST_HANG");
    }
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("a", "1")]);
    let args = args();
    let (hangs, end) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicBool::new(false)),
    );
    let (is_hanging, is_over) = (Arc::clone(&hangs), Arc::clone(&end));
    let health = move || {
        while is_hanging.load(Ordering::SeqCst) && !is_over.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    };
    let _end = SetOnDrop(&end);
    let updater = on_probation(&args, dir.path(), LONG, health);
    let updater = follow(updater.health_timeout(Duration::from_millis(200)));
    assert_eq!(threads(), 0, "there is no probation");
    volume.publish(&[("a", "2")]);
    until("the probation", || updater.status().probation.is_some());
    hangs.store(true, Ordering::SeqCst);
    until("the rollback", || updater.status().rollbacks == 1);
    let reason = updater.status().last_rollback.unwrap().reason;
    assert!(reason.contains("longer than 200ms"), "{reason}");
    for value in 3..6 {
        volume.publish(&[("a", &value.to_string())]);
        until("an update without a probation", || args.a.get() == value);
        assert_eq!(threads(), 1);
    }
    updater.stop().unwrap();
    updater.start().unwrap();
    assert_eq!(threads(), 1);
    drop(updater);
    assert_eq!(threads(), 1, "the call has not returned");
    end.store(true, Ordering::SeqCst);
    until("the end of the thread", || threads() == 0);
}

#[test]
fn the_thread_of_the_health_checks_ends_with_the_probation() {
    let name = "the_thread_of_the_health_checks_ends_with_the_probation";
    if !is_rerun("DFLAG_TEST_THREAD") {
        return alone(name, "DFLAG_TEST_THREAD");
    }
    let mut program = Program::new(SHORT);
    program.volume.publish(&[("a", "4")]);
    until("the probation", || {
        program.updater.status().probation.is_some()
    });
    assert_eq!(threads(), 1);
    until("the end", || program.updater.status().probation.is_none());
    until("the end of the thread", || threads() == 0);
    program.volume.publish(&[("a", "3")]);
    program.until_rolled_back(1);
    until("the end of the thread", || threads() == 0);
    program.volume.publish(&[("a", "many")]);
    until("the rejection", || program.updater.status().rejected == 1);
    until("the end of the thread", || threads() == 0);
}

#[test]
fn stop_ends_a_probation_without_a_verdict_and_start_begins_it_anew() {
    let mut program = Program::new(LONG);
    program.volume.publish(&[("a", "4")]);
    until("the probation", || {
        program.updater.status().probation.is_some()
    });
    program.updater.stop().unwrap();
    assert!(program.updater.status().probation.is_none());
    assert_eq!(program.args.a.get(), 4);
    program.updater.start().unwrap();
    let probation = program.updater.status().probation.unwrap();
    assert_eq!(
        probation.restarted_by.as_deref(),
        Some("the start of the updater")
    );
    program.args.set("a", "5").unwrap();
    program.until_rolled_back(1);
}

#[test]
fn a_callback_of_a_rollback_may_stop_or_drop_the_updater() {
    for drops in [false, true] {
        let Program {
            dir: _dir,
            mut volume,
            args,
            updater,
        } = Program::new(LONG);
        let updater = Arc::new(Mutex::new(Some(updater)));
        let (held, (send, ended)) = (Arc::clone(&updater), mpsc::channel());
        let _sub = args.a.on_change(move |old, new| {
            if (*old, *new) == (3, 2) {
                let mut updater = held.lock().unwrap();
                if drops {
                    drop(updater.take());
                } else {
                    updater.as_ref().unwrap().stop().unwrap();
                }
                send.send(()).unwrap();
            }
        });
        volume.publish(&[("a", "3")]);
        ended.recv_timeout(Duration::from_secs(10)).unwrap();
        assert_eq!(args.a.get(), 2);
        let updater = updater.lock().unwrap().take();
        assert_eq!(updater.is_none(), drops);
    }
}

#[test]
fn a_callback_that_stops_and_starts_the_updater_does_not_end_its_probations() {
    let Program {
        dir: _dir,
        mut volume,
        args,
        updater,
    } = Program::new(LONG);
    let (updater, (send, ended)) = (Arc::new(updater), mpsc::channel());
    let held = Arc::downgrade(&updater);
    let _sub = args.a.on_change(move |_, new| {
        if *new == 4 {
            let updater = held.upgrade().unwrap();
            updater.stop().unwrap();
            updater.start().unwrap();
            send.send(()).unwrap();
        }
    });
    volume.publish(&[("a", "4")]);
    ended.recv_timeout(Duration::from_secs(10)).unwrap();
    until("the probation", || updater.status().probation.is_some());
    args.set("a", "5").unwrap();
    until("the rollback", || updater.status().rollbacks == 1);
}

#[test]
fn a_health_check_may_call_the_updater() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("a", "1")]);
    let args = args();
    let updater: Arc<Mutex<Option<Updater>>> = Arc::default();
    let (held, (send, ended)) = (Arc::clone(&updater), mpsc::channel());
    let health = move || {
        let mut updater = held.lock().unwrap();
        if let Some(running) = updater.take() {
            assert!(matches!(running.reload(), Err(ReloadError::Reentrant)));
            running.stop().unwrap();
            drop(running);
            send.send(()).unwrap();
        }
        Ok(())
    };
    *updater.lock().unwrap() = Some(follow(on_probation(&args, dir.path(), LONG, health)));
    volume.publish(&[("a", "2")]);
    ended.recv_timeout(Duration::from_secs(10)).unwrap();
}

#[test]
fn the_content_before_ends_the_probation_although_an_override_hides_it() {
    let mut program = Program::new(LONG);
    let (target, update) = ([("a", "2"), ("text", "first")], [("a", "4")]);
    program.volume.publish(&update);
    until("the probation", || {
        program.updater.status().probation.is_some()
    });
    program.args.set("a", "6").unwrap();
    program.args.set("text", "mine").unwrap();
    program.volume.publish(&target);
    until("its end", || program.updater.status().probation.is_none());
    // The edit makes the program unhealthy, not the content.
    program.args.set("a", "7").unwrap();
    for _ in 0..5 {
        next_scan(&program.updater);
    }
    assert_eq!(program.updater.status().rollbacks, 0);
    assert_eq!(last_error(&program.updater), "");
}

#[test]
fn a_reload_before_the_first_scan_applies_failed_content_again() {
    let Program {
        dir: _dir,
        mut volume,
        args,
        updater,
    } = Program::new(LONG);
    let (updater, (send, reloaded)) = (Arc::new(updater), mpsc::channel());
    let held = Arc::downgrade(&updater);
    let _sub = args.a.on_change(move |old, new| {
        if (*old, *new) == (3, 2)
            && let Some(updater) = held.upgrade()
        {
            updater.stop().ok();
            updater.start().ok();
            let send = send.clone();
            std::thread::spawn(move || send.send(updater.reload().map(drop)).ok());
            // The request is there before the new thread scans.
            std::thread::sleep(Duration::from_millis(200));
        }
    });
    volume.publish(&[("a", "3")]);
    let reloaded = reloaded.recv_timeout(Duration::from_secs(10)).unwrap();
    assert!(reloaded.is_ok(), "{reloaded:?}");
}

#[test]
fn after_a_partly_valid_target_failed_content_is_tried_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path().join("flags"), &[("a", "2"), ("b", "many")]);
    let args = args();
    let a = args.a.clone();
    let health = move || match a.get() % 2 {
        0 => Ok(()),
        _ => Err("a is odd".to_owned()),
    };
    let builder = on_probation(&args, &volume.path, LONG, health);
    let updater = follow(builder.on_invalid(dflag::OnInvalid::KeepValid));
    volume.publish(&[("a", "3"), ("b", "many")]);
    until("the rollback", || updater.status().rollbacks == 1);
    volume.publish(&[("a", "2"), ("b", "many")]);
    until("the content before", || {
        !last_error(&updater).contains("failed its probation")
    });
    volume.publish(&[("a", "3"), ("b", "many")]);
    until("the second rollback", || updater.status().rollbacks == 2);
}

#[test]
fn partly_valid_content_ends_what_a_rollback_began() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path().join("flags"), &[("a", "2")]);
    let args = args();
    let a = args.a.clone();
    let health = move || match a.get() % 2 {
        0 => Ok(()),
        _ => Err("a is odd".to_owned()),
    };
    let builder = on_probation(&args, &volume.path, LONG, health);
    let updater = follow(builder.on_invalid(dflag::OnInvalid::KeepValid));
    volume.publish(&[("a", "3")]);
    until("the rollback", || updater.status().rollbacks == 1);
    volume.publish(&[("a", "4"), ("b", "many")]);
    until("the update", || updater.status().probation.is_some());
    let rollback = updater.status().last_rollback.unwrap();
    assert!(rollback.recovered_at.is_some(), "other content was applied");
    let health = updater.status().health(LONG).to_string();
    assert!(
        health.contains("in part") && !health.contains("rolled back"),
        "{health}"
    );
}
