//! What users of the API expect of its types beside their purpose: to compare, display, parse, map
//! and serialize them.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails loudly"
)]
#![allow(clippy::option_option, reason = "clap gives it a meaning")]

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::ffi::OsString;
use std::panic::{RefUnwindSafe, UnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};

use clap::{CommandFactory, Parser, ValueEnum};
use dflag::validate::{Length, max_len, min_len, range};
use dflag::{
    Applied, Cause, Change, Changes, Checksum, Dynamic, DynamicFlags, Edit, FlagInfo, FlagKind,
    FlagSet, Flags, Guard, Layer, LayerInfo, Listing, MASK, OnInvalid, Origin, ParseVariantError,
    PendingRestart, Precedence, Problem, Published, Reader, Rejected, Setter, SourceStatus,
    Subscription, TestOverride, TimedOut,
};

#[derive(Clone, Debug, Parser, DynamicFlags)]
#[flags(validate = Args::check)]
struct Args {
    #[arg(long, default_value_t = 8080)]
    port: u16,

    #[arg(long, default_value_t = 1)]
    #[flag(dynamic, validate = range(1..=100))]
    low: u8,

    #[arg(long, default_value_t = 10)]
    #[flag(dynamic)]
    high: u8,

    #[arg(long, default_value = "eu")]
    #[flag(dynamic)]
    zone: String,

    #[arg(long)]
    #[flag(dynamic, validate = |limit: &Option<u32>| if *limit == Some(13) { Err("unlucky") } else { Ok(()) })]
    limit: Option<u32>,

    #[arg(long, value_delimiter = ',')]
    #[flag(dynamic)]
    zones: Option<Vec<String>>,

    #[arg(long, num_args = 0..=1)]
    #[flag(dynamic)]
    color: Option<Option<String>>,

    #[arg(long, default_value = "")]
    #[flag(dynamic, secret)]
    token: String,

    #[arg(long)]
    #[flag(dynamic, secret)]
    pin: Option<u32>,
}

impl Args {
    fn check(&self) -> Result<(), &'static str> {
        if self.low <= self.high {
            Ok(())
        } else {
            Err("low is above high")
        }
    }
}

fn args(typed: &[&str]) -> Flags<Args> {
    Args::try_parse_dynamic_from([&["server"], typed].concat()).unwrap()
}

fn layer(keys: &[(&str, &str)]) -> Layer {
    let mut layer = Layer::new("ConfigMap", "/etc/dflag");
    for (key, value) in keys {
        layer.text(*key, format!("/etc/dflag/{key}"), *value);
    }
    layer
}

mod edits {
    use super::*;

    #[test]
    fn several_flags_change_at_once_or_not_at_all() {
        let args = args(&[]);
        let rejected = args.edit([Edit::set("low", "20"), Edit::set("zone", "us")]);
        assert!(rejected.unwrap_err().to_string().contains("low is above"));
        assert_eq!(args.zone.load(), "eu");

        let before = args.generation();
        let edits = vec![Edit::set("low", "20"), Edit::set("high", "30")];
        let applied = args.edit(edits).unwrap();
        assert_eq!(
            (args.low.get(), args.high.get(), applied.generation),
            (20, 30, before + 1)
        );
    }

    #[test]
    fn the_last_edit_of_a_flag_counts() {
        let args = args(&[]);
        let edits = [Edit::set("low", "2"), Edit::set("low", "3")];
        args.edit(edits).unwrap();
        assert_eq!(args.low.get(), 3);
        args.edit([Edit::set("low", "4"), Edit::clear("low")])
            .unwrap();
        assert_eq!(args.low.get(), 1);
    }

    #[test]
    fn no_edits_change_nothing() {
        let args = args(&[]);
        let applied = args.edit([]).unwrap();
        assert_eq!((applied.generation, applied.changed.len()), (1, 0));
    }

    #[test]
    fn an_optional_flag_is_unset_over_every_layer_and_cleared_again() {
        let typed = ["--limit=7", "--zones=a,b", "--color=red"];
        let args = args(&typed);
        let set: Arc<dyn FlagSet> = (&args).into();
        set.propose(&layer(&[("limit", "8")])).unwrap();

        let names = ["limit", "zones", "color"];
        let applied = args.edit(names.map(Edit::unset)).unwrap();
        assert_eq!(applied.changed.len(), 3);
        assert_eq!(applied.changed[0].old.as_deref(), Some("8"));
        assert_eq!(applied.changed[0].new, None);
        assert_eq!(
            (args.limit.get(), args.zones.get(), args.color.get()),
            (None, None, None)
        );
        let limit = args.flag("limit").unwrap();
        assert_eq!((limit.value, limit.origin), (None, Origin::Override));
        assert!(!limit.changed, "its default is no value");
        let layers: Vec<_> = limit.layers.iter().map(|layer| &layer.value).collect();
        assert_eq!(
            layers,
            [&Some("7".to_owned()), &Some("8".to_owned()), &None]
        );

        // Unset stays unset, whatever the layers below say.
        set.propose(&layer(&[("limit", "9")])).unwrap();
        assert_eq!(args.limit.get(), None);

        args.edit(names.map(Edit::clear)).unwrap();
        assert_eq!(args.limit.get(), Some(9));
        assert_eq!(args.zones.get(), Some(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(args.color.get(), Some(Some("red".to_owned())));
    }

    #[test]
    fn a_value_replaces_an_unset_and_an_unset_a_value() {
        let args = args(&[]);
        let edit = |edit: Edit| args.edit([edit]).unwrap();
        edit(Edit::set("color", "red"));
        edit(Edit::unset("color"));
        assert_eq!(args.color.get(), None);
        // The text before the unset, and the empty one.
        edit(Edit::set("color", ""));
        assert_eq!(args.color.get(), Some(Some(String::new())));
        edit(Edit::unset("color"));
        edit(Edit::set("color", "red"));
        assert_eq!(args.color.get(), Some(Some("red".to_owned())));
    }

    #[test]
    fn a_secret_is_unset_without_a_word_of_its_value() {
        let args = args(&["--pin=1234"]);
        let applied = args.edit([Edit::unset("pin")]).unwrap();
        assert_eq!(applied.changed[0].old.as_deref(), Some(MASK));
        assert_eq!((&applied.changed[0].new, args.pin.get()), (&None, None));
    }

    #[test]
    fn a_check_judges_none_as_well() {
        #[derive(Clone, Parser, DynamicFlags)]
        struct Strict {
            #[arg(long, default_value = "1")]
            #[flag(dynamic, validate = |n: &Option<u8>| n.map(|_| ()).ok_or("must be set"))]
            n: Option<u8>,
        }
        let args = Strict::try_parse_dynamic_from(["server"]).unwrap();
        let rejected = args.edit([Edit::unset("n")]).unwrap_err();
        assert!(rejected.to_string().contains("`n`: must be set"));
        assert_eq!(args.n.get(), Some(1));
    }

    #[test]
    fn only_a_dynamic_option_can_be_unset() {
        let args = args(&[]);
        let edits = ["low", "token", "port", "nothing"].map(Edit::unset);
        let problems = args.edit(edits).unwrap_err().problems;
        assert!(matches!(
            problems.as_slice(),
            [
                Problem::NotOptional { .. },
                Problem::NotOptional { .. },
                Problem::Static { .. },
                Problem::Unknown { .. }
            ]
        ));
        assert_eq!(problems[0].flag(), Some("low"));
        assert_eq!(
            problems[0].to_string(),
            "`low`: the flag is not optional, it always has a value; clear a flag to return to \
             the value beneath its override"
        );
    }

    #[test]
    fn debug_shows_names_only() {
        let edits = [
            Edit::set("token", "hunter2"),
            Edit::unset("pin"),
            Edit::clear("low"),
        ];
        assert_eq!(
            format!("{edits:?}"),
            r#"[Set("token"), Unset("pin"), Clear("low")]"#
        );
    }
}

mod guards {
    use super::*;

    #[test]
    fn a_guard_compares_with_values_and_guards() {
        let args = args(&[]);
        let before = args.zone.load();
        assert_eq!(before, "eu");
        assert_eq!(before, "eu".to_owned());
        assert_eq!(before, args.zone.load());
        args.set("zone", "us").unwrap();
        assert_ne!(before, args.zone.load());
        assert_eq!(Dynamic::constant(3).load(), 3);
        assert_eq!(args.limit.load(), None);
    }

    #[test]
    fn a_guard_displays_as_its_value() {
        let args = args(&[]);
        assert_eq!(
            format!("{:>4}|{:?}", args.zone.load(), args.zone.load()),
            "  eu|\"eu\""
        );
        assert_eq!(format!("{:03}", Dynamic::constant(7).load()), "007");
        assert_eq!(format!("{:?}", args.limit.load()), "None");
    }

    #[test]
    fn a_guard_on_a_secret_is_masked_and_so_are_its_parts() {
        let args = args(&["--token=hunter2", "--pin=1234"]);
        let token = || args.token.load();
        let part = Guard::map(token(), String::as_str);
        let prefix = Guard::map(Guard::map(token(), String::as_str), |text| &text[..4]);
        let from_struct = Guard::map(args.load(), |args| &args.token);
        for masked in [
            format!("{}", token()),
            format!("{:?}", token()),
            format!("{part}"),
            format!("{prefix:?}"),
            format!("{from_struct}"),
            format!("{:?}", args.pin.load()),
            format!("{:?}", args.load()),
        ] {
            assert_eq!(masked, MASK);
        }
        assert_eq!(format!("{:>10}", token()), format!("{MASK:>10}"));
        assert_eq!((&*part, &*prefix), ("hunter2", "hunt"));
        // Reading both kinds on one thread mixes nothing up, also after a publish.
        for zone in ["us", "eu"] {
            args.set("zone", zone).unwrap();
            assert_eq!(args.zone.load().to_string(), zone);
            assert_eq!(token().to_string(), MASK);
            assert_eq!(args.zone.load().to_string(), zone);
        }
    }

    #[test]
    fn a_guard_is_what_its_value_is_as_ref() {
        fn join(name: impl AsRef<Path>) -> PathBuf {
            Path::new("/zones").join(name)
        }
        let args = args(&["--limit=3"]);
        assert_eq!(join(args.zone.load()), Path::new("/zones/eu"));
        // `Option::as_ref` is not hidden.
        assert_eq!(args.limit.load().as_ref().map(|n| n + 1), Some(4));
    }

    #[test]
    fn a_mapped_guard_keeps_its_snapshot() {
        let args = args(&["--zones=a,b"]);
        let first = Guard::map(args.zones.load(), |zones| {
            zones.as_deref().unwrap().first().unwrap().as_str()
        });
        let zone = Guard::map(args.load(), |args| &args.zone);
        args.edit([Edit::set("zones", "x,y"), Edit::set("zone", "us")])
            .unwrap();
        dflag::release_thread();
        assert_eq!(args.zones.get().unwrap(), ["x", "y"]);
        assert_eq!((&*first, &**zone), ("a", "eu"));
    }

    #[test]
    fn a_mapped_guard_of_a_constant_borrows_it() {
        let constant = Dynamic::constant((1, "x".to_owned()));
        let text = Guard::map(constant.load(), |value| value.1.as_str());
        assert_eq!((&*text, text.to_string()), ("x", "x".to_owned()));
    }

    #[test]
    fn a_part_may_be_borrowed_from_elsewhere() {
        let args = args(&[]);
        let word = Guard::map(args.low.load(), |low| if *low > 5 { "high" } else { "low" });
        assert_eq!(&*word, "low");
    }

    #[test]
    fn the_last_guard_drops_the_snapshot_even_if_mapping_panics() {
        struct Sender(mpsc::Sender<()>);
        impl Drop for Sender {
            fn drop(&mut self) {
                self.0.send(()).unwrap();
            }
        }
        #[derive(Clone)]
        struct Watched {
            _sender: Arc<Sender>,
            number: u8,
        }

        let (sender, dropped) = mpsc::channel();
        let constant = Dynamic::constant(Watched {
            _sender: Arc::new(Sender(sender)),
            number: 7,
        });
        let result = catch_unwind(|| {
            let _ = Guard::map(constant.load(), |_| -> &u8 { panic!("on purpose") });
        });
        assert!(result.is_err());
        assert_eq!(*Guard::map(constant.load(), |watched| &watched.number), 7);
        assert!(dropped.try_recv().is_err());
        drop(constant);
        assert!(dropped.try_recv().is_ok());
    }
}

mod names {
    use super::*;

    fn round_trips<T>(names: &[&str])
    where
        T: ValueEnum + std::fmt::Display + std::str::FromStr<Err = ParseVariantError>,
        T: std::fmt::Debug + PartialEq,
    {
        let all: Vec<_> = T::value_variants().iter().map(T::to_string).collect();
        assert_eq!(all, names);
        for variant in T::value_variants() {
            assert_eq!(variant.to_string().parse::<T>().as_ref(), Ok(variant));
            let possible = variant.to_possible_value().unwrap();
            assert_eq!(possible.get_name(), variant.to_string());
        }
        let error = "x\n".parse::<T>().unwrap_err();
        assert_eq!(error.possible_values(), names);
        let expected = format!(
            "unknown value `x\\n` [possible values: {}]",
            names.join(", ")
        );
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn enums_display_and_parse_their_names() {
        round_trips::<FlagKind>(&["static", "dynamic"]);
        round_trips::<Precedence>(&[
            "above-command-line",
            "below-command-line",
            "below-environment",
        ]);
        round_trips::<OnInvalid>(&["reject-all", "keep-valid"]);
    }

    #[test]
    fn enums_are_clap_values() {
        #[derive(Debug, Parser)]
        struct Options {
            #[arg(long, default_value_t)]
            on_invalid: OnInvalid,
            #[arg(long)]
            kind: Option<FlagKind>,
        }
        let typed = ["x", "--on-invalid=keep-valid", "--kind=static"];
        let options = Options::try_parse_from(typed).unwrap();
        assert_eq!(options.on_invalid, OnInvalid::KeepValid);
        assert_eq!(options.kind, Some(FlagKind::Static));
        let error = Options::try_parse_from(["x", "--kind=other"]).unwrap_err();
        assert!(error.to_string().contains("static, dynamic"), "{error}");
    }
}

mod equality {
    use super::*;

    #[test]
    fn outcomes_and_errors_are_compared_whole() {
        let (one, other) = (args(&[]), args(&[]));
        let keys = layer(&[("low", "2"), ("lo", "1")]);
        let propose = |args: &Flags<Args>, layer: &Layer| {
            let set: Arc<dyn FlagSet> = args.into();
            set.propose(layer)
        };
        assert_eq!(propose(&one, &keys), propose(&other, &keys));
        assert_ne!(
            propose(&one, &layer(&[("low", "3")])),
            propose(&other, &layer(&[("low", "4")]))
        );
        assert_eq!(one.set("low", "x"), other.set("low", "x"));
        assert_ne!(one.set("low", "x"), other.set("low", "y"));
    }

    #[test]
    fn a_publish_is_compared_whole() {
        let published = || {
            let args = args(&[]);
            let set: Arc<dyn FlagSet> = (&args).into();
            let (sender, seen) = mpsc::channel();
            let _subscription = set.on_publish(Arc::new(move |publish| {
                sender.send(publish.clone()).unwrap();
            }));
            args.set("low", "2").unwrap();
            seen.try_recv().unwrap()
        };
        let one: Published = published();
        assert_eq!(one, published());
    }

    #[test]
    fn layers_are_equal_if_they_propose_the_same() {
        let one = || layer(&[("low", "2")]);
        assert_eq!(one(), one());
        assert_ne!(one(), layer(&[("low", "3")]));
        assert_ne!(one(), layer(&[("low", "2"), ("high", "3")]));
        assert_ne!(one(), one().deny_unknown(true));
        assert_ne!(one(), one().on_invalid(OnInvalid::KeepValid));
        assert_ne!(one(), one().precedence(Precedence::BelowCommandLine));
        let unreadable = |cause: &'static str| {
            let mut layer = one();
            layer.unreadable("low", "/etc/dflag/low", cause);
            layer
        };
        assert_eq!(unreadable("locked"), unreadable("locked"));
        assert_ne!(unreadable("locked"), unreadable("a directory"));
    }
}

mod panics {
    use super::*;

    #[test]
    fn public_types_are_unwind_safe() {
        fn unwind_safe<T: UnwindSafe + RefUnwindSafe + ?Sized>() {}
        unwind_safe::<Flags<Args>>();
        unwind_safe::<Dynamic<String>>();
        unwind_safe::<Guard<'_, String>>();
        unwind_safe::<Guard<'_, str>>();
        unwind_safe::<Reader<String>>();
        unwind_safe::<Subscription>();
        unwind_safe::<(Changes<String>, Setter<String>, TestOverride, TimedOut)>();
        unwind_safe::<dyn FlagSet>();
        unwind_safe::<Arc<dyn FlagSet>>();
        unwind_safe::<Layer>();
        unwind_safe::<Edit>();
        unwind_safe::<(Applied, Published, Change, Rejected, Problem, Cause)>();
        unwind_safe::<(FlagInfo, LayerInfo, Listing, PendingRestart, Checksum)>();
        unwind_safe::<(Origin, SourceStatus, FlagKind, Precedence, OnInvalid)>();
        unwind_safe::<ParseVariantError>();
    }

    #[test]
    fn public_types_go_where_they_can() {
        fn shared<T: Send + Sync + 'static>() {}
        shared::<Flags<Args>>();
        shared::<Dynamic<String>>();
        shared::<Reader<String>>();
        shared::<Subscription>();
        shared::<(Changes<String>, Setter<String>, TestOverride, TimedOut)>();
        shared::<(Layer, Edit, Applied, Rejected, Listing, SourceStatus)>();
    }

    /// Its drop panics once, when it is asked to.
    #[derive(Clone, Debug, PartialEq)]
    struct Explosive(String);

    static ARMED: AtomicBool = AtomicBool::new(false);

    impl Drop for Explosive {
        fn drop(&mut self) {
            let explodes = self.0 == "old" && ARMED.swap(false, Ordering::Relaxed);
            assert!(!explodes, "on purpose");
        }
    }

    impl std::str::FromStr for Explosive {
        type Err = std::convert::Infallible;

        fn from_str(text: &str) -> Result<Self, Self::Err> {
            Ok(Self(text.to_owned()))
        }
    }

    #[test]
    fn a_value_whose_drop_panics_keeps_no_callback_from_being_called() {
        #[derive(Clone, Parser, DynamicFlags)]
        struct Args {
            #[arg(long, default_value = "default")]
            #[flag(dynamic)]
            bomb: Explosive,
        }
        let args = Args::try_parse_dynamic_from(["server"]).unwrap();
        let (sender, seen) = mpsc::channel();
        let sender = std::sync::Mutex::new(sender);
        let _subscription = args.bomb.on_change(move |_, new| {
            if new.0 == "new" {
                // The old value is dropped after the last callback.
                ARMED.store(true, Ordering::Relaxed);
            }
            sender.lock().unwrap().send(new.0.clone()).unwrap();
        });
        args.set("bomb", "old").unwrap();
        args.set("bomb", "new").unwrap();
        assert!(!ARMED.load(Ordering::Relaxed), "it panicked");
        args.set("bomb", "newer").unwrap();
        assert_eq!(seen.try_iter().collect::<Vec<_>>(), ["old", "new", "newer"]);
    }
}

/// `#[expect]` fails the build with `-D warnings` if the type is not `#[must_use]`.
mod must_use {
    use super::*;

    #[test]
    #[expect(unused_must_use, reason = "a guard must be used")]
    fn guards() {
        Dynamic::constant(1).load();
    }

    #[test]
    #[expect(unused_must_use, reason = "a reader must be used")]
    fn readers() {
        Dynamic::constant(1).reader();
    }

    #[test]
    #[expect(unused_must_use, reason = "a layer must be used")]
    fn layers() {
        Layer::new("file", "flags.txt");
    }

    #[test]
    #[expect(unused_must_use, reason = "an edit must be used")]
    fn edits() {
        Edit::set("low", "1");
    }

    #[test]
    #[expect(unused_must_use, reason = "a subscription must be used")]
    fn subscriptions() {
        args(&[]).on_change(|_, _| {});
    }
}

mod checks {
    use super::*;

    #[test]
    fn every_collection_has_a_length() {
        fn is<T: Length + ?Sized>(value: &T, length: usize) {
            assert_eq!(value.length(), length);
            assert!(min_len(length)(value).is_ok() && max_len(length)(value).is_ok());
            assert!(min_len(length + 1)(value).is_err());
            assert!(max_len(length - 1)(value).is_err());
        }
        is("größe", 5);
        is(&"größe".to_owned(), 5);
        is(Path::new("größe"), 7);
        is(&PathBuf::from("größe"), 7);
        is(&OsString::from("größe"), 7);
        is(OsString::from("größe").as_os_str(), 7);
        is(&[1, 2][..], 2);
        is(&[1, 2], 2);
        is(&vec![1, 2], 2);
        is(&VecDeque::from([1, 2]), 2);
        is(&LinkedList::from([1, 2]), 2);
        is(&BinaryHeap::from([1, 2]), 2);
        is(&HashSet::from([1, 2]), 2);
        is(&BTreeSet::from([1, 2]), 2);
        is(&HashMap::from([(1, 2)]), 1);
        is(&BTreeMap::from([(1, 2)]), 1);
        is(&"größe", 5);
        is(&&mut [1, 2], 2);
        is(&Box::<str>::from("größe"), 5);
        is(&Rc::<[u8]>::from([1, 2]), 2);
        is(&Arc::new(vec![1]), 1);
        is(&Cow::Borrowed("größe"), 5);
        is(&Cow::<[u8]>::Owned(vec![1]), 1);
    }

    #[test]
    fn help_shows_neither_the_bounds_of_a_check_nor_those_of_claps_range() {
        #[derive(Clone, Parser, DynamicFlags)]
        struct Args {
            /// Between one and 64.
            #[arg(long, default_value_t = 4)]
            #[flag(dynamic, validate = range(1..=64))]
            checked: u32,

            #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=128))]
            #[flag(dynamic)]
            parsed: u32,
        }
        let help = Args::command().render_help().to_string();
        assert!(help.contains("Between one and 64"), "{help}");
        assert!(!help.contains("1..=64") && !help.contains("128"), "{help}");
    }
}

mod secrets {
    use super::*;

    fn error(typed: &[&str]) -> String {
        let parsed = Args::try_parse_dynamic_from([&["server"], typed].concat());
        parsed.err().unwrap().to_string()
    }

    #[test]
    fn a_secret_without_a_value_is_told_so_in_claps_words() {
        #[derive(Debug, Parser)]
        struct Plain {
            #[arg(long)]
            token: String,
            #[arg(long)]
            pin: Option<u32>,
        }
        for typed in [&["--token"][..], &["--pin"]] {
            let words = error(typed);
            let plain = Plain::try_parse_from([&["server"], typed].concat());
            let plain = plain.unwrap_err().to_string();
            assert_eq!(words.lines().next(), plain.lines().next());
            assert!(words.contains("a value is required for"), "{words}");
        }
        // An empty value is no secret.
        assert!(error(&["--pin="]).contains("cannot parse integer from empty string"));
    }

    #[test]
    fn a_value_is_masked_in_every_error_that_quotes_it() {
        for typed in [&["--pin=hunter2"][..], &["--pin", "hunter2"]] {
            let words = error(typed);
            assert!(!words.contains("hunter2"), "{words}");
            assert!(words.contains("the flag is secret"), "{words}");
        }
    }

    #[test]
    fn a_secret_that_conflicts_or_is_repeated_is_told_so_in_claps_words() {
        let words = error(&["--pin=1", "--pin=2"]);
        assert!(words.contains("cannot be used multiple times"), "{words}");
        assert!(!words.contains("the flag is secret"), "{words}");
    }
}

#[cfg(feature = "serde")]
mod serialize {
    use super::*;
    use dflag::{Source, SourceObject};
    use serde_json::{Value, json, to_value};
    use std::time::{Duration, SystemTime};

    #[test]
    fn a_listing_has_the_names_of_its_fields() {
        let args = args(&["--low=2", "--token=hunter2"]);
        let set: Arc<dyn FlagSet> = (&args).into();
        set.freeze();
        set.propose(&layer(&[("high", "20"), ("port", "80")]))
            .unwrap();
        let listing = to_value(args.listing()).unwrap();
        assert_eq!(listing["generation"], 2);
        let checksum = args.checksum(FlagKind::Static).to_string();
        assert_eq!(listing["checksum_static"], checksum);
        assert_eq!(listing["checksum_dynamic"].as_str().unwrap().len(), 16);
        let location = |key| json!({"kind": "source", "name": "ConfigMap", "location": key});
        assert_eq!(
            listing["flags"][2],
            json!({
                "name": "high",
                "aliases": [],
                "help": "",
                "kind": "dynamic",
                "value": "20",
                "default": "10",
                "origin": location("/etc/dflag/high"),
                "adjusted": false,
                "changed": true,
                "revision": 2,
                "layers": [
                    {"origin": {"kind": "default"}, "value": "10"},
                    {"origin": location("/etc/dflag/high"), "value": "20"},
                ],
                "expiry": null,
                "pending_restart": null,
                "possible_values": [],
                "secret": false,
                "covered": true,
                "json": false,
                "many": false,
                "arrays": false,
                "bytes": false,
                "optional": false,
                "env": null,
                "type_name": "u8",
                "group": null,
                "unit": null,
                "min": "0",
                "max": "255",
                "min_len": null,
                "max_len": null,
                "deprecated": null,
            })
        );
        let port = &listing["flags"][0];
        assert_eq!(port["kind"], "static");
        assert_eq!(
            port["pending_restart"],
            json!({"flag": "port", "value": "80"})
        );
        assert!(!listing.to_string().contains("hunter2"));
        assert_eq!(
            to_value(args.pending_restarts()).unwrap(),
            json!([{"flag": "port", "value": "80"}])
        );
    }

    #[test]
    fn an_expiry_has_its_time_in_seconds() {
        let args = args(&[]);
        args.set_for("low", "2", Duration::from_secs(3600)).unwrap();
        let mut low = to_value(args.flag("low")).unwrap()["expiry"].take();
        let remaining = low["remaining"].take().as_f64().unwrap();
        assert!(remaining <= 3600.0 && remaining > 3500.0, "{remaining}");
        assert_eq!(low, json!({"remaining": null, "reason": null}));

        let rejected = args.set_for("low", "2", Duration::ZERO).unwrap_err();
        let problem = to_value(&rejected.problems[0]).unwrap();
        assert_eq!(
            (&problem["kind"], &problem["flag"]),
            (&json!("invalid-expiry"), &json!("low"))
        );
        assert!(problem["reason"].as_str().unwrap().contains("is zero"));
    }

    #[test]
    fn every_origin_has_a_kind() {
        let kinds = [
            (Origin::Default, "default"),
            (Origin::Environment, "environment"),
            (Origin::CommandLine, "command-line"),
            (Origin::Override, "override"),
        ];
        for (origin, kind) in kinds {
            assert_eq!(to_value(origin).unwrap(), json!({"kind": kind}));
        }
    }

    #[test]
    fn an_outcome_has_the_names_of_its_fields() {
        let args = args(&[]);
        let set: Arc<dyn FlagSet> = (&args).into();
        let applied = set.propose(&layer(&[("limit", "7"), ("lo", "1")])).unwrap();
        let unknown = json!({
            "kind": "unknown",
            "text": applied.unknown[0].to_string(),
            "key": "lo",
            "origin": {"kind": "source", "name": "ConfigMap", "location": "/etc/dflag/lo"},
            "similar": "low",
        });
        assert_eq!(
            to_value(&applied).unwrap(),
            json!({
                "generation": 2,
                "changed": [{"flag": "limit", "old": null, "new": "7"}],
                "unknown": [unknown],
                "blank": [],
                "overruled": [],
                "shadowed": [],
                "deprecated": [],
                "rejected": [],
                "volatile": false,
            })
        );
        let changed = &to_value(&applied).unwrap()["changed"];
        assert_eq!(changed, &to_value(&applied.changed).unwrap());
    }

    #[test]
    fn an_error_has_its_text_and_its_fields() {
        let args = args(&[]);
        let rejected = args.set("low", "x").unwrap_err();
        let value = to_value(&rejected).unwrap();
        assert_eq!(value["text"], rejected.to_string());
        assert_eq!(value["source"], "override");
        assert_eq!(
            value["problems"],
            json!([{
                "kind": "invalid",
                "text": rejected.problems[0].to_string(),
                "flag": "low",
                "origin": {"kind": "override"},
                "reason": "invalid value 'x' for '--low <LOW>': invalid digit found in string",
                "possible_values": [],
            }])
        );
        assert_eq!(value["unknown"], json!([]));
        assert_eq!(value["volatile"], json!(false));

        let kind = |edit: Edit| {
            let rejected = args.edit([edit]).unwrap_err();
            let problem = to_value(&rejected.problems[0]).unwrap();
            assert_eq!(problem["text"], rejected.problems[0].to_string());
            problem["kind"].clone()
        };
        assert_eq!(kind(Edit::set("low", "101")), "check");
        assert_eq!(kind(Edit::set("low", "50")), "rule");
        assert_eq!(kind(Edit::set("port", "1")), "static");
        assert_eq!(kind(Edit::unset("low")), "not-optional");
        assert_eq!(kind(Edit::set("nothing", "1")), "unknown");
        assert_eq!(kind(Edit::set("limit", "13")), "check");
    }

    #[test]
    fn every_problem_of_a_layer_has_its_fields() {
        let args = args(&[]);
        let set: Arc<dyn FlagSet> = (&args).into();
        let mut bad = layer(&[("low", "1"), ("low", "2")]);
        bad.unreadable("high", "/etc/dflag/high", "it is locked");
        bad.file("zone", "/etc/dflag/zone", b"\xff".to_vec());
        let value = to_value(set.propose(&bad).unwrap_err()).unwrap();
        let problems = value["problems"].as_array().unwrap();
        let kinds: Vec<_> = problems.iter().map(|problem| &problem["kind"]).collect();
        assert_eq!(kinds, ["duplicate", "unreadable", "not-utf8"]);
        assert_eq!(problems[0]["first"], problems[0]["second"]);
        assert_eq!(problems[1]["cause"], "it is locked");
        assert!(
            problems
                .iter()
                .all(|problem| problem["similar"] == Value::Null)
        );
    }

    #[test]
    fn a_status_has_its_times_in_seconds() {
        struct Remote;
        impl Source for Remote {
            fn status(&self) -> SourceStatus {
                let mut status = SourceStatus::new("remote", "https://flags.example.com");
                status.last_scan = Some(SystemTime::UNIX_EPOCH + Duration::from_millis(1500));
                let mut object = SourceObject::new("prod", "flags");
                object.modified = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1));
                object.delay = Some(Duration::from_millis(250));
                status.object = Some(object);
                status
            }
        }
        assert_eq!(
            to_value(Remote.status()).unwrap(),
            json!({
                "name": "remote",
                "location": "https://flags.example.com",
                "watching": "",
                "generation": 0,
                "applied": 0,
                "rejected": 0,
                "rollbacks": 0,
                "last_scan": 1.5,
                "last_read": null,
                "last_success": null,
                "last_error": null,
                "degraded": [],
                "unknown_keys": [],
                "warnings": [],
                "object": {
                    "namespace": "prod",
                    "name": "flags",
                    "prefix": "",
                    "resource_version": null,
                    "manager": null,
                    "modified": 1.0,
                    "delay": 0.25,
                },
            })
        );
    }

    #[test]
    fn a_health_has_its_state_and_what_belongs_to_it() {
        let mut status = SourceStatus::new("remote", "there");
        let (minute, now) = (
            Duration::from_secs(60),
            SystemTime::UNIX_EPOCH + Duration::from_secs(100),
        );
        let health = |status: &SourceStatus| to_value(status.health(minute, now)).unwrap();
        assert_eq!(health(&status), json!({"state": "not-scanned"}));
        status.last_scan = Some(now);
        status.degraded = vec!["it was rejected".to_owned()];
        assert_eq!(
            health(&status),
            json!({"state": "stale", "unread_for": null, "reasons": ["it was rejected"]})
        );
        status.last_read = Some(now - Duration::from_millis(60_500));
        assert_eq!(
            health(&status),
            json!({"state": "stale", "unread_for": 60.5, "reasons": ["it was rejected"]})
        );
        status.last_read = Some(now);
        assert_eq!(
            health(&status),
            json!({"state": "degraded", "reasons": ["it was rejected"]})
        );
        status.degraded.clear();
        assert_eq!(health(&status), json!({"state": "ready"}));
    }

    #[test]
    fn enums_are_their_names() {
        assert_eq!(to_value(FlagKind::Static).unwrap(), "static");
        assert_eq!(
            to_value(Precedence::default()).unwrap(),
            "above-command-line"
        );
        assert_eq!(to_value(OnInvalid::KeepValid).unwrap(), "keep-valid");
    }

    #[test]
    fn a_publish_has_the_names_of_its_fields() {
        let args = args(&[]);
        let set: Arc<dyn FlagSet> = (&args).into();
        let (sender, seen) = mpsc::channel();
        let _subscription = set.on_publish(Arc::new(move |publish| {
            sender.send(to_value(publish)).unwrap();
        }));
        args.set("low", "2").unwrap();
        let changed = json!([{"flag": "low", "old": "1", "new": "2"}]);
        let published = json!({"generation": 2, "changed": changed});
        assert_eq!(seen.try_recv().unwrap().unwrap(), published);
    }
}
