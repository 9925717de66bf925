//! The measured reads, and writers for the values that they read.
//!
//! Each read goes through an opaque reference, as in a program that holds its handles in a struct: the compiler
//! keeps nothing in registers between two reads.

use std::convert::Infallible;
use std::hint::black_box;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use arc_swap::{ArcSwap, Cache};
use dflag::{Dynamic, DynamicFlags as _, FlagSet, Flags, Layer};

use crate::kinds::{Kinds, Policy};
use crate::ratio::{Loop, Row, looped};

/// The rows, and the writers of their values.
pub struct Reads {
    /// The rows. The first is the baseline.
    pub rows: Vec<Row>,
    /// The rows of dflag's own reads.
    pub own: Range<usize>,
    writers: Vec<Box<dyn FnMut(i64) + Send>>,
}

impl std::fmt::Debug for Reads {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reads")
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

impl Reads {
    /// Creates all rows and their values, which live as long as the process.
    pub fn new() -> Self {
        let mut reads = Self {
            rows: Vec::new(),
            own: 0..0,
            writers: Vec::new(),
        };
        reads.atomic();
        let first = reads.rows.len();
        reads.flags();
        reads.own = first..reads.rows.len();
        reads.arc_swap();
        #[cfg(feature = "peers")]
        reads.peers();
        reads
    }

    /// Publishes new values, made from `number`, to all rows.
    pub fn publish(&mut self, number: i64) {
        for write in &mut self.writers {
            write(number);
        }
    }

    fn row(
        &mut self,
        slug: &'static str,
        name: &'static str,
        make: impl Fn() -> Loop + Send + Sync + 'static,
    ) {
        self.rows.push(Row {
            slug,
            name,
            make: Box::new(make),
        });
    }

    fn writer(&mut self, write: impl FnMut(i64) + Send + 'static) {
        self.writers.push(Box::new(write));
    }

    fn atomic(&mut self) {
        let atomic: &'static AtomicI64 = leak(AtomicI64::new(1337));
        self.row("atomic", "`AtomicI64::load(Relaxed)`", move || {
            looped(move || black_box(atomic).load(Ordering::Relaxed))
        });
        self.writer(move |number| atomic.store(number, Ordering::Relaxed));
    }

    fn flags(&mut self) {
        let flags = Kinds::try_parse_dynamic_from(["bench"]).expect("the defaults are valid");
        let flags: &'static Flags<Kinds> = leak(flags);

        self.numbers(flags);
        self.row("load_string", "`Dynamic<String>::load`", move || {
            let flag = &flags.text;
            looped(move || black_box(flag).load().len())
        });
        self.row("load_vec", "`Dynamic<Vec<String>>::load`", move || {
            let flag = &flags.list;
            looped(move || black_box(flag).load().len())
        });
        self.row("load_set", "`Dynamic<BTreeSet<String>>::load`", move || {
            let flag = &flags.set;
            looped(move || black_box(flag).load().len())
        });
        self.row("load_json", "`Dynamic<Policy>::load` (JSON)", move || {
            let flag = &flags.policy;
            looped(move || black_box(flag).load().rate)
        });
        self.row(
            "load_nested",
            "`Dynamic<String>::load` while another guard is held",
            move || {
                let (flag, held) = (&flags.text, flags.list.load());
                looped(move || {
                    black_box(&held);
                    black_box(flag).load().len()
                })
            },
        );
        self.row("flags_load", "`Flags::load`, then a field", move || {
            looped(move || black_box(flags).load().number)
        });
        self.row("reader_i64", "`Reader<i64>::load`", move || {
            let mut reader = flags.number.reader();
            looped(move || *black_box(&mut reader).load())
        });
        self.row("reader_string", "`Reader<String>::load`", move || {
            let mut reader = flags.text.reader();
            looped(move || black_box(&mut reader).load().len())
        });

        let derived = flags.derive(
            |flags| flags.text.clone(),
            |text, _| Ok::<_, Infallible>(text.len()),
        );
        let derived: &'static Dynamic<usize> = leak(derived.expect("it can be built"));
        self.row("load_derived", "`load` of a derived value", move || {
            looped(move || *black_box(derived).load())
        });
        let mapped = derived.map(ToString::to_string);
        let mapped: &'static Dynamic<String> = leak(mapped.expect("it can be built"));
        self.row("load_mapped", "`load` of a mapped value", move || {
            looped(move || black_box(mapped).load().len())
        });
        let number = flags.number.map(|number| number * 2);
        let number: &'static Dynamic<i64> = leak(number.expect("it can be built"));
        self.row("get_mapped", "`get` of a mapped `i64`", move || {
            looped(move || black_box(number).get())
        });
        self.row(
            "reader_mapped",
            "`Reader::load` of a mapped value",
            move || {
                let mut reader = mapped.reader();
                looped(move || black_box(&mut reader).load().len())
            },
        );

        let set: Arc<dyn FlagSet> = flags.into();
        self.writer(move |number| {
            let mut layer = Layer::new("bench", "memory");
            for (key, value) in [
                ("number", number.to_string()),
                ("switch", (number % 2 == 0).to_string()),
                ("fraction", format!("{number}.5")),
                ("letter", (number % 10).to_string()),
                ("time", format!("{number}ms")),
                ("text", format!("a somewhat longer text {number}")),
                ("list", format!("a,b,{number}")),
                ("set", format!("a,b,{number}")),
                ("policy", format!(r#"{{"policy":"allow","rate":{number}}}"#)),
            ] {
                layer.text(key, "memory", value);
            }
            set.propose(&layer).expect("the values are valid");
        });
    }

    /// Values that are read by `get`.
    fn numbers(&mut self, flags: &'static Flags<Kinds>) {
        self.row("get_i64", "`Dynamic<i64>::get`", move || {
            let flag = &flags.number;
            looped(move || black_box(flag).get())
        });
        self.row("get_bool", "`Dynamic<bool>::get`", move || {
            let flag = &flags.switch;
            looped(move || black_box(flag).get())
        });
        self.row("get_f64", "`Dynamic<f64>::get`", move || {
            let flag = &flags.fraction;
            looped(move || black_box(flag).get())
        });
        self.row("get_char", "`Dynamic<char>::get`", move || {
            let flag = &flags.letter;
            looped(move || black_box(flag).get())
        });
        self.row("get_duration", "`Dynamic<Duration>::get`", move || {
            let flag = &flags.time;
            looped(move || black_box(flag).get())
        });
    }

    fn arc_swap(&mut self) {
        let store: &'static ArcSwap<Policy> = leak(ArcSwap::from_pointee(policy(50)));
        self.row("arc_swap_load", "arc-swap: `ArcSwap::load`", move || {
            looped(move || black_box(store).load().rate)
        });
        self.row("arc_swap_cache", "arc-swap: `Cache::load`", move || {
            let mut cache = Cache::new(store);
            looped(move || black_box(&mut cache).load().rate)
        });
        self.writer(move |number| store.store(Arc::new(policy(number))));
    }

    #[cfg(feature = "peers")]
    fn peers(&mut self) {
        use dynamic_config::ConfigCell;
        use hotswap_config::core::HotswapConfig;
        use sentry_options::Options;
        use tokio::sync::watch;

        let sender: &'static watch::Sender<Policy> = leak(watch::Sender::new(policy(50)));
        self.row(
            "tokio_watch",
            "tokio: `watch::Receiver::borrow`",
            move || {
                let receiver = sender.subscribe();
                looped(move || black_box(&receiver).borrow().rate)
            },
        );
        self.writer(move |number| {
            sender.send_replace(policy(number));
        });

        let cell: &'static ConfigCell<Policy> = leak(ConfigCell::new());
        cell.store(policy(50));
        self.row(
            "dynamic_config",
            "dynamic-config: `ConfigCell::load`",
            move || looped(move || black_box(cell).load().map(|policy| policy.rate)),
        );
        self.writer(move |number| cell.store(policy(number)));

        // No writer: it publishes from files only.
        let config: &'static HotswapConfig<Policy> = leak(HotswapConfig::new(policy(50)));
        self.row(
            "hotswap_config",
            "hotswap-config: `HotswapConfig::get`",
            move || looped(move || black_box(config).get().rate),
        );

        // No writer, for the same reason.
        let schema = r#"{"version":"1.0","type":"object","properties":{
            "rate":{"type":"integer","default":50,"description":"A number."}}}"#;
        let options = Options::builder()
            .with_schemas(&[("bench", schema)])
            .with_directory("none")
            .with_refresh_threshold(None)
            .build();
        let options: &'static Options = leak(options.expect("the schema is valid"));
        self.row(
            "sentry_options",
            "sentry-options: `Options::get`",
            move || {
                looped(move || {
                    black_box(options)
                        .get("bench", "rate")
                        .expect("it has a default")
                })
            },
        );
    }
}

impl Default for Reads {
    fn default() -> Self {
        Self::new()
    }
}

fn policy(rate: i64) -> Policy {
    Policy {
        policy: "allow".to_owned(),
        rate: rate as u32,
    }
}

fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}
