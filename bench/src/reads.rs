//! The reads that are measured, and what publishes to all of them.
//!
//! Each read goes through a reference that the compiler knows nothing of, as in a program that
//! holds its handles in some struct: nothing is kept in registers from one read to the next.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use arc_swap::{ArcSwap, Cache};
use dflag::{DynamicFlags as _, FlagSet, Flags, Layer};

use crate::kinds::{Kinds, Policy};
use crate::ratio::{Loop, Row, looped};

/// Every row, and the one who writes what they read.
pub struct Reads {
    /// The rows, the first being what the others are compared with.
    pub rows: Vec<Row>,
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
    /// All rows, each on a value of its own kind that lives as long as the process.
    pub fn new() -> Self {
        let mut reads = Self {
            rows: Vec::new(),
            writers: Vec::new(),
        };
        reads.atomic();
        reads.flags();
        reads.arc_swap();
        #[cfg(feature = "peers")]
        reads.peers();
        reads
    }

    /// Publishes other values than in the turn before to everything that the rows read.
    pub fn publish(&mut self, turn: i64) {
        for write in &mut self.writers {
            write(turn);
        }
    }

    fn row(
        &mut self,
        slug: &'static str,
        name: &'static str,
        targets: Option<[f64; 2]>,
        make: impl Fn() -> Loop + Send + Sync + 'static,
    ) {
        self.rows.push(Row {
            slug,
            name,
            targets,
            make: Box::new(make),
        });
    }

    fn writer(&mut self, write: impl FnMut(i64) + Send + 'static) {
        self.writers.push(Box::new(write));
    }

    fn atomic(&mut self) {
        let atomic: &'static AtomicI64 = leak(AtomicI64::new(1337));
        self.row("atomic", "`AtomicI64::load(Relaxed)`", None, move || {
            looped(move || black_box(atomic).load(Ordering::Relaxed))
        });
        self.writer(move |turn| atomic.store(turn, Ordering::Relaxed));
    }

    fn flags(&mut self) {
        const GET: Option<[f64; 2]> = Some([1.5, 1.5]);
        const LOAD: Option<[f64; 2]> = Some([4.0, 4.5]);
        let flags = Kinds::try_parse_dynamic_from(["bench"]).expect("the defaults are valid");
        let flags: &'static Flags<Kinds> = leak(flags);

        self.row("get_i64", "`Dynamic<i64>::get`", GET, move || {
            let flag = &flags.number;
            looped(move || black_box(flag).get())
        });
        self.row("get_bool", "`Dynamic<bool>::get`", GET, move || {
            let flag = &flags.switch;
            looped(move || black_box(flag).get())
        });
        self.row("get_f64", "`Dynamic<f64>::get`", GET, move || {
            let flag = &flags.fraction;
            looped(move || black_box(flag).get())
        });
        self.row("get_char", "`Dynamic<char>::get`", GET, move || {
            let flag = &flags.letter;
            looped(move || black_box(flag).get())
        });
        self.row("get_duration", "`Dynamic<Duration>::get`", GET, move || {
            let flag = &flags.time;
            looped(move || black_box(flag).get())
        });
        self.row("load_string", "`Dynamic<String>::load`", LOAD, move || {
            let flag = &flags.text;
            looped(move || black_box(flag).load().len())
        });
        self.row(
            "load_vec",
            "`Dynamic<Vec<String>>::load`",
            LOAD,
            move || {
                let flag = &flags.list;
                looped(move || black_box(flag).load().len())
            },
        );
        self.row(
            "load_json",
            "`Dynamic<Policy>::load` (JSON)",
            LOAD,
            move || {
                let flag = &flags.policy;
                looped(move || black_box(flag).load().rate)
            },
        );
        self.row(
            "flags_load",
            "`Flags::load`, then a field",
            LOAD,
            move || looped(move || black_box(flags).load().number),
        );
        self.row("reader_i64", "`Reader<i64>::load`", GET, move || {
            let mut reader = flags.number.reader();
            looped(move || *black_box(&mut reader).load())
        });
        self.row("reader_string", "`Reader<String>::load`", GET, move || {
            let mut reader = flags.text.reader();
            looped(move || black_box(&mut reader).load().len())
        });

        let set: Arc<dyn FlagSet> = flags.into();
        self.writer(move |turn| {
            let mut layer = Layer::new("bench", "memory");
            for (key, value) in [
                ("number", turn.to_string()),
                ("switch", (turn % 2 == 0).to_string()),
                ("fraction", format!("{turn}.5")),
                ("letter", (turn % 10).to_string()),
                ("time", format!("{turn}ms")),
                ("text", format!("the text of turn {turn}")),
                ("list", format!("a,b,{turn}")),
                ("policy", format!(r#"{{"policy":"allow","rate":{turn}}}"#)),
            ] {
                layer.text(key, "memory", value);
            }
            set.propose(&layer).expect("the values are valid");
        });
    }

    fn arc_swap(&mut self) {
        let store: &'static ArcSwap<Policy> = leak(ArcSwap::from_pointee(policy(50)));
        self.row(
            "arc_swap_load",
            "arc-swap: `ArcSwap::load`",
            None,
            move || looped(move || black_box(store).load().rate),
        );
        self.row(
            "arc_swap_cache",
            "arc-swap: `Cache::load`",
            None,
            move || {
                let mut cache = Cache::new(store);
                looped(move || black_box(&mut cache).load().rate)
            },
        );
        self.writer(move |turn| store.store(Arc::new(policy(turn))));
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
            None,
            move || {
                let receiver = sender.subscribe();
                looped(move || black_box(&receiver).borrow().rate)
            },
        );
        self.writer(move |turn| {
            sender.send_replace(policy(turn));
        });

        let cell: &'static ConfigCell<Policy> = leak(ConfigCell::new());
        cell.store(policy(50));
        self.row(
            "dynamic_config",
            "dynamic-config: `ConfigCell::load`",
            None,
            move || looped(move || black_box(cell).load().map(|policy| policy.rate)),
        );
        self.writer(move |turn| cell.store(policy(turn)));

        // It publishes from a file only, so nothing writes to it here.
        let config: &'static HotswapConfig<Policy> = leak(HotswapConfig::new(policy(50)));
        self.row(
            "hotswap_config",
            "hotswap-config: `HotswapConfig::get`",
            None,
            move || looped(move || black_box(config).get().rate),
        );

        // The same.
        let schema = r#"{"version":"1.0","type":"object","properties":{
            "rate":{"type":"integer","default":50,"description":"How often."}}}"#;
        let options = Options::builder()
            .with_schemas(&[("bench", schema)])
            .with_directory("none")
            .with_refresh_threshold(None)
            .build();
        let options: &'static Options = leak(options.expect("the schema is valid"));
        self.row(
            "sentry_options",
            "sentry-options: `Options::get`",
            None,
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
