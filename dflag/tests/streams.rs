//! Changes for tasks. The contract: in any executor, the newest value is never lost, waiting keeps nothing
//! alive and costs the publisher no more than a wake, and what is dropped leaves nothing behind.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may panic")]

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use clap::Parser;
use dflag::{Changes, Dynamic, DynamicFlags, Edit, FlagSet, Flags, Layer};
use futures_util::future::{Either, select};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Args {
    #[arg(long, default_value_t = 0)]
    #[flag(dynamic)]
    a: u32,

    #[arg(long, default_value_t = 0)]
    #[flag(dynamic)]
    b: u32,

    #[arg(long, default_value = "")]
    #[flag(dynamic)]
    name: String,
}

/// A test that waits longer than this has lost a wake-up.
const DEADLINE: Duration = Duration::from_secs(20);

fn args() -> Flags<Args> {
    Args::try_parse_dynamic_from(["server"]).unwrap()
}

/// Runs code on another thread, and fails if it does not end.
fn within_deadline<T: Send + 'static>(code: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, ended) = mpsc::channel();
    thread::spawn(move || sender.send(code()));
    ended.recv_timeout(DEADLINE).unwrap()
}

/// Counts how often it is woken.
#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Count {
    fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

fn poll<V>(changes: &mut Changes<V>, count: &Arc<Count>) -> Poll<Option<V>> {
    let waker = Waker::from(Arc::clone(count));
    changes.poll_changed(&mut Context::from_waker(&waker))
}

#[test]
fn changes_begin_after_their_creation_and_the_newest_value_is_next() {
    let args = args();
    args.set("a", "1").unwrap();
    let mut changes = args.a.changes();
    assert_eq!(changes.changed().now_or_never(), None);
    args.set("a", "2").unwrap();
    args.set("a", "3").unwrap();
    assert_eq!(changes.changed().now_or_never(), Some(Some(3)));
    assert_eq!(changes.changed().now_or_never(), None);
}

#[test]
fn change_and_back_is_a_change() {
    let args = args();
    let mut changes = args.a.changes();
    args.set("a", "1").unwrap();
    args.set("a", "0").unwrap();
    assert_eq!(changes.changed().now_or_never(), Some(Some(0)));
}

#[test]
fn only_a_change_of_the_value_wakes() {
    let args = args();
    let (mut a, mut any, count) = (args.a.changes(), args.changes(), Arc::new(Count::default()));
    assert!(poll(&mut a, &count).is_pending());
    args.set("b", "1").unwrap();
    args.set("a", "00").unwrap(); // an override with an equal value
    args.clear("a").unwrap();
    assert_eq!(count.get(), 0);
    assert!(poll(&mut a, &count).is_pending());

    let other = Arc::new(Count::default());
    assert!(poll(&mut any, &other).is_ready()); // of `b`
    assert!(poll(&mut any, &other).is_pending());
    args.edit([Edit::set("a", "1"), Edit::set("b", "2")])
        .unwrap();
    assert_eq!((count.get(), other.get()), (1, 1));
    assert_eq!(poll(&mut a, &count), Poll::Ready(Some(1)));
    let both = poll(&mut any, &other).map(|args| args.map(|args| (args.a, args.b)));
    assert_eq!(both, Poll::Ready(Some((1, 2))));
}

#[test]
fn rejected_update_wakes_no_one() {
    let args = args();
    let (mut changes, count) = (args.changes(), Arc::new(Count::default()));
    assert!(poll(&mut changes, &count).is_pending());
    args.edit([Edit::set("a", "1"), Edit::set("b", "x")])
        .unwrap_err();
    assert_eq!(count.get(), 0);
    assert!(poll(&mut changes, &count).is_pending());
}

#[test]
fn of_several_polls_the_last_task_is_woken() {
    let args = args();
    let mut changes = args.a.changes();
    let [first, last] = [(); 2].map(|()| Arc::new(Count::default()));
    assert!(poll(&mut changes, &first).is_pending());
    assert!(poll(&mut changes, &last).is_pending());
    args.set("a", "1").unwrap();
    assert_eq!((first.get(), last.get()), (0, 1));
}

#[test]
fn stream_ends_when_nothing_can_change_the_flags() {
    within_deadline(|| {
        let args = args();
        let (a, set): (_, Arc<dyn FlagSet>) = (args.a.clone(), (&args).into());
        let mut changes = args.a.changes();
        let task = thread::spawn(move || {
            pollster::block_on(async {
                let mut seen = Vec::new();
                while let Some(a) = changes.next().await {
                    seen.push(a);
                }
                seen
            })
        });
        drop(args);
        drop(a);
        set.edit(&[Edit::set("a", "1")]).unwrap();
        drop(set);
        let seen = task.join().unwrap();
        assert!(seen.is_empty() || seen == [1], "{seen:?}");
    });
}

#[test]
fn last_change_before_the_end_is_not_lost() {
    let args = args();
    let mut changes = args.a.changes();
    args.set("a", "1").unwrap();
    drop(args);
    assert_eq!(changes.changed().now_or_never(), Some(Some(1)));
    assert_eq!(changes.changed().now_or_never(), Some(None));
}

#[test]
fn constant_has_no_changes() {
    let mut changes = Dynamic::constant(3).changes();
    assert_eq!(changes.changed().now_or_never(), Some(None));
    assert_eq!(changes.next().now_or_never(), Some(None));
}

/// What each executor has to do: a task sees the last of many values that another thread sets, whichever it
/// skips, in rising order.
async fn follow(mut changes: Changes<u32>, last: u32) -> Vec<u32> {
    let mut seen = Vec::new();
    while seen.last() != Some(&last) {
        seen.push(changes.changed().await.unwrap());
    }
    assert!(seen.is_sorted());
    seen
}

const LAST: u32 = 300;

fn publish(args: &Flags<Args>) {
    for a in 1..=LAST {
        args.set("a", &a.to_string()).unwrap();
    }
}

#[test]
fn plain_executor_sees_the_last_value() {
    within_deadline(|| {
        let args = args();
        let changes = args.a.changes();
        thread::scope(|scope| {
            scope.spawn(|| publish(&args));
            pollster::block_on(follow(changes, LAST));
        });
    });
}

#[test]
fn tokio_tasks_see_the_last_value() {
    within_deadline(|| {
        let args = args();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .build()
            .unwrap();
        let tasks: Vec<_> = (0..20)
            .map(|_| runtime.spawn(follow(args.a.changes(), LAST)))
            .collect();
        publish(&args);
        for task in tasks {
            runtime.block_on(task).unwrap();
        }
    });
}

#[test]
fn smol_tasks_see_the_last_value() {
    within_deadline(|| {
        let args = args();
        let tasks: Vec<_> = (0..20)
            .map(|_| smol::spawn(follow(args.a.changes(), LAST)))
            .collect();
        publish(&args);
        smol::block_on(async {
            for task in tasks {
                task.await;
            }
        });
    });
}

#[test]
fn set_of_futures_sees_the_last_value() {
    within_deadline(|| {
        let args = args();
        let tasks: FuturesUnordered<_> = (0..20).map(|_| follow(args.a.changes(), LAST)).collect();
        let publisher = args.clone();
        let thread = thread::spawn(move || publish(&publisher));
        pollster::block_on(tasks.collect::<Vec<_>>());
        thread.join().unwrap();
    });
}

#[test]
fn canceled_wait_loses_no_change() {
    within_deadline(|| {
        let args = args();
        let mut changes = args.a.changes();
        let publisher = args.clone();
        let thread = thread::spawn(move || publish(&publisher));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(async {
            let mut last = 0;
            while last != LAST {
                tokio::select! {
                    a = changes.changed() => last = a.unwrap(),
                    () = tokio::task::yield_now() => {}
                }
            }
        });
        thread.join().unwrap();
    });
}

#[test]
fn canceled_wait_and_dropped_changes_keep_no_waker() {
    let args = args();
    let count = Arc::new(Count::default());
    let waker = Waker::from(Arc::clone(&count));
    let mut context = Context::from_waker(&waker);

    let mut changes = args.a.changes();
    {
        let mut wait = pin!(changes.changed());
        assert!(wait.as_mut().poll(&mut context).is_pending());
        assert_eq!(Arc::strong_count(&count), 3); // here, `waker`, and the registered one
    }
    assert_eq!(Arc::strong_count(&count), 2);

    let mut many: Vec<_> = (0..100).map(|_| args.a.changes()).collect();
    for changes in &mut many {
        assert!(changes.poll_next_unpin(&mut context).is_pending());
    }
    assert_eq!(Arc::strong_count(&count), 102);
    drop(many);
    assert_eq!(Arc::strong_count(&count), 2);

    assert!(changes.poll_next_unpin(&mut context).is_pending());
    args.set("a", "1").unwrap();
    assert_eq!((Arc::strong_count(&count), count.get()), (2, 1));
    assert!(changes.poll_next_unpin(&mut context).is_ready());
    assert!(changes.poll_next_unpin(&mut context).is_pending());
    drop(args); // the end
    assert_eq!((Arc::strong_count(&count), count.get()), (2, 2));
}

#[test]
fn changes_keep_no_old_value_alive() {
    let (setter, flag) = Dynamic::settable(Arc::new(1));
    let first = Arc::downgrade(&*flag.load());
    dflag::release_thread();
    let mut changes = flag.changes();
    assert!(changes.changed().now_or_never().is_none());
    setter.set(Arc::new(2));
    assert!(first.upgrade().is_none());
    drop(changes);
}

#[test]
fn waking_code_may_use_the_flags() {
    /// A waker that polls at once, as executors that run tasks in place do.
    struct Inline {
        args: Flags<Args>,
        seen: mpsc::Sender<u32>,
    }
    impl Wake for Inline {
        fn wake(self: Arc<Self>) {
            let mut changes = self.args.a.changes();
            assert!(changes.changed().now_or_never().is_none());
            self.args.set("b", "7").unwrap();
            self.seen.send(self.args.a.get()).unwrap();
        }
    }
    within_deadline(|| {
        let (seen, woken) = mpsc::channel();
        let args = args();
        let mut changes = args.a.changes();
        let waker = Waker::from(Arc::new(Inline {
            args: args.clone(),
            seen,
        }));
        assert!(
            changes
                .poll_changed(&mut Context::from_waker(&waker))
                .is_pending()
        );
        args.set("a", "5").unwrap();
        assert_eq!(woken.try_recv(), Ok(5));
        assert_eq!(args.b.get(), 7);
    });
}

#[test]
fn panicking_waker_affects_neither_others_nor_the_publisher() {
    struct Bad;
    impl Wake for Bad {
        fn wake(self: Arc<Self>) {
            std::panic::resume_unwind(Box::new("a waker that panics"));
        }
    }
    let args = args();
    let (mut one, mut other, count) = (args.a.changes(), args.a.changes(), Arc::default());
    let bad = Waker::from(Arc::new(Bad));
    assert!(
        one.poll_changed(&mut Context::from_waker(&bad))
            .is_pending()
    );
    assert!(poll(&mut other, &count).is_pending());
    args.set("a", "1").unwrap();
    assert_eq!(count.get(), 1);
}

#[test]
fn waiting_tasks_do_not_delay_the_callbacks_or_each_other() {
    // A slow callback delays no waiting task: tasks are woken first.
    let args = args();
    let (mut changes, count) = (args.a.changes(), Arc::new(Count::default()));
    assert!(poll(&mut changes, &count).is_pending());
    let (sender, woken) = mpsc::channel();
    let _subscription = args.a.on_change({
        let count = Arc::clone(&count);
        move |_, _| sender.send(count.get()).unwrap()
    });
    args.set("a", "1").unwrap();
    assert_eq!(woken.try_recv(), Ok(1));
}

#[test]
fn publish_of_a_source_is_a_change() {
    let args = args();
    let mut changes = args.name.changes();
    let mut layer = Layer::new("file", "flags.txt");
    layer.text("name", "flags.txt:1", "eu");
    args.propose(&layer).unwrap();
    assert_eq!(
        changes.changed().now_or_never(),
        Some(Some("eu".to_owned()))
    );
}

/// The remedies that the documentation of `on_change` gives.
#[test]
fn callback_has_no_runtime_and_a_captured_handle_spawns() {
    within_deadline(|| {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .build()
            .unwrap();
        let args = args();
        let (sender, spawned) = mpsc::channel();
        let handle = runtime.handle().clone();
        let _subscription = args.a.on_change(move |_, a| {
            assert!(tokio::runtime::Handle::try_current().is_err());
            let (sender, a) = (sender.clone(), *a);
            handle.spawn(async move { sender.send(a) });
        });
        args.set("a", "1").unwrap();
        assert_eq!(spawned.recv_timeout(DEADLINE), Ok(1));
    });
}

#[test]
fn both_branches_of_a_select_are_seen() {
    let args = args();
    let (mut a, mut b) = (args.a.changes(), args.b.changes());
    args.edit([Edit::set("a", "1"), Edit::set("b", "2")])
        .unwrap();
    pollster::block_on(async {
        let (one, other) = (pin!(a.changed()), pin!(b.changed()));
        let Either::Left((value, _)) = select(one, other).await else {
            panic!("the first branch is ready");
        };
        assert_eq!(value, Some(1));
    });
    assert_eq!(b.changed().now_or_never(), Some(Some(2)));
}
