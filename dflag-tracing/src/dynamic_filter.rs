//! The filter in a subscriber, which follows the flag.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use arc_swap::{ArcSwap, Guard};
use dflag::{Dynamic, Subscription};
use tracing::dispatcher::{WeakDispatch, with_default};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Dispatch, Metadata, Subscriber, callsite};
use tracing_subscriber::layer::{Context, Filter};
use tracing_subscriber::{EnvFilter, Layer};

use crate::log_filter::LogFilter;

/// A filter that follows a flag, for a subscriber of your own.
///
/// As a layer it filters for the whole subscriber, and as the filter of one layer
/// ([`with_filter`](Layer::with_filter)) for that layer only:
///
/// ```
/// use dflag::Dynamic;
/// use dflag_tracing::{DynamicFilter, LogFilter};
/// use tracing_subscriber::fmt;
/// use tracing_subscriber::prelude::*;
///
/// # fn with(level: &Dynamic<LogFilter>, audit: &Dynamic<LogFilter>) {
/// let for_all = tracing_subscriber::registry()
///     .with(DynamicFilter::new(level))
///     .with(fmt::layer());
///
/// let for_one = tracing_subscriber::registry()
///     .with(fmt::layer().with_filter(DynamicFilter::new(level)))
///     .with(fmt::layer().with_writer(std::io::stderr).with_filter(DynamicFilter::new(audit)));
/// # }
/// # with(&Dynamic::default(), &Dynamic::default());
/// ```
///
/// It follows the flag until it is dropped, which happens with its subscriber. After each change, the cache of
/// callsites is rebuilt, and with the feature `log` the maximum level of the `log` crate follows. The rebuild takes time
/// in proportion to the number of callsites in the program, on the thread that changed the flag. Threads that log
/// never wait.
///
/// A directive about a span concerns spans that are created after the change.
///
/// As the filter of one layer it needs the program's global subscriber: `tracing` caches the wrong answers if the only
/// subscriber is that of a scope ([`with_default`](tracing::subscriber::with_default)), and another thread changes the
/// flag.
///
/// # Cost
/// `tracing` caches what a filter says about each callsite, so a disabled event costs what it costs with an `EnvFilter`
/// that never changes: 2.8 ns on the machine of the benchmarks. Where nothing can be cached, an event that some directive
/// could enable costs about 13 ns more: that is so while there are directives about spans. For the filter of one layer,
/// an enabled event costs about 35 ns more.
pub struct DynamicFilter {
    shared: Arc<Shared>,
    /// Held, because dropping it unsubscribes.
    _subscription: Subscription,
}

struct Shared {
    level: Dynamic<LogFilter>,
    current: ArcSwap<EnvFilter>,
    /// The value that `current` was made from. The lock orders changes.
    applied: Mutex<LogFilter>,
    /// The subscriber that it filters for, if that is known.
    subscriber: OnceLock<WeakDispatch>,
}

impl DynamicFilter {
    /// A filter with the flag's value, which follows the flag.
    pub fn new(level: &Dynamic<LogFilter>) -> Self {
        let first = level.get();
        let shared = Arc::new(Shared {
            level: level.clone(),
            current: ArcSwap::from_pointee(first.to_env_filter()),
            applied: Mutex::new(first),
            subscriber: OnceLock::new(),
        });
        let subscription = level.on_change({
            let shared = Arc::clone(&shared);
            move |_, _| shared.apply()
        });
        // The flag may have changed before there was a subscription.
        shared.apply();
        Self {
            shared,
            _subscription: subscription,
        }
    }

    fn current(&self) -> Guard<Arc<EnvFilter>> {
        self.shared.current.load()
    }
}

impl Shared {
    /// Applies the flag's value, which is read under the lock: the last of several threads applies the latest one.
    fn apply(&self) {
        let mut applied = self.applied.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = self.level.get();
        if *applied == wanted {
            return;
        }
        self.current.store(Arc::new(wanted.to_env_filter()));
        *applied = wanted;
        // The cache is rebuilt for all subscribers, but if there is only one, for the one of this thread, which need
        // not be the same. This computes `LevelFilter::current`, too.
        match self.subscriber.get().and_then(WeakDispatch::upgrade) {
            Some(subscriber) => with_default(&subscriber, callsite::rebuild_interest_cache),
            None => callsite::rebuild_interest_cache(),
        }
        #[cfg(feature = "log")]
        tracing_log::log::set_max_level(tracing_log::AsLog::as_log(&LevelFilter::current()));
    }
}

/// The filter of the whole subscriber.
impl<S: Subscriber> Layer<S> for DynamicFilter {
    fn on_register_dispatch(&self, subscriber: &Dispatch) {
        let _ = self.shared.subscriber.set(subscriber.downgrade());
    }

    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        Layer::<S>::register_callsite(&**self.current(), metadata)
    }

    fn enabled(&self, metadata: &Metadata<'_>, ctx: Context<'_, S>) -> bool {
        self.current().enabled(metadata, ctx)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        self.current().max_level_hint()
    }

    fn on_new_span(&self, attrs: &Attributes<'_>, id: &Id, ctx: Context<'_, S>) {
        self.current().on_new_span(attrs, id, ctx);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, ctx: Context<'_, S>) {
        self.current().on_record(id, values, ctx);
    }

    fn on_enter(&self, id: &Id, ctx: Context<'_, S>) {
        self.current().on_enter(id, ctx);
    }

    fn on_exit(&self, id: &Id, ctx: Context<'_, S>) {
        self.current().on_exit(id, ctx);
    }

    fn on_close(&self, id: Id, ctx: Context<'_, S>) {
        self.current().on_close(id, ctx);
    }
}

/// The filter of one layer.
impl<S: Subscriber> Filter<S> for DynamicFilter {
    fn enabled(&self, metadata: &Metadata<'_>, ctx: &Context<'_, S>) -> bool {
        self.current().enabled(metadata, ctx.clone())
    }

    /// Never "always": `enabled` must run before each event and span. Otherwise one that follows a `log_enabled!`
    /// with the answer "no" would be lost, because `Filtered` would take that answer for its own (issue 2519 of
    /// tracing).
    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        let interest = Filter::<S>::callsite_enabled(&**self.current(), metadata);
        if interest.is_always() {
            Interest::sometimes()
        } else {
            interest
        }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        self.current().max_level_hint()
    }

    fn on_new_span(&self, attrs: &Attributes<'_>, id: &Id, ctx: Context<'_, S>) {
        self.current().on_new_span(attrs, id, ctx);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, ctx: Context<'_, S>) {
        self.current().on_record(id, values, ctx);
    }

    fn on_enter(&self, id: &Id, ctx: Context<'_, S>) {
        self.current().on_enter(id, ctx);
    }

    fn on_exit(&self, id: &Id, ctx: Context<'_, S>) {
        self.current().on_exit(id, ctx);
    }

    fn on_close(&self, id: Id, ctx: Context<'_, S>) {
        self.current().on_close(id, ctx);
    }
}

/// Shows the flag and its current value.
impl fmt::Debug for DynamicFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DynamicFilter")
            .field("flag", &self.shared.level)
            .field("value", &*self.shared.level.load())
            .finish_non_exhaustive()
    }
}
