//! The worker: who looks, and for what reason.
//!
//! Its thread waits for a hint or the timer, sets the watches, and looks. What is heard of a mounted
//! volume, the thread that hears it looks at itself: to wake another one takes longer than to look,
//! most of all where processors sleep. Only one looks at a time, and nobody once it was stopped.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use crate::follower::{Look, Looked};
use crate::pace::{Known, Looking, Pace};
use crate::schedule;
use crate::shared::{Shared, lock};
use crate::signal::{Hint, Life, Signal};
use crate::walk::walk;
use crate::watch::{Listener, Watcher, WritingUntil};
use crate::{ScanError, Watching};

/// As long as Linux lets the name of a thread be.
pub(crate) const THREAD_NAME: &str = "dflag-configmap";

thread_local! {
    /// The updater for which this thread looks, by its address; 0 elsewhere.
    static LOOKS_FOR: Cell<usize> = const { Cell::new(0) };
}

/// Whether the caller runs on a thread of this updater: in a subscriber, that is.
/// Such a caller must not wait for any thread of this updater, since each waits for the one before.
pub(crate) fn is_own_thread(shared: &Arc<Shared>) -> bool {
    LOOKS_FOR.get() == Arc::as_ptr(shared).addr()
}

/// One run of an updater, from a start to a stop.
struct Worker {
    shared: Arc<Shared>,
    signal: Arc<Signal>,
}

/// What a look is for.
#[derive(Clone, Copy)]
struct Why {
    first: bool,
    hint: Hint,
}

/// Follows the directory until `signal` stops it. `ready` is dropped after the first look.
pub(crate) fn run(shared: &Arc<Shared>, signal: &Arc<Signal>, ready: Life) {
    let worker = Arc::new(Worker {
        shared: Arc::clone(shared),
        signal: Arc::clone(signal),
    });
    let mut watcher = Watcher::new(Arc::clone(&worker) as _);
    // A run before this one may be on its way out.
    lock(&shared.looking).pace = Pace::at_once(Instant::now());
    worker.work(&mut watcher, ready);
    // Whoever is at it ends, and nobody begins any more.
    drop(lock(&shared.looking));
    watcher.close();
    shared.note_watching(&Watching::Stopped);
}

impl Worker {
    /// The thread: it looks when the timer is due, and at what was not looked at by who heard it.
    fn work(&self, watcher: &mut Watcher, ready: Life) {
        let mut ready = Some(ready);
        loop {
            let Pace { next, .. } = lock(&self.shared.looking).pace;
            self.signal.wait_until(next);
            // What arrives while it rests is one look with what woke it.
            let Pace { rest, .. } = lock(&self.shared.looking).pace;
            let wake = self.signal.take_at(rest);
            if wake.stop {
                break;
            }
            let why = Why {
                first: ready.is_some(),
                hint: wake.hint,
            };
            self.look_with(watcher, &mut lock(&self.shared.looking), why);
            ready = None;
        }
    }

    /// Sets the watches, unless it is known where to look, then looks, so that nothing falls between.
    fn look_with(&self, watcher: &mut Watcher, looking: &mut Looking, why: Why) {
        let start = Instant::now();
        let known = looking
            .pace
            .take_known(start, self.shared.options.rescan_every);
        let known = known.filter(|_| why.hint == Hint::Inside);
        // Nothing has been heard since: perhaps a watch died unseen.
        let rearm = why.hint == Hint::Watch || (looking.pace.suspect && why.is_by_timer());
        let writing_until = watcher.writing_until();
        let find = || {
            known.unwrap_or_else(|| {
                let walk = watcher.arm(|| walk(&self.shared.directory), rearm);
                self.shared.note_watching(&match watcher.silent() {
                    None => Watching::Events,
                    Some(because) => Watching::Polling {
                        because: because.to_owned(),
                    },
                });
                Known { walk, since: start }
            })
        };
        self.look(looking, why, find, &writing_until);
    }

    /// Looks on the thread that heard of something inside, if that is no work for the other one:
    /// this one can set no watch, and has no time to wait for what is being written. Whether all is done.
    fn look_at_once(&self, writing_until: &WritingUntil<'_>) -> bool {
        let shared = &self.shared;
        let Ok(mut looking) = shared.looking.try_lock() else {
            return false;
        };
        let now = Instant::now();
        if self.signal.is_stopped() || now < looking.pace.rest || !looking.follower.is_at_volume() {
            return false;
        }
        let Some(known) = looking.pace.take_known(now, shared.options.rescan_every) else {
            return false;
        };
        let why = Why {
            first: false,
            hint: Hint::Inside,
        };
        let timer = looking.pace.next;
        let led = self.look(&mut looking, why, || known, writing_until);
        let in_time = looking.pace.next >= timer;
        // The thread sleeps until then: what nobody hears of is its affair.
        looking.pace.next = looking.pace.next.min(timer);
        led && in_time
    }

    /// Looks where `find` says, and returns whether that was the directory until the look was over.
    /// A panic in others' code ends the look only.
    fn look(
        &self,
        looking: &mut Looking,
        why: Why,
        find: impl FnOnce() -> Known,
        writing_until: &WritingUntil<'_>,
    ) -> bool {
        let shared = &*self.shared;
        LOOKS_FOR.set(Arc::as_ptr(&self.shared).addr());
        let Looking { follower, pace } = looking;
        let start = Instant::now();
        let attempt = catch_unwind(AssertUnwindSafe(|| {
            let known = find();
            let looked = follower.look(&Look {
                shared,
                walk: &known.walk,
                first: why.first,
                hint: why.hint > Hint::Nothing,
                writing_until,
            });
            (looked, looked.led.then_some(known))
        }));
        let (looked, known) = attempt.unwrap_or_else(|panic| {
            shared.note_look(Some(ScanError::Panicked {
                message: message(&*panic),
            }));
            (Looked::default(), None)
        });
        let end = Instant::now();
        let rest = end + schedule::rest(end.duration_since(start));
        *pace = Pace {
            next: schedule::next(start, shared.options.rescan_every, looked.due).max(rest),
            rest,
            suspect: why.is_by_timer() && looked.changed,
            known,
        };
        looked.led
    }
}

impl Listener for Worker {
    fn heard(&self, hint: Hint, writing_until: &WritingUntil<'_>) {
        if hint != Hint::Inside || !self.look_at_once(writing_until) {
            self.signal.hint(hint);
        }
    }
}

impl Why {
    fn is_by_timer(self) -> bool {
        self.hint == Hint::Nothing && !self.first
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").to_owned()
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use clap::Parser;
    use dflag::{DynamicFlags, Flags};

    use super::Worker;
    use crate::directory::fake::generation;
    use crate::options::Options;
    use crate::pace::{Known, Pace};
    use crate::shared::{Shared, lock};
    use crate::signal::Hint;
    use crate::walk::walk;
    use crate::watch::Listener as _;

    #[derive(Clone, Debug, Parser, DynamicFlags)]
    struct Args {
        #[arg(long, default_value_t = 0)]
        #[flag(dynamic)]
        a: u32,
    }

    /// So short that a plain directory has settled by the next look.
    const SETTLE: Duration = Duration::from_nanos(1);

    /// A directory that was looked at a while ago, with nobody but the test to look at it again.
    struct Followed {
        dir: tempfile::TempDir,
        args: Flags<Args>,
        worker: Worker,
    }

    fn publish(root: &Path, a: u32) {
        generation(root, &format!("..{a}"), &[("a", &a.to_string())]);
    }

    fn follow(prepare: impl FnOnce(&Path)) -> Followed {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        prepare(&root);
        let args = Args::try_parse_dynamic_from(["test"]).unwrap();
        let options = Options {
            rescan_every: Duration::from_secs(60),
            settle: SETTLE,
            ..Options::default()
        };
        let shared = Arc::new(Shared::new((&args).into(), root.clone(), options));
        let mut looking = lock(&shared.looking);
        looking.follower.initialize(&shared).unwrap();
        looking.pace.known = Some(Known {
            walk: walk(&root),
            since: Instant::now(),
        });
        drop(looking);
        let signal = Arc::default();
        let worker = Worker { shared, signal };
        Followed { dir, args, worker }
    }

    fn of_a_volume() -> Followed {
        follow(|root| publish(root, 1))
    }

    impl Followed {
        /// Hears `hint`, and tells what is left for the other thread to look for.
        fn hear(&self, hint: Hint) -> Hint {
            self.worker.heard(hint, &|_| None);
            self.worker.signal.take_at(Instant::now()).hint
        }

        fn pace(&self, change: impl FnOnce(&mut Pace)) {
            change(&mut lock(&self.worker.shared.looking).pace);
        }
    }

    #[test]
    fn a_generation_is_taken_by_the_thread_that_hears_of_it() {
        let followed = of_a_volume();
        publish(followed.dir.path(), 2);
        assert_eq!(followed.hear(Hint::Inside), Hint::Nothing);
        assert_eq!(followed.args.a.get(), 2);
        // And then it rests, as after any look.
        publish(followed.dir.path(), 3);
        assert_eq!(followed.hear(Hint::Inside), Hint::Inside);
        assert_eq!(followed.args.a.get(), 2);
    }

    #[test]
    fn what_is_no_news_wakes_nobody_else_and_leaves_the_timer_as_it_is() {
        let followed = of_a_volume();
        let timer = Instant::now() + Duration::from_secs(30);
        followed.pace(|pace| pace.next = timer);
        assert_eq!(followed.hear(Hint::Inside), Hint::Nothing);
        followed.pace(|pace| assert!(pace.next <= timer));
        // A timer that is due is the other thread's, whoever looks before it.
        followed.pace(|pace| {
            pace.rest = Instant::now();
            pace.next = pace.rest;
        });
        publish(followed.dir.path(), 2);
        assert_eq!(followed.hear(Hint::Inside), Hint::Nothing);
        assert_eq!(followed.args.a.get(), 2);
        followed.pace(|pace| assert!(pace.next <= Instant::now()));
    }

    #[test]
    fn what_takes_a_walk_or_a_watch_is_left_to_the_other_thread() {
        for hint in [Hint::Way, Hint::Watch] {
            let followed = of_a_volume();
            publish(followed.dir.path(), 2);
            assert_eq!(followed.hear(hint), hint);
            assert_eq!(followed.args.a.get(), 1);
        }
        let unknown: [fn(&mut Pace); 2] = [
            |pace| pace.known = None,
            |pace| {
                if let Some(known) = &mut pace.known {
                    known.since -= Duration::from_secs(60);
                }
            },
        ];
        for change in unknown {
            let followed = of_a_volume();
            publish(followed.dir.path(), 2);
            followed.pace(change);
            assert_eq!(followed.hear(Hint::Inside), Hint::Inside);
            assert_eq!(followed.args.a.get(), 1);
        }
    }

    #[test]
    fn whoever_hears_does_not_wait_for_whoever_looks() {
        let followed = of_a_volume();
        publish(followed.dir.path(), 2);
        let looking = lock(&followed.worker.shared.looking);
        assert_eq!(followed.hear(Hint::Inside), Hint::Inside);
        drop(looking);
        assert_eq!(followed.args.a.get(), 1);
    }

    #[test]
    fn nobody_looks_after_a_stop() {
        let followed = of_a_volume();
        publish(followed.dir.path(), 2);
        followed.worker.signal.stop();
        followed.hear(Hint::Inside);
        assert_eq!(followed.args.a.get(), 1);
    }

    #[test]
    fn a_plain_directory_is_left_to_the_thread_that_can_wait_for_it() {
        let followed = follow(|root| std::fs::write(root.join("a"), "1").unwrap());
        std::fs::write(followed.dir.path().join("a"), "2").unwrap();
        assert_eq!(followed.hear(Hint::Inside), Hint::Inside);
        assert_eq!(followed.args.a.get(), 1);
    }

    #[test]
    fn what_waits_to_settle_is_left_to_the_thread_that_waits() {
        let followed = of_a_volume();
        let root = followed.dir.path();
        std::fs::remove_file(root.join("..data")).unwrap();
        std::fs::write(root.join("a"), "2").unwrap();
        followed.pace(|pace| pace.next = Instant::now() + Duration::from_secs(30));
        assert_eq!(followed.hear(Hint::Inside), Hint::Inside);
        assert_eq!(followed.args.a.get(), 1);
    }

    #[test]
    fn what_could_not_be_taken_is_left_to_the_other_thread_too() {
        let followed = of_a_volume();
        let root = followed.dir.path();
        std::fs::remove_file(root.join("..data")).unwrap();
        std::os::unix::fs::symlink("..2", root.join("..data")).unwrap();
        assert_eq!(followed.hear(Hint::Inside), Hint::Inside);
        assert!(followed.worker.shared.status().last_error.is_some());
        assert_eq!(followed.args.a.get(), 1);
    }
}
