//! The worker: the updater's thread, which waits for a hint or the timer, and scans.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use crate::context::Context;
use crate::error::{DirectoryError, ScanError};
use crate::lock::lock;
use crate::reload::{Request, Requests};
use crate::signal::{Hint, Signal, StopOnDrop};
use crate::status::Watching;
use crate::sync::{Cause, Outcome, Plan, Scanner};
use crate::thread::{panic_message, set_owner};
use crate::volume::Location;
use crate::watch::Watcher;

/// Follows the directory until `signal` is stopped. `ready` is dropped after the first scan.
pub(crate) fn run(
    context: &Arc<Context>,
    scanner: &Mutex<Scanner>,
    signal: &Arc<Signal>,
    requests: &Arc<Requests>,
    ready: StopOnDrop,
) {
    set_owner(Arc::as_ptr(context).addr());
    // Before the first scan, whether or not `start` has done so by now.
    context.flags.freeze();
    let mut watcher = Watcher::new(Arc::clone(signal));
    let worker = {
        let mut scanner = lock(scanner);
        scanner.workers += 1;
        scanner.reader.schedule.restart(Instant::now());
        scanner.applier.resume(context, signal);
        scanner.workers
    };
    let mut ready = Some(ready);
    let mut waiting: Vec<Request> = Vec::new();
    loop {
        let (next, rest_until, poll_at) = {
            let scanner = lock(scanner);
            // A request does not wait for longer, whatever keeps the files from settling.
            let answer_at = waiting
                .iter()
                .map(|request| request.since + scanner.patience());
            let next = answer_at.fold(scanner.reader.schedule.next(), Instant::min);
            // The scan decides whether a pending restart is still one.
            let next = scanner.restarts.due().map_or(next, |due| next.min(due));
            (
                next,
                scanner.reader.schedule.rest_until(),
                scanner.applier.next(),
            )
        };
        signal.wait_until(poll_at.map_or(next, |poll_at| poll_at.min(next)));
        let wake = signal.take_probation_at(Instant::now());
        if !wake.stop {
            let is_due = poll(context, &mut lock(scanner));
            if !is_due && wake.hint == Hint::Nothing && Instant::now() < next {
                continue;
            }
        }
        // Hints that arrive during the rest are handled by the same scan.
        let wake = signal.take_at(rest_until);
        if wake.stop {
            break;
        }
        // The first scan may rely on what `initialize` has just read. A request needs one that does not.
        let new = if ready.is_some() {
            Vec::new()
        } else {
            requests.take()
        };
        let cause = match wake.hint {
            _ if ready.is_some() => Cause::Start,
            _ if !new.is_empty() => Cause::Reload,
            Hint::Nothing => Cause::Timer,
            Hint::Changed => Cause::Event,
            Hint::WatchLost => Cause::WatchLost,
        };
        waiting.extend(new);
        let restarts = {
            let mut scanner = lock(scanner);
            let outcome = scan(context, &mut scanner, &mut watcher, cause);
            answer(context, &scanner, outcome, &mut waiting);
            // The next scan of an unstable directory is near, and knows more.
            match outcome {
                Outcome::Unstable => Vec::new(),
                _ => scanner.restarts.due_now(context),
            }
        };
        if ready.take().is_some() && !requests.is_empty() {
            signal.hint(Hint::Changed);
        }
        if !restarts.is_empty() {
            context.options.on_pending_restart.call(&restarts);
        }
    }
    watcher.close();
    let mut scanner = lock(scanner);
    scanner.applier.suspend(context, signal);
    // A callback of this thread may have started another one, which watches the directory by now.
    if scanner.workers == worker {
        context.record_watching(&Watching::Stopped);
    }
}

/// Answers the requests `waiting` that have nothing more to wait for after a scan.
fn answer(context: &Context, scanner: &Scanner, outcome: Outcome, waiting: &mut Vec<Request>) {
    let is_done = outcome.is_final() && outcome != Outcome::Redundant;
    for mut request in std::mem::take(waiting) {
        request.add(scanner.changed());
        let has_waited = request.since.elapsed() >= scanner.patience();
        if !is_done && !has_waited {
            waiting.push(request);
            continue;
        }
        let status = context.status();
        let error = match outcome {
            Outcome::Unstable => Some(Arc::new(ScanError::Directory(DirectoryError::Unstable {
                path: context.directory.clone(),
            }))),
            _ => status.last_error,
        };
        request.answer(error, context.flags.generation(), scanner.pending_files());
    }
}

/// Scans once. A panic of a parser or a check ends the scan only.
fn scan(context: &Context, scanner: &mut Scanner, watcher: &mut Watcher, cause: Cause) -> Outcome {
    let plan = scanner.reader.schedule.begin(cause, Instant::now());
    let result = catch_unwind(AssertUnwindSafe(|| {
        watch_and_scan(context, scanner, watcher, &plan)
    }));
    let outcome = result.unwrap_or_else(|panic| {
        scanner.record_panic(context, panic_message(&*panic));
        Outcome::Failed
    });
    scanner.reader.schedule.end(&plan, outcome, Instant::now());
    outcome
}

/// Ends a probation whose time has come. A panic ends only that. Returns whether the directory's content is to be tried
/// again.
fn poll(context: &Context, scanner: &mut Scanner) -> bool {
    let result = catch_unwind(AssertUnwindSafe(|| scanner.applier.poll(context)));
    result.unwrap_or_else(|panic| {
        scanner.record_panic(context, panic_message(&*panic));
        false
    })
}

/// Checks the watches before the scan, so that no change goes unnoticed in between.
fn watch_and_scan(
    context: &Context,
    scanner: &mut Scanner,
    watcher: &mut Watcher,
    plan: &Plan,
) -> Outcome {
    // An event from a directory that has not moved shows that its watch works, and checking all of
    // them would take a good part of the time that an update takes.
    let unmoved = watcher.location().filter(|location| {
        plan.cause == Cause::Event && !plan.retry_watches && location.is_current(&context.directory)
    });
    let location = match unmoved.cloned() {
        Some(location) => Ok(location),
        None => arm(context, watcher, plan),
    };
    scanner.scan(context, plan, location, &watcher.writing_until())
}

fn arm(context: &Context, watcher: &mut Watcher, plan: &Plan) -> Result<Location, DirectoryError> {
    let location = watcher.arm(&context.directory, plan.renew_watches, plan.retry_watches);
    context.record_watching(&match watcher.problem() {
        None => Watching::Events,
        Some(problem) => Watching::Polling {
            because: problem.to_owned(),
        },
    });
    location
}
