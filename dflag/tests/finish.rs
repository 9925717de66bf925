//! `#[flags(finish = …)]`: the program edits each candidate before it is judged.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may panic"
)]

use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use clap::{Args as _, Parser, Subcommand, ValueEnum, value_parser};
use dflag::{
    Dynamic, DynamicFlags, FlagInfo, FlagKind, FlagSet, Flags, Layer, MASK, Origin, Problem,
};

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum Level {
    Off,
    Info,
    Debug,
}

/// A size with neither `Display` nor possible values.
#[derive(Clone, Debug, PartialEq)]
struct Size(u32);

fn size(text: &str) -> Result<Size, std::num::ParseIntError> {
    text.parse().map(Size)
}

#[expect(
    clippy::ref_option,
    clippy::trivially_copy_pass_by_ref,
    reason = "a check of the field as it is"
)]
fn at_most_1000(burst: &Option<u32>) -> Result<(), String> {
    match burst {
        Some(burst @ 1001..) => Err(format!("{burst} is more than 1000")),
        _ => Ok(()),
    }
}

#[derive(Clone, Debug, Parser, DynamicFlags)]
#[flags(finish = Args::normalize, validate = Args::check)]
struct Args {
    /// Static: at most as many as there are processors.
    #[arg(long, default_value_t = 4)]
    workers: u32,

    #[arg(long, default_value_t = 8)]
    #[flag(dynamic)]
    cpus: u32,

    #[arg(long, default_value_t = 10)]
    #[flag(dynamic)]
    limit: u32,

    /// `None`: twice the limit.
    #[arg(long)]
    #[flag(dynamic, validate = at_most_1000)]
    burst: Option<u32>,

    #[arg(long)]
    #[flag(dynamic)]
    quiet: bool,

    #[arg(long, value_enum, default_value_t = Level::Info)]
    #[flag(dynamic)]
    level: Level,

    /// At most the limit.
    #[arg(long, default_value = "1", value_parser = size)]
    #[flag(dynamic)]
    size: Size,

    #[arg(long, default_value = "")]
    #[flag(dynamic, secret)]
    token: String,

    /// Derived.
    #[arg(skip)]
    total: u32,
}

impl Args {
    fn normalize(&mut self) -> Result<(), String> {
        self.workers = self.workers.min(self.cpus);
        let limit = self.limit;
        self.burst.get_or_insert(limit * 2);
        if self.quiet {
            self.level = Level::Off;
        }
        self.size.0 = self.size.0.min(limit);
        if !self.token.is_empty() {
            self.token.insert_str(0, "Bearer ");
        }
        self.total += self.workers * limit;
        match limit {
            77 => Err(format!("77 is not for {}", self.token)),
            78 => panic!("78"),
            _ => Ok(()),
        }
    }

    fn check(&self) -> Result<(), String> {
        if self.total > 4000 {
            return Err(format!("a total of {} is too much", self.total));
        }
        Ok(())
    }
}

fn start(line: &[&str]) -> (Flags<Args>, Arc<dyn FlagSet>) {
    let line = ["server"].iter().chain(line);
    let args = Args::try_parse_dynamic_from(line).unwrap();
    let set = (&args).into();
    (args, set)
}

fn layer(keys: &[(&str, &str)]) -> Layer {
    let mut layer = Layer::new("ConfigMap", "/etc/dflag");
    for (key, value) in keys {
        layer.text(*key, format!("/etc/dflag/{key}"), *value);
    }
    layer
}

fn flag(args: &Flags<Args>, name: &str) -> FlagInfo {
    args.flag(name).unwrap()
}

fn value(args: &Flags<Args>, name: &str) -> (Option<String>, bool) {
    let flag = flag(args, name);
    (flag.value, flag.adjusted)
}

fn some(text: &str, adjusted: bool) -> (Option<String>, bool) {
    (Some(text.to_owned()), adjusted)
}

fn changes<T: Clone + Send + Sync + 'static>(flag: &Dynamic<T>) -> Receiver<(T, T)> {
    let (sender, receiver) = channel();
    flag.on_change(move |old, new| sender.send((old.clone(), new.clone())).unwrap())
        .detach();
    receiver
}

#[test]
fn first_snapshot_is_finished() {
    let (args, _) = start(&["--workers=64", "--quiet", "--level=debug"]);
    let now = args.load();
    assert_eq!((now.workers, now.burst, now.total), (8, Some(20), 80));
    assert_eq!(now.level, Level::Off);
    assert_eq!(args.burst.get(), Some(20));
    assert_eq!(args.level.get(), Level::Off);
    assert_eq!(args.level.reader().load(), &Level::Off);

    assert_eq!(value(&args, "workers"), some("8", true));
    assert_eq!(flag(&args, "workers").origin, Origin::CommandLine);
    assert_eq!(value(&args, "burst"), some("20", true));
    assert_eq!(flag(&args, "burst").origin, Origin::Default);
    assert!(flag(&args, "burst").changed);
    // The type writes no text, but its possible values have names.
    assert_eq!(value(&args, "level"), some("off", true));
    assert_eq!(value(&args, "limit"), some("10", false));
}

#[test]
fn each_candidate_is_finished_from_the_unfinished_base() {
    let (args, _) = start(&[]);
    assert_eq!((args.load().total, args.burst.get()), (40, Some(20)));
    for limit in [20, 30, 40] {
        args.set("limit", &limit.to_string()).unwrap();
        assert_eq!(args.load().total, 4 * limit);
        assert_eq!(args.burst.get(), Some(2 * limit));
    }
    args.clear("limit").unwrap();
    assert_eq!((args.load().total, args.burst.get()), (40, Some(20)));
    args.set("burst", "5").unwrap();
    assert_eq!(args.burst.get(), Some(5));
    assert_eq!(value(&args, "burst"), some("5", false));
}

#[test]
fn flag_that_only_finish_changed_counts_as_changed() {
    let (args, set) = start(&[]);
    let (bursts, levels) = (changes(&args.burst), changes(&args.level));
    let generation = args.generation();

    let applied = args.set("limit", "20").unwrap();
    let names: Vec<_> = applied.changed.iter().map(|change| &*change.flag).collect();
    assert_eq!(names, ["limit", "burst"]);
    let burst = &applied.changed[1];
    assert_eq!(
        (burst.old.as_deref(), burst.new.as_deref()),
        (Some("20"), Some("40"))
    );
    assert_eq!(bursts.try_recv(), Ok((Some(20), Some(40))));
    assert!(levels.try_recv().is_err());
    assert_eq!(args.generation(), generation + 1);

    set.propose(&layer(&[("quiet", "true")])).unwrap();
    assert_eq!(levels.try_recv(), Ok((Level::Info, Level::Off)));
    assert_eq!(args.level.get(), Level::Off);
    set.propose(&layer(&[])).unwrap();
    assert_eq!(levels.try_recv(), Ok((Level::Off, Level::Info)));
    assert_eq!(args.level.get(), Level::Info);
    assert!(!flag(&args, "level").adjusted);
}

#[test]
fn adjusted_value_without_a_text_is_compared_as_a_value() {
    let (args, _) = start(&["--size=100"]);
    assert_eq!(args.size.get(), Size(10));
    assert_eq!(value(&args, "size"), some("adjusted by the program", true));
    let sizes = changes(&args.size);
    let mut reader = args.size.reader();
    assert_eq!(reader.load(), &Size(10));

    let applied = args.set("limit", "20").unwrap();
    assert!(applied.changed.iter().any(|change| change.flag == "size"));
    assert_eq!(sizes.try_recv(), Ok((Size(10), Size(20))));
    assert_eq!((reader.load(), args.size.get()), (&Size(20), Size(20)));
    args.set("cpus", "9").unwrap();
    assert!(sizes.try_recv().is_err());

    args.set("limit", "200").unwrap();
    assert_eq!(value(&args, "size"), some("100", false));
}

/// A text that a source could not give, because it would be trimmed, is not listed as if it could.
#[test]
fn adjusted_value_that_would_be_trimmed_has_no_text() {
    #[derive(Clone, Debug, Parser, DynamicFlags)]
    #[flags(finish = indent)]
    struct Indented {
        #[arg(long, default_value = "x")]
        #[flag(dynamic)]
        line: String,

        #[arg(long, default_value = "x")]
        #[flag(dynamic, trim = false)]
        verbatim: String,
    }

    #[expect(clippy::unnecessary_wraps, reason = "the signature of `finish`")]
    fn indent(args: &mut Indented) -> Result<(), String> {
        args.line.insert(0, ' ');
        args.verbatim.insert(0, ' ');
        Ok(())
    }

    let args = Indented::try_parse_dynamic_from(["server"]).unwrap();
    assert_eq!((&*args.line.get(), &*args.verbatim.get()), (" x", " x"));
    let text = |name| args.flag(name).unwrap().value;
    assert_eq!(text("line").as_deref(), Some("adjusted by the program"));
    assert_eq!(text("verbatim").as_deref(), Some(" x"));
}

/// The override is the value that was set, and readers get what `finish` makes of it.
#[test]
fn typed_value_is_finished_like_any_other() {
    let (args, _) = start(&["--quiet"]);
    args.level.set(Level::Debug).unwrap();
    assert_eq!(args.level.get(), Level::Off);
    let generation = args.generation();
    args.level.set(Level::Debug).unwrap();
    assert_eq!(args.generation(), generation);
    args.quiet.set(false).unwrap();
    assert_eq!(args.level.get(), Level::Debug);
}

#[test]
fn waiting_code_sees_a_flag_that_only_finish_changed() {
    let (args, _) = start(&[]);
    let mut context = Context::from_waker(Waker::noop());
    let (mut bursts, mut levels) = (args.burst.changes(), args.level.changes());
    args.set("limit", "20").unwrap();
    assert_eq!(
        bursts.poll_changed(&mut context),
        Poll::Ready(Some(Some(40)))
    );
    assert_eq!(levels.poll_changed(&mut context), Poll::Pending);
    let burst = args
        .burst
        .wait_for(|burst| *burst == Some(40), Duration::ZERO);
    assert_eq!(burst, Ok(Some(40)));
}

#[test]
fn value_that_is_given_and_one_that_is_adjusted_to_it_are_equal() {
    let (args, _) = start(&["--limit=50", "--size=50"]);
    let sizes = changes(&args.size);
    args.set("size", "60").unwrap();
    assert_eq!(value(&args, "size"), some("adjusted by the program", true));
    assert!(sizes.try_recv().is_err());
}

#[test]
fn checksum_is_that_of_the_finished_values() {
    let checksum = |line: &[&str], kind| start(line).0.checksum(kind);
    let given = ["--burst=20", "--workers=8"];
    let adjusted = ["--workers=64"];
    assert_eq!(
        checksum(&given, FlagKind::Dynamic),
        checksum(&adjusted, FlagKind::Dynamic)
    );
    assert_eq!(
        checksum(&given, FlagKind::Static),
        checksum(&adjusted, FlagKind::Static)
    );
    assert_ne!(
        checksum(&["--limit=10"], FlagKind::Dynamic),
        checksum(&["--limit=11", "--burst=20"], FlagKind::Dynamic)
    );
}

#[test]
fn layers_keep_the_texts_that_were_given() {
    let (args, set) = start(&["--workers=64"]);
    set.propose(&layer(&[("workers", "32"), ("cpus", "16")]))
        .unwrap();
    let workers = flag(&args, "workers");
    assert_eq!(
        (workers.value.as_deref(), workers.adjusted),
        (Some("16"), true)
    );
    assert!(matches!(workers.origin, Origin::Source { .. }));
    let layers = workers.layers.iter().map(|layer| layer.value.as_deref());
    assert_eq!(layers.collect::<Vec<_>>(), [Some("64"), Some("32")]);
}

#[test]
fn checks_judge_the_given_and_the_finished_value() {
    let (args, set) = start(&[]);
    let rejected = args.set("limit", "600").unwrap_err();
    let [Problem::Check { flag, reason, .. }] = &*rejected.problems else {
        panic!("{rejected}");
    };
    assert_eq!((&**flag, &**reason), ("burst", "1200 is more than 1000"));
    assert_eq!((args.limit.get(), args.burst.get()), (10, Some(20)));

    assert!(set.propose(&layer(&[("burst", "1200")])).is_err());
    let error = Args::try_parse_dynamic_from(["server", "--limit=600"]).unwrap_err();
    assert!(error.to_string().contains("`burst`: 1200"), "{error}");
    assert!(Args::try_parse_dynamic_from(["server", "--burst=1200"]).is_err());
}

#[test]
fn rules_judge_the_finished_struct() {
    let (args, _) = start(&["--burst=1"]);
    let rejected = args.set("limit", "1001").unwrap_err();
    assert!(
        rejected.to_string().contains("a total of 4004 is too much"),
        "{rejected}"
    );
    let error = Args::try_parse_dynamic_from(["server", "--burst=1", "--limit=1001"]).unwrap_err();
    assert!(error.to_string().contains("a total of 4004"), "{error}");
}

#[test]
fn error_or_panic_of_finish_rejects() {
    let (args, _) = start(&[]);
    for (limit, reason) in [
        ("77", "77 is not for"),
        ("78", "the program's own code panicked"),
    ] {
        let rejected = args.set("limit", limit).unwrap_err();
        assert!(
            matches!(&*rejected.problems, [Problem::Rule { reason: given, .. }] if given == reason),
            "{rejected}"
        );
        assert_eq!(args.limit.get(), 10);
        let error = Args::try_parse_dynamic_from(["server", "--limit", limit]).unwrap_err();
        assert_eq!(error.kind(), clap::error::ErrorKind::ValueValidation);
        assert!(error.to_string().contains(reason), "{error}");
    }
    args.set("limit", "79").unwrap();
}

#[test]
fn adjusted_secret_stays_masked() {
    let (args, _) = start(&["--token=hunter2"]);
    assert_eq!(args.token.get(), "Bearer hunter2");
    assert_eq!(value(&args, "token"), some(MASK, true));
    let rejected = args.set("limit", "77").unwrap_err();
    assert!(!format!("{rejected} {args:?}").contains("hunter2"));
    let tokens = changes(&args.token);
    let applied = args.set("token", "hunter3").unwrap();
    assert!(!format!("{applied:?} {:?}", args.list()).contains("hunter"));
    assert_eq!(
        tokens.try_recv(),
        Ok(("Bearer hunter2".into(), "Bearer hunter3".into()))
    );
    let error = Args::try_parse_dynamic_from(["server", "--token=hunter2", "--limit=77"]);
    assert!(!error.unwrap_err().to_string().contains("hunter"));
}

#[test]
fn error_of_finish_may_not_quote_a_secret_that_it_changed() {
    #[derive(Clone, Parser, DynamicFlags)]
    #[flags(finish = Login::normalize)]
    struct Login {
        #[arg(long, default_value = "")]
        #[flag(dynamic, secret)]
        token: String,
        #[arg(long, default_value_t = 0, value_parser = value_parser!(u32).range(..100))]
        #[flag(dynamic, secret)]
        pin: u32,
    }
    impl Login {
        fn normalize(&mut self) -> Result<(), String> {
            if self.pin == 5 {
                self.pin = 4711;
                return Err(format!("{} is no pin", self.pin));
            }
            self.token = self.token.chars().rev().collect();
            if self.token.len() > 3 {
                return Err(format!("{} is too long", self.token));
            }
            if self.token == "ba" {
                return Err("ab is too short".to_owned());
            }
            Ok(())
        }
    }
    let login = Login::try_parse_dynamic_from(["server"]).unwrap();
    let text = login.set("token", "abcd").unwrap_err().to_string();
    assert!(
        text.contains("quote a secret") && !text.contains("dcba"),
        "{text}"
    );
    // Nor the value that was given.
    let text = login.set("token", "ab").unwrap_err().to_string();
    assert!(text.contains("quote a secret"), "{text}");
    // Nor one that the flag's parser would not read back.
    let text = login.set("pin", "5").unwrap_err().to_string();
    assert!(text.contains("quote a secret"), "{text}");
    let error = Login::try_parse_dynamic_from(["server", "--token=abcd"]);
    let text = error.unwrap_err().to_string();
    assert!(
        text.contains("quote a secret") && !text.contains("dcba"),
        "{text}"
    );
}

#[test]
fn frozen_flag_that_finish_changes_is_pending_restart() {
    let (args, set) = start(&["--workers=16"]);
    assert_eq!(args.load().workers, 8);
    set.freeze();

    set.propose(&layer(&[("cpus", "12")])).unwrap();
    assert_eq!((args.cpus.get(), args.load().workers), (12, 8));
    let workers = flag(&args, "workers");
    assert_eq!(
        (workers.value.as_deref(), workers.adjusted),
        (Some("8"), true)
    );
    let pending = |args: &Flags<Args>| {
        let pending = args.pending_restarts().into_iter();
        let pairs = pending.map(|pending| (pending.flag, pending.value));
        pairs.collect::<Vec<_>>()
    };
    let wants = |value: &str| [("workers".to_owned(), Some(value.to_owned()))];
    assert_eq!(pending(&args), wants("12"));
    // A field that is no flag is `finish`'s to change.
    assert_eq!(args.load().total, 120);

    set.propose(&layer(&[("cpus", "12"), ("workers", "6")]))
        .unwrap();
    assert_eq!(args.load().workers, 8);
    assert_eq!(pending(&args), wants("6"));
    set.propose(&layer(&[("workers", "8")])).unwrap();
    assert!(pending(&args).is_empty());

    args.set("cpus", "2").unwrap();
    assert_eq!((args.cpus.get(), args.load().workers), (2, 8));
    args.clear("cpus").unwrap();
    set.propose(&layer(&[])).unwrap();
    assert_eq!(args.load().workers, 8);
    assert!(pending(&args).is_empty());
}

#[test]
fn frozen_flag_keeps_its_value_when_its_reason_disappears() {
    let (args, set) = start(&["--workers=16"]);
    set.propose(&layer(&[("cpus", "2")])).unwrap();
    assert_eq!(args.load().workers, 2);
    set.freeze();
    set.propose(&layer(&[])).unwrap();
    assert_eq!((args.load().workers, args.cpus.get()), (2, 8));
    assert_eq!(value(&args, "workers"), some("2", true));
    assert_eq!(args.pending_restarts()[0].value.as_deref(), Some("8"));
    args.set("limit", "20").unwrap();
    assert_eq!(args.load().workers, 2);
}

#[test]
fn restart_is_judged_as_finish_would_build_it() {
    #[derive(Clone, Parser, DynamicFlags)]
    #[flags(finish = Pool::normalize, validate = Pool::check)]
    struct Pool {
        #[arg(long, default_value_t = 64)]
        workers: u32,
        #[arg(long, default_value_t = 8)]
        #[flag(dynamic)]
        cpus: u32,
    }
    impl Pool {
        fn normalize(&mut self) {
            self.workers = self.workers.min(self.cpus);
        }
        fn check(&self) -> Result<(), &'static str> {
            if self.workers > 32 {
                return Err("too many workers");
            }
            Ok(())
        }
    }
    let pool = Pool::try_parse_dynamic_from(["server"]).unwrap();
    let set: Arc<dyn FlagSet> = (&pool).into();
    set.freeze();
    set.propose(&layer(&[("cpus", "50")])).unwrap();
    assert_eq!((pool.load().workers, pool.cpus.get()), (8, 50));
    assert_eq!(pool.restart_problems().len(), 1);
    set.propose(&layer(&[("cpus", "30")])).unwrap();
    assert!(pool.restart_problems().is_empty());
}

#[test]
fn restart_is_judged_even_if_it_changes_no_flag() {
    #[derive(Clone, Parser, DynamicFlags)]
    #[flags(finish = Pool::normalize, validate = Pool::check)]
    struct Pool {
        #[arg(long, default_value_t = 8)]
        workers: u32,
        #[arg(skip)]
        wanted: u32,
    }
    impl Pool {
        fn normalize(&mut self) {
            self.wanted = self.workers;
            self.workers = self.workers.min(8);
        }
        fn check(&self) -> Result<(), &'static str> {
            if self.wanted > 100 {
                return Err("wants too many workers");
            }
            Ok(())
        }
    }
    let pool = Pool::try_parse_dynamic_from(["server"]).unwrap();
    let set: Arc<dyn FlagSet> = (&pool).into();
    set.freeze();
    set.propose(&layer(&[("workers", "101")])).unwrap();
    assert!(pool.pending_restarts().is_empty());
    assert_eq!(pool.restart_problems().len(), 1);
}

/// A size that is compared and displayed as text, in a form that its parser does not read.
#[derive(Clone)]
struct Displayed(u32);

impl std::fmt::Display for Displayed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "size {}", self.0)
    }
}

fn displayed(text: &str) -> Result<Displayed, std::num::ParseIntError> {
    text.parse().map(Displayed)
}

#[test]
fn adjusted_value_without_an_equality_is_compared_as_its_type_writes_it() {
    #[derive(Clone, Parser, DynamicFlags)]
    #[flags(finish = Store::normalize)]
    struct Store {
        #[arg(long, default_value = "100", value_parser = displayed)]
        #[flag(dynamic)]
        size: Displayed,
        #[arg(long, default_value_t = 10)]
        limit: u32,
    }
    impl Store {
        fn normalize(&mut self) {
            self.size.0 = self.size.0.min(self.limit);
        }
    }
    let store = Store::try_parse_dynamic_from(["server"]).unwrap();
    let set: Arc<dyn FlagSet> = (&store).into();
    let checksum = store.checksum(FlagKind::Dynamic);
    let sizes = changes(&store.size);
    set.propose(&layer(&[("limit", "20")])).unwrap();
    let size = store.flag("size").unwrap();
    assert_eq!(size.value.as_deref(), Some("adjusted by the program"));
    assert_eq!(
        sizes.try_recv().map(|(old, new)| (old.0, new.0)),
        Ok((10, 20))
    );
    assert_ne!(store.checksum(FlagKind::Dynamic), checksum);
}

#[test]
fn what_finish_sets_is_not_given_to_clap_s_relations() {
    #[derive(Clone, Parser, DynamicFlags)]
    #[flags(finish = Log::normalize)]
    struct Log {
        #[arg(long, conflicts_with = "level")]
        #[flag(dynamic)]
        quiet: bool,
        #[arg(long, value_enum, default_value_t = Level::Info)]
        #[flag(dynamic)]
        level: Level,
    }
    impl Log {
        fn normalize(&mut self) {
            if self.quiet {
                self.level = Level::Off;
            }
        }
    }
    let log = Log::try_parse_dynamic_from(["server"]).unwrap();
    log.set("quiet", "true").unwrap();
    assert_eq!(log.level.get(), Level::Off);
    assert!(log.set("level", "debug").is_err());
}

#[derive(Clone, clap::Args, DynamicFlags)]
#[flags(finish = Limits::normalize)]
struct Limits {
    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    inner: u32,
}

impl Limits {
    fn normalize(&mut self) {
        self.inner += 1;
    }
}

#[test]
fn struct_is_finished_after_those_flattened_into_it() {
    #[derive(Clone, Parser, DynamicFlags)]
    #[flags(finish = |outer: &mut Outer| outer.limits.inner *= 10)]
    struct Outer {
        #[command(flatten)]
        #[flag(flatten)]
        limits: Box<Limits>,
    }
    let outer = Outer::try_parse_dynamic_from(["server"]).unwrap();
    assert_eq!(outer.limits.inner.get(), 20);
    outer.set("inner", "2").unwrap();
    assert_eq!(outer.limits.inner.get(), 30);
}

#[derive(Parser, DynamicFlags)]
#[flags(finish = Cli::normalize)]
struct Cli {
    #[arg(long, default_value_t = 64)]
    workers: u32,
    #[command(subcommand)]
    #[flag(subcommand)]
    command: Command,
}

impl Cli {
    fn normalize(&mut self) {
        self.workers = self.workers.min(8);
        if let Command::Serve(Limits { inner: 66.. }) = &self.command {
            self.command = Command::Show;
        }
    }
}

#[derive(Subcommand, DynamicFlags)]
enum Command {
    #[flag(subcommand)]
    Serve(Limits),
    Show,
    Migrate(Target),
}

/// Not `Clone`.
#[derive(clap::Args)]
struct Target {
    target: String,
}

#[test]
fn struct_of_a_subcommand_is_finished() {
    let cli = Cli::try_parse_dynamic_from(["server", "serve", "--inner=4"]).unwrap();
    let CommandFlags::Serve(serve) = &cli.command else {
        panic!("{:?}", cli.command);
    };
    assert_eq!((cli.load().workers, serve.inner.get()), (8, 5));
    cli.set("inner", "5").unwrap();
    assert_eq!(serve.inner.get(), 6);
}

#[test]
fn subcommand_that_is_not_clone_is_finished_at_start() {
    let cli = Cli::try_parse_dynamic_from(["server", "migrate", "db"]).unwrap();
    let Command::Migrate(target) = &cli.load().command else {
        panic!("{:?}", cli.command);
    };
    assert_eq!(target.target, "db");
    assert_eq!(cli.load().workers, 8);
    let workers = cli.flag("workers").unwrap();
    assert_eq!(
        (workers.value.as_deref(), workers.adjusted),
        (Some("8"), true)
    );
    let set: Arc<dyn FlagSet> = (&cli).into();
    set.propose(&layer(&[])).unwrap();
    set.freeze();
    set.propose(&layer(&[])).unwrap();
    assert_eq!(cli.load().workers, 8);
}

#[test]
fn finish_cannot_replace_the_chosen_subcommand() {
    let cli = Cli::try_parse_dynamic_from(["server", "serve"]).unwrap();
    let rejected = cli.set("inner", "65").unwrap_err();
    assert!(
        rejected
            .to_string()
            .contains("replaces the chosen subcommand"),
        "{rejected}"
    );
    let error = Cli::try_parse_dynamic_from(["server", "serve", "--inner=65"]).unwrap_err();
    assert!(error.to_string().contains("replaces"), "{error}");
}

#[test]
fn flags_from_a_command_are_finished() {
    let command = Limits::augment_args(clap::Command::new("server"));
    let matches = command.clone().get_matches_from(["server"]);
    let limits = Flags::<Limits>::from_command(command, &matches).unwrap();
    assert_eq!(limits.inner.get(), 2);
}

#[test]
fn value_that_is_not_equal_to_itself_is_adjusted_only_if_it_changes() {
    #[derive(Clone, Parser, DynamicFlags)]
    #[flags(finish = Floats::normalize)]
    struct Floats {
        #[arg(long, default_value_t = f64::NAN)]
        #[flag(dynamic)]
        ratio: f64,
        #[arg(long)]
        #[flag(dynamic)]
        fixed: bool,
    }
    impl Floats {
        fn normalize(&mut self) {
            if self.fixed {
                self.ratio = 0.5;
            }
        }
    }
    let floats = Floats::try_parse_dynamic_from(["server"]).unwrap();
    assert!(!floats.flag("ratio").unwrap().adjusted);
    floats.set("fixed", "true").unwrap();
    let ratio = floats.flag("ratio").unwrap();
    assert_eq!(
        (ratio.value.as_deref(), ratio.adjusted),
        (Some("0.5"), true)
    );
    assert!((floats.ratio.get() - 0.5).abs() < f64::EPSILON);
}

#[test]
fn adjusted_lists_have_a_text() {
    #[derive(Clone, Parser, DynamicFlags)]
    #[flags(finish = Zones::normalize)]
    struct Zones {
        #[arg(long, value_delimiter = ',')]
        #[flag(dynamic)]
        zones: Vec<String>,
        #[arg(long)]
        #[flag(dynamic)]
        home: Option<String>,
    }
    impl Zones {
        fn normalize(&mut self) {
            self.zones.extend(self.home.take());
        }
    }
    let zones = Zones::try_parse_dynamic_from(["server", "--zones=a,b", "--home=c"]).unwrap();
    let flag = zones.flag("zones").unwrap();
    assert_eq!(
        (flag.value.as_deref(), flag.adjusted),
        (Some("a,b,c"), true)
    );
    let home = zones.flag("home").unwrap();
    assert_eq!((home.value, home.adjusted), (None, true));
    zones.clear("home").unwrap();
    zones.set("home", "d").unwrap();
    assert_eq!(*zones.zones.load(), ["a", "b", "d"]);
}
