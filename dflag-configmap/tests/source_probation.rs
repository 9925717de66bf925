//! An applier of contents from anywhere, with a probation: what it does between two contents.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // test helpers may panic as well

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

use clap::Parser;
use dflag::{DynamicFlags, Flags};
use dflag_configmap::source::{Applier, Contents, Interrupter, Retry};
use dflag_configmap::{Builder, LastGoodFile};

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Args {
    #[arg(long, default_value_t = 1)]
    port: u16,
    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    limit: u32,
}

fn args() -> Flags<Args> {
    Args::try_parse_dynamic_from(["server"]).unwrap()
}

fn contents(keys: &[(&str, &str)]) -> Contents {
    keys.iter().copied().collect()
}

/// A builder whose health checks succeed.
fn on_probation(length: Duration) -> Builder<()> {
    Builder::detached()
        .probation(length, || Ok(()))
        .health_period(Duration::from_millis(10))
}

/// Polls as a source does that has no news, until `condition` holds.
#[track_caller]
fn poll_until(applier: &mut Applier, mut condition: impl FnMut(&Applier) -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !condition(applier) {
        assert!(Instant::now() < deadline, "timed out");
        thread::sleep(Duration::from_millis(1));
        applier.poll();
    }
}

#[test]
fn pending_restart_is_reported_when_the_probation_is_over() {
    let args = args();
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&calls);
    let builder = on_probation(Duration::from_millis(100))
        .on_pending_restart(move |_| _ = counter.fetch_add(1, Ordering::SeqCst))
        .restart_jitter(Duration::ZERO..=Duration::ZERO);
    let mut applier = Applier::new(builder.for_flags(&args), "default/flags");
    applier.initialize(Ok(Contents::default())).unwrap();
    applier.start(Waker::noop().clone());
    applier.apply(&contents(&[("limit", "2"), ("port", "2")]), Retry::Never);
    assert!(applier.report().status().probation.is_some());
    poll_until(&mut applier, |applier| {
        applier.report().status().probation.is_none()
    });
    poll_until(&mut applier, |_| calls.load(Ordering::SeqCst) == 1);
}

#[test]
fn contents_that_a_start_held_back_are_tried_again_by_poll() {
    let folder = tempfile::tempdir().unwrap();
    let builder = || {
        let file = LastGoodFile::new(folder.path().join("last-good"));
        on_probation(Duration::from_secs(60)).last_good_file(file)
    };
    let (good, update) = (contents(&[("limit", "2")]), contents(&[("limit", "3")]));
    {
        let args = args();
        let mut applier = Applier::new(builder().for_flags(&args), "default/flags");
        applier.initialize(Ok(good)).unwrap();
        applier.start(Waker::noop().clone());
        applier.apply(&update, Retry::Never);
        assert!(applier.report().status().probation.is_some());
        // It is not stopped, as if the program had crashed.
    }
    let args = args();
    let mut applier = Applier::new(builder().for_flags(&args), "default/flags");
    applier.initialize(Ok(update)).unwrap();
    assert_eq!(args.limit.get(), 2);
    applier.start(Waker::noop().clone());
    poll_until(&mut applier, |_| args.limit.get() == 3);
}

/// Interrupts what it wakes.
#[derive(Default)]
struct Interrupting(Mutex<Option<Interrupter>>);

impl Wake for Interrupting {
    fn wake(self: Arc<Self>) {
        let interrupter = self.0.lock().unwrap().take();
        if let Some(interrupter) = interrupter {
            interrupter.interrupt();
        }
    }
}

#[test]
fn waker_may_interrupt() {
    let (sender, done) = mpsc::channel();
    thread::spawn(move || {
        let args = args();
        let builder = on_probation(Duration::from_secs(60));
        let mut applier = Applier::new(builder.for_flags(&args), "default/flags");
        applier.initialize(Ok(Contents::default())).unwrap();
        let waker = Arc::new(Interrupting::default());
        *waker.0.lock().unwrap() = Some(applier.interrupter().clone());
        applier.interrupter().interrupt();
        applier.start(waker.into());
        sender.send(()).unwrap();
    });
    assert_eq!(done.recv_timeout(Duration::from_secs(10)), Ok(()));
}

#[test]
fn poll_ends_no_probation_while_the_applier_is_stopped() {
    let args = args();
    let builder = on_probation(Duration::from_millis(200));
    let mut applier = Applier::new(builder.for_flags(&args), "default/flags");
    applier.initialize(Ok(Contents::default())).unwrap();
    applier.start(Waker::noop().clone());
    applier.apply(&contents(&[("limit", "2")]), Retry::Never);
    for _ in 0..10 {
        thread::sleep(Duration::from_millis(5));
        applier.poll();
    }
    applier.stop();
    thread::sleep(Duration::from_millis(200));
    applier.poll();
    applier.start(Waker::noop().clone());
    let probation = applier.report().status().probation;
    assert!(probation.is_some(), "it begins anew");
}
