//! What the log says of deprecated flags that the command line or the environment sets.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

use std::fmt::{self, Debug};
use std::sync::{Arc, Mutex};

use clap::Parser;
use dflag::{DynamicFlags, FlagSet};
use tracing::field::{Field, Visit};
use tracing::subscriber::with_default;
use tracing::{Event, Metadata, span};

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Args {
    #[arg(long, default_value_t = 3)]
    #[flag(dynamic)]
    limit: u8,

    #[arg(long)]
    #[flag(dynamic, deprecated = "use `limit`")]
    max_requests: Option<u8>,

    #[arg(long, default_value_t = 1)]
    #[flag(secret, deprecated = "remove it")]
    pin: u16,
}

/// Records the messages of events.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl tracing::Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

impl Visit for Log {
    fn record_debug(&mut self, _: &Field, value: &dyn Debug) {
        self.0.lock().unwrap().push(format!("{value:?}"));
    }
}

impl Log {
    fn of(work: impl FnOnce()) -> Vec<String> {
        let log = Self::default();
        with_default(log.clone(), work);
        log.to_string().lines().map(str::to_owned).collect()
    }
}

impl fmt::Display for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.lock().unwrap().join("\n"))
    }
}

#[test]
fn deprecated_flag_of_the_command_line_is_logged() {
    let line = ["server", "--max-requests=5", "--pin=4711"];
    let log = Log::of(|| {
        let args = Args::try_parse_dynamic_from(line).unwrap();
        assert_eq!((args.limit.get(), args.max_requests.get()), (3, Some(5)));
        assert_eq!(args.load().pin, 4711);
        let set: Arc<dyn FlagSet> = (&args).into();
        set.freeze();
    });
    assert_eq!(
        log,
        [
            "`max-requests`: deprecated, command line sets it: use `limit`",
            "`pin`: deprecated, command line sets it: remove it",
        ]
    );
    let log = Log::of(|| drop(Args::try_parse_dynamic_from(["server"]).unwrap()));
    assert!(log.is_empty(), "{log:?}");
}

#[test]
fn program_without_a_subscriber_yet_logs_it_when_its_static_flags_freeze() {
    let args = Args::try_parse_dynamic_from(["server", "--max-requests=5"]).unwrap();
    let log = Log::of(|| {
        let set: Arc<dyn FlagSet> = (&args).into();
        set.freeze();
        set.freeze();
    });
    assert_eq!(
        log,
        ["`max-requests`: deprecated, command line sets it: use `limit`"]
    );
}
