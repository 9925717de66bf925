//! The worker: the thread that waits for a hint or the timer, and looks.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use crate::follower::{Follower, Look, Looked};
use crate::schedule;
use crate::shared::{Shared, lock};
use crate::signal::{Hint, Life, Signal};
use crate::walk::{Walk, walk};
use crate::watch::Watcher;
use crate::{LookError, Watching};

/// As long as Linux lets the name of a thread be.
pub(crate) const THREAD_NAME: &str = "dflag-configmap";

thread_local! {
    /// The updater whose thread this is, by its address; 0 elsewhere.
    static WORKS_FOR: Cell<usize> = const { Cell::new(0) };
}

/// Whether the caller runs on a thread of this updater: in a subscriber, that is.
/// Such a caller must not wait for any thread of this updater, since each waits for the one before.
pub(crate) fn is_own_thread(shared: &Arc<Shared>) -> bool {
    WORKS_FOR.get() == Arc::as_ptr(shared).addr()
}

/// Follows the directory until `signal` stops it. `ready` is dropped after the first look.
pub(crate) fn run(shared: &Arc<Shared>, signal: &Arc<Signal>, ready: Life) {
    WORKS_FOR.set(Arc::as_ptr(shared).addr());
    // A thread before this one may be on its way out.
    let mut follower = lock(&shared.follower);
    let mut watcher = Watcher::new(Arc::clone(signal));
    let mut ready = Some(ready);
    // The timer found what an event should have told; that may only be late.
    let mut suspect = false;
    // Where the last walk led, if it still led there after the look, and when it was begun.
    let (mut known, mut walked) = (None, Instant::now());
    // When to look next, and until when to rest whatever is heard.
    let (mut next, mut rest) = (Instant::now(), Instant::now());
    loop {
        let first = ready.is_some();
        signal.wait_until(next);
        // What arrives while it rests is one look with what woke it.
        let wake = signal.take_at(rest);
        if wake.stop {
            break;
        }
        let start = Instant::now();
        let by_timer = wake.hint == Hint::Nothing && !first;
        // What happens inside is no reason to walk there again, but for when the timer is due.
        let stale = start >= schedule::next(walked, shared.options.rescan_every, None);
        if known.is_none() || wake.hint != Hint::Inside || stale {
            known = None;
            walked = start;
        }
        let why = Why {
            first,
            hint: wake.hint > Hint::Nothing,
            // Nothing has been heard since: perhaps a watch died unseen.
            rearm: wake.hint == Hint::Watch || (suspect && by_timer),
        };
        let looked = look(shared, &mut follower, &mut watcher, &mut known, &why);
        ready = None;

        let end = Instant::now();
        rest = end + schedule::rest(end.duration_since(start));
        next = schedule::next(end, shared.options.rescan_every, looked.due).max(rest);
        suspect = by_timer && looked.changed;
    }
    watcher.close();
    shared.note_watching(&Watching::Stopped);
}

/// What a look is for.
struct Why {
    first: bool,
    hint: bool,
    rearm: bool,
}

/// Sets the watches, unless it is `known` where to look, then looks, so that nothing falls between.
/// A panic in others' code ends the look only.
fn look(
    shared: &Shared,
    follower: &mut Follower,
    watcher: &mut Watcher,
    known: &mut Option<Walk>,
    why: &Why,
) -> Looked {
    let attempt = catch_unwind(AssertUnwindSafe(|| {
        let walk = known.take().unwrap_or_else(|| {
            let walk = watcher.arm(|| walk(&shared.directory), why.rearm);
            shared.note_watching(&match watcher.silent() {
                None => Watching::Events,
                Some(because) => Watching::Polling {
                    because: because.to_owned(),
                },
            });
            walk
        });
        let writing_until = |path: &std::path::Path| watcher.writing_until(path);
        let look = Look {
            shared,
            walk: &walk,
            first: why.first,
            hint: why.hint,
            writing_until: &writing_until,
        };
        let looked = follower.look(&look);
        *known = looked.led.then_some(walk);
        looked
    }));
    attempt.unwrap_or_else(|panic| {
        shared.note_look(Some(LookError::Panicked {
            message: message(&*panic),
        }));
        Looked {
            due: None,
            changed: false,
            led: false,
        }
    })
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").to_owned()
}
