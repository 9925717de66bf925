//! Changes: a value's changes, for tasks.

use std::fmt;
use std::future::poll_fn;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::read::snapshot::Snapshot;
use crate::waiting::watch::Watch;

/// The changes of a flag, or of all flags, from the time when this was created.
///
/// [`Dynamic::changes`](crate::Dynamic::changes) and [`Flags::changes`](crate::Flags::changes) create one for the
/// task that waits. It works in every runtime, since it needs none: no timer, no thread, no reactor. With the
/// feature `stream` it is also a [`Stream`].
///
#[cfg_attr(feature = "stream", doc = "[`Stream`]: futures_core::Stream")]
#[cfg_attr(
    not(feature = "stream"),
    doc = "[`Stream`]: https://docs.rs/futures-core/latest/futures_core/stream/trait.Stream.html"
)]
///
/// ```
/// # use clap::Parser;
/// # use dflag::DynamicFlags;
/// # #[derive(Clone, Parser, DynamicFlags)]
/// # struct Args {
/// #     #[arg(long, default_value_t = 3)]
/// #     #[flag(dynamic)]
/// #     limit: u8,
/// # }
/// # pollster::block_on(async {
/// let args = Args::try_parse_dynamic_from(["server"])?;
/// let mut changes = args.limit.changes();
///
/// args.set("limit", "4")?;
/// args.set("limit", "5")?;
/// assert_eq!(changes.changed().await, Some(5)); // the newest value
///
/// drop(args);
/// assert_eq!(changes.changed().await, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
///
/// # Which changes
///
/// As a `tokio::sync::watch` receiver, this remembers what it returned last. Of several changes in between it
/// returns the newest value, also if that one is equal to the last; the newest value is never lost. A change is
/// what it is for [`on_change`](crate::Dynamic::on_change).
///
/// The value at the creation is not among them. To act on it as well, read the flag after creating this:
///
/// ```
/// # use dflag::Dynamic;
/// # async fn resize(limit: usize) {}
/// # async fn follow(limit: Dynamic<usize>) {
/// let mut changes = limit.changes();
/// resize(limit.get()).await;
/// while let Some(limit) = changes.changed().await {
///     resize(limit).await;
/// }
/// # }
/// # pollster::block_on(follow(Dynamic::constant(3)));
/// ```
///
/// # The end
///
/// This does not keep the flags alive. It ends when no handle, source or debug page holds them any longer, so
/// a task that follows a flag ends then, unless it has a handle itself. Of a
/// [`constant`](crate::Dynamic::constant) there are no changes, and it ends at once.
#[must_use = "changes are seen by awaiting `changed`"]
pub struct Changes<V> {
    /// `None` for a constant.
    watch: Option<Watch>,
    value: Arc<dyn Fn(&Snapshot) -> V + Send + Sync>,
}

impl<V> Changes<V> {
    pub(crate) fn new(
        watch: Option<Watch>,
        value: impl Fn(&Snapshot) -> V + Send + Sync + 'static,
    ) -> Self {
        Self {
            watch,
            value: Arc::new(value),
        }
    }

    /// Waits for a change and returns the newest value, or `None` once there can be no further change. Returns
    /// at once if there was a change since the last call, or since this was created.
    ///
    /// # Cancel safety
    /// This method is cancel safe. If it is used in a `select!` and another branch completes first, no change
    /// is lost.
    pub async fn changed(&mut self) -> Option<V> {
        let waiting = Waiting(self);
        poll_fn(|context| waiting.0.poll_changed(context)).await
    }

    /// Polls for what [`changed`](Self::changed) returns. While this is pending, the task of `context` is woken at
    /// the next change; of several calls, that of the last.
    ///
    /// ```
    /// # use dflag::Dynamic;
    /// use std::task::{Context, Poll, Waker};
    ///
    /// let (setter, limit) = Dynamic::settable(3);
    /// let mut changes = limit.changes();
    /// let mut context = Context::from_waker(Waker::noop());
    /// assert_eq!(changes.poll_changed(&mut context), Poll::Pending);
    ///
    /// setter.set(5);
    /// assert_eq!(changes.poll_changed(&mut context), Poll::Ready(Some(5)));
    /// ```
    pub fn poll_changed(&mut self, context: &mut Context<'_>) -> Poll<Option<V>> {
        let Some(watch) = &mut self.watch else {
            return Poll::Ready(None);
        };
        watch
            .poll_changed(context)
            .map(|snapshot| Some((self.value)(&*snapshot?)))
    }
}

/// A call of `changed`. If it is canceled, the task's waker is not kept.
struct Waiting<'a, V>(&'a mut Changes<V>);

impl<V> Drop for Waiting<'_, V> {
    fn drop(&mut self) {
        if let Some(watch) = &self.0.watch {
            watch.cancel();
        }
    }
}

/// Each item is what [`changed`](Changes::changed) returns.
///
/// ```
/// # use dflag::Dynamic;
/// # async fn resize(limit: usize) {}
/// # async fn follow(limit: Dynamic<usize>) {
/// use futures_util::StreamExt as _;
///
/// limit.changes().for_each(resize).await;
/// # }
/// # pollster::block_on(follow(Dynamic::constant(3)));
/// ```
#[cfg(feature = "stream")]
#[cfg_attr(docsrs, doc(cfg(feature = "stream")))]
impl<V> futures_core::Stream for Changes<V> {
    type Item = V;

    fn poll_next(self: std::pin::Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<V>> {
        self.get_mut().poll_changed(context)
    }
}

// The version that was seen is one assignment, after which nothing of the program's own runs.
impl<V> UnwindSafe for Changes<V> {}
impl<V> RefUnwindSafe for Changes<V> {}

/// Shows no value: it may be a secret's.
impl<V> fmt::Debug for Changes<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changes").finish_non_exhaustive()
    }
}
