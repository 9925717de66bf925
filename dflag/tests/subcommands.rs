//! Flags of subcommands: those of the chosen one are flags of the program.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may panic")]

use std::sync::Arc;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand};
use dflag::{DynamicFlags, FlagKind, FlagSet, Flags, Layer, Origin};

#[derive(Parser, DynamicFlags)]
#[command(name = "server", version)]
struct Cli {
    #[command(subcommand)]
    #[flag(subcommand)]
    command: Command,

    /// Log level.
    #[arg(long, global = true, default_value = "info")]
    #[flag(dynamic)]
    log: String,
}

#[derive(Subcommand, DynamicFlags)]
enum Command {
    /// Serves requests.
    #[flag(subcommand)]
    Serve(ServeArgs),

    #[flag(subcommand)]
    #[command(visible_alias = "c")]
    Cache(Box<CacheArgs>),

    #[command(subcommand)]
    #[flag(subcommand)]
    Db(DbCommand),

    /// Not dynamic.
    Migrate(MigrateArgs),

    /// Not dynamic, and not `Clone`.
    Import(ImportArgs),

    Version,

    Inline {
        #[arg(long, default_value_t = 3)]
        depth: u8,
    },

    #[command(flatten)]
    #[flag(flatten)]
    More(MoreCommand),

    #[command(external_subcommand)]
    External(Vec<String>),
}

#[derive(Clone, Args, DynamicFlags)]
#[flags(validate = ServeArgs::check)]
struct ServeArgs {
    /// Port to listen on.
    #[arg(long, default_value_t = 8080)]
    port: u16,

    #[arg(long, alias = "most", default_value_t = 100)]
    #[flag(dynamic, validate = dflag::validate::range(1..=1000))]
    limit: u32,

    #[arg(long, default_value = "hunter2", env = "DFLAG_TEST_SUBCOMMAND_TOKEN")]
    #[flag(dynamic, secret)]
    token: String,

    #[arg(long, default_value_t = 0)]
    #[flag(secret)]
    pin: u32,
}

impl ServeArgs {
    fn check(&self) -> Result<(), &'static str> {
        if self.limit > 500 && self.port == 80 {
            Err("too much for port 80")
        } else {
            Ok(())
        }
    }
}

#[derive(Clone, Args, DynamicFlags)]
struct CacheArgs {
    // The same name as in `serve`, with another type.
    #[arg(long, default_value = "lots")]
    #[flag(dynamic)]
    limit: String,
}

#[derive(Subcommand, DynamicFlags)]
enum DbCommand {
    #[flag(subcommand)]
    Vacuum(VacuumArgs),
    Drop,
}

#[derive(Clone, Args, DynamicFlags)]
struct VacuumArgs {
    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    workers: u8,
}

#[derive(Clone, Args)]
struct MigrateArgs {
    #[arg(long, default_value = "latest")]
    target: String,
}

#[derive(Args)]
struct ImportArgs {
    #[arg(long, default_value = "")]
    file: String,
}

#[derive(Subcommand, DynamicFlags)]
enum MoreCommand {
    #[flag(subcommand)]
    Bench(BenchArgs),
}

#[derive(Clone, Args, DynamicFlags)]
struct BenchArgs {
    #[arg(long, default_value_t = 10)]
    #[flag(dynamic)]
    rounds: u32,
}

fn parse(typed: &[&str]) -> Result<Flags<Cli>, clap::Error> {
    Cli::try_parse_dynamic_from([&["server"], typed].concat())
}

fn layer(keys: &[(&str, &str)]) -> Layer {
    let mut layer = Layer::new("ConfigMap", "/etc/dflag");
    for (key, text) in keys {
        layer.file(*key, format!("/etc/dflag/{key}"), *text);
    }
    layer
}

fn names<A: DynamicFlags>(flags: &Flags<A>) -> Vec<String> {
    flags.list().into_iter().map(|flag| flag.name).collect()
}

#[test]
fn flags_of_the_chosen_subcommand_are_live() {
    let cli = parse(&["serve", "--port=80", "--limit=7"]).unwrap();
    let CommandFlags::Serve(serve) = &cli.command else {
        panic!("{:?}", cli.command);
    };
    let mut reader = serve.limit.reader();
    assert_eq!((serve.limit.get(), *reader.load()), (7, 7));

    let set: Arc<dyn FlagSet> = (&cli).into();
    set.propose(&layer(&[("most", "8\n"), ("log", "debug")]))
        .unwrap();
    assert_eq!((serve.limit.get(), *reader.load()), (8, 8));
    assert_eq!(cli.log.get(), "debug");
    cli.set("limit", "9").unwrap();
    assert_eq!((serve.limit.get(), *serve.limit.load()), (9, 9));
    let now = cli.load();
    assert!(matches!(&now.command, Command::Serve(serve) if serve.limit == 9 && serve.port == 80));
}

#[test]
fn flags_of_the_program_are_listed_before_those_of_the_subcommand() {
    let cli = parse(&["serve", "--port=80"]).unwrap();
    assert_eq!(names(&cli), ["log", "port", "limit", "token", "pin"]);
    let flag = |name| cli.flag(name).unwrap();
    assert_eq!(flag("port").origin, Origin::CommandLine);
    assert_eq!(flag("port").kind, FlagKind::Static);
    assert_eq!(flag("port").help, "Port to listen on");
    assert_eq!(flag("limit").origin, Origin::Default);
    assert_eq!(flag("limit").aliases, ["most"]);
}

#[test]
fn global_flag_may_follow_the_subcommand() {
    for typed in [["--log=warn", "serve"], ["serve", "--log=warn"]] {
        let cli = parse(&typed).unwrap();
        assert_eq!(cli.log.get(), "warn");
        let log = cli.flag("log").unwrap();
        assert_eq!(log.origin, Origin::CommandLine);
        assert_eq!(names(&cli).iter().filter(|name| *name == "log").count(), 1);
        cli.set("log", "debug").unwrap();
        assert_eq!(cli.load().log, "debug");
    }
}

#[test]
fn boxed_struct_has_flags() {
    let cli = parse(&["c"]).unwrap();
    let CommandFlags::Cache(cache) = &cli.command else {
        panic!("{:?}", cli.command);
    };
    cli.set("limit", "none").unwrap();
    assert_eq!(cache.limit.get(), "none");
    assert!(matches!(&cli.load().command, Command::Cache(cache) if cache.limit == "none"));
}

#[test]
fn nested_subcommand_has_flags() {
    let cli = parse(&["db", "vacuum", "--workers=2", "--log=warn"]).unwrap();
    let CommandFlags::Db(DbCommandFlags::Vacuum(vacuum)) = &cli.command else {
        panic!("{:?}", cli.command);
    };
    assert_eq!((vacuum.workers.get(), &*cli.log.get()), (2, "warn"));
    cli.set("workers", "3").unwrap();
    assert_eq!(vacuum.workers.get(), 3);
    assert_eq!(names(&cli), ["log", "workers"]);

    let cli = parse(&["db", "drop"]).unwrap();
    assert!(matches!(
        &cli.command,
        CommandFlags::Db(DbCommandFlags::Drop)
    ));
}

#[test]
fn subcommand_of_a_flattened_enum_has_flags() {
    let cli = parse(&["bench", "--rounds=2"]).unwrap();
    let CommandFlags::More(MoreCommandFlags::Bench(bench)) = &cli.command else {
        panic!("{:?}", cli.command);
    };
    cli.set("rounds", "3").unwrap();
    assert_eq!(bench.rounds.get(), 3);
}

#[test]
fn subcommands_without_flags_leave_the_others_live() {
    for (typed, is_chosen) in [
        (
            &["migrate", "--target=1"][..],
            (|command| matches!(command, Command::Migrate(migrate) if migrate.target == "1"))
                as fn(&Command) -> bool,
        ),
        (&["version"], |command| matches!(command, Command::Version)),
        (&["inline", "--depth=4"], |command| {
            matches!(command, Command::Inline { depth: 4 })
        }),
        (
            &["other", "x"],
            |command| matches!(command, Command::External(words) if words == &["other", "x"]),
        ),
    ] {
        let cli = parse(typed).unwrap();
        cli.set("log", "debug").unwrap();
        assert_eq!(cli.log.get(), "debug");
        assert!(is_chosen(&cli.load().command), "{typed:?}");
        let covered = cli.list().into_iter().filter(|flag| flag.covered);
        let covered: Vec<_> = covered.map(|flag| flag.name).collect();
        assert_eq!(covered, ["log"]);
    }
    let cli = parse(&["version"]).unwrap();
    assert!(matches!(&cli.command, CommandFlags::Version));
}

#[test]
fn keys_of_another_subcommand_are_known_and_ignored() {
    let cli = parse(&["cache"]).unwrap();
    let set: Arc<dyn FlagSet> = (&cli).into();
    let others = layer(&[
        ("port", "x"),
        ("most", "1"),
        ("token", "t"),
        ("workers", "1"),
        ("rounds", "1"),
        ("target", "1"),
        ("file", "1"),
        ("depth", "1"),
        ("limit", "few"),
    ])
    .deny_unknown(true);
    let applied = set.propose(&others).unwrap();
    assert!(applied.unknown.is_empty());
    assert_eq!(applied.changed.len(), 1);
    let rejected = set
        .propose(&layer(&[("prot", "1"), ("help", "1")]).deny_unknown(true))
        .unwrap_err();
    assert_eq!(rejected.problems.len(), 2);
    // An edit of a flag that this process does not have is a mistake.
    assert!(cli.set("port", "1").is_err());
}

#[test]
fn checks_and_rules_of_the_chosen_subcommand_run() {
    let cli = parse(&["serve", "--port=80"]).unwrap();
    let text = cli.set("limit", "0").unwrap_err().to_string();
    assert!(text.contains("`limit`: 0 is not in 1..=1000"), "{text}");
    let text = cli.set("limit", "501").unwrap_err().to_string();
    assert!(text.contains("too much for port 80"), "{text}");
    let text = parse(&["serve", "--port=80", "--limit=501"])
        .unwrap_err()
        .to_string();
    assert!(text.contains("too much for port 80"), "{text}");
    assert!(parse(&["serve", "--limit=1001"]).is_err());
}

#[test]
fn secrets_of_a_subcommand_are_masked() {
    for typed in [
        &["serve", "--pin=hunter2"][..],
        &["serve", "--help"],
        &["help", "serve"],
        &["serve", "--token=hunter2", "--limit=501", "--port=80"],
    ] {
        let error = parse(typed).unwrap_err();
        let output = format!("{error} {error:?}");
        assert!(!output.contains("hunter"), "{output}");
    }
    let text = parse(&["serve", "--pin=x"]).unwrap_err().to_string();
    assert!(
        text.contains("'--pin <PIN>'") && text.contains("secret"),
        "{text}"
    );

    let cli = parse(&["serve", "--token=hunter2"]).unwrap();
    let output = format!("{cli:?} {:?} {:?}", cli.list(), cli.command);
    assert!(!output.contains("hunter"), "{output}");
}

#[test]
fn global_secret_is_masked_in_every_subcommand() {
    #[derive(Parser, DynamicFlags)]
    struct Root {
        #[arg(long, global = true, default_value_t = 4711)]
        #[flag(dynamic, secret)]
        pin: u32,
        #[command(subcommand)]
        #[flag(subcommand)]
        command: DbCommand,
    }
    for typed in [
        &["vacuum", "--pin=hunter2"][..],
        &["--pin=hunter2", "vacuum"],
        &["drop", "--pin=hunter2"],
        &["vacuum", "--help"],
        &["help", "vacuum"],
    ] {
        let error = Root::try_parse_dynamic_from([&["server"], typed].concat()).unwrap_err();
        let output = format!("{error} {error:?}");
        assert!(
            !output.contains("hunter") && !output.contains("4711"),
            "{output}"
        );
    }
}

#[test]
fn help_is_that_of_clap() {
    for typed in [
        &["--help"][..],
        &["-h"],
        &["cache", "--help"],
        &["db", "--help"],
        &["db", "vacuum", "--help"],
        &["help", "db", "vacuum"],
        &["inline", "-h"],
        &["--version"],
        &[],
        &["serve", "--nope"],
        &["db"],
    ] {
        let typed = [&["server"], typed].concat();
        let actual = Cli::try_parse_dynamic_from(&typed).unwrap_err();
        let expected = Cli::try_parse_from(&typed).err().unwrap();
        assert_eq!(actual.to_string(), expected.to_string());
        assert_eq!(actual.kind(), expected.kind());
    }
}

#[test]
fn start_fails_if_the_chosen_subcommand_cannot_be_copied() {
    let error = parse(&["import", "--file=x"]).unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("ImportArgs` does not implement `Clone`"),
        "{text}"
    );
    assert!(
        text.contains("such as `log`") && text.contains("derive `Clone` for it"),
        "{text}"
    );
}

#[test]
fn start_fails_even_if_no_subcommand_has_flags() {
    #[derive(Parser, DynamicFlags)]
    struct Root {
        #[arg(long, default_value_t = 1)]
        #[flag(dynamic)]
        level: u8,
        #[command(subcommand)]
        #[flag(subcommand)]
        command: Option<Plain>,
    }
    #[derive(Subcommand, DynamicFlags)]
    enum Plain {
        Import(ImportArgs),
    }
    assert!(Root::try_parse_dynamic_from(["server", "import"]).is_err());
    let root = Root::try_parse_dynamic_from(["server"]).unwrap();
    root.set("level", "2").unwrap();
    assert!(root.load().command.is_none());
}

#[test]
fn struct_of_a_subcommand_may_have_a_subcommand() {
    #[derive(Parser, DynamicFlags)]
    struct Root {
        #[command(subcommand)]
        #[flag(subcommand)]
        command: Box<RootCommand>,
        #[command(flatten)]
        #[flag(flatten)]
        bench: BenchArgs,
    }
    #[derive(Subcommand, DynamicFlags)]
    enum RootCommand {
        #[flag(subcommand)]
        Db(DbArgs),
    }
    #[derive(Args, DynamicFlags)]
    struct DbArgs {
        /// Global to the subcommands of `db`.
        #[arg(long, global = true, default_value_t = 1)]
        #[flag(dynamic)]
        shards: u8,
        #[command(subcommand)]
        #[flag(subcommand)]
        command: DbCommand,
    }
    for typed in [
        ["server", "db", "--shards=2", "vacuum", "--workers=3"],
        ["server", "db", "vacuum", "--shards=2", "--workers=3"],
    ] {
        let root = Root::try_parse_dynamic_from(typed).unwrap();
        let RootCommandFlags::Db(db) = &root.command;
        let DbCommandFlags::Vacuum(vacuum) = &db.command else {
            panic!("{db:?}");
        };
        assert_eq!((db.shards.get(), vacuum.workers.get()), (2, 3));
        assert_eq!(names(&root), ["rounds", "shards", "workers"]);
        let set: Arc<dyn FlagSet> = (&root).into();
        set.propose(&layer(&[
            ("rounds", "4"),
            ("shards", "5"),
            ("workers", "6"),
        ]))
        .unwrap();
        assert_eq!(
            (
                root.bench.rounds.get(),
                db.shards.get(),
                vacuum.workers.get()
            ),
            (4, 5, 6)
        );
    }
}

#[test]
fn subcommand_that_cannot_be_copied_starts_without_dynamic_flags() {
    #[derive(Parser, DynamicFlags)]
    struct Fixed {
        #[arg(long, default_value_t = 1)]
        level: u8,
        #[command(subcommand)]
        #[flag(subcommand)]
        command: FixedCommand,
    }
    #[derive(Subcommand, DynamicFlags)]
    enum FixedCommand {
        #[flag(subcommand)]
        Vacuum(VacuumArgs),
        Import(ImportArgs),
    }
    let fixed = Fixed::try_parse_dynamic_from(["server", "import", "--file=x"]).unwrap();
    assert!(matches!(&fixed.load().command, FixedCommand::Import(import) if import.file == "x"));
    let set: Arc<dyn FlagSet> = (&fixed).into();
    let text = set
        .propose(&layer(&[("level", "2")]))
        .unwrap_err()
        .to_string();
    assert!(text.contains("does not implement `Clone`"), "{text}");
    assert_eq!(fixed.load().level, 1);
}

#[derive(Parser, DynamicFlags)]
struct Maybe {
    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    level: u8,
    #[command(subcommand)]
    #[flag(subcommand)]
    command: Option<Box<DbCommand>>,
    /// Not a flag.
    #[arg(skip)]
    started: Option<Arc<String>>,
}

#[test]
fn optional_subcommand_may_be_absent() {
    let maybe = Maybe::try_parse_dynamic_from(["server"]).unwrap();
    assert!(maybe.command.is_none());
    maybe.set("level", "2").unwrap();
    assert!(maybe.load().command.is_none() && maybe.load().started.is_none());
    assert_eq!(names(&maybe), ["level"]);

    let maybe = Maybe::try_parse_dynamic_from(["server", "vacuum"]).unwrap();
    let Some(DbCommandFlags::Vacuum(vacuum)) = &maybe.command else {
        panic!("{:?}", maybe.command);
    };
    maybe.set("workers", "9").unwrap();
    assert_eq!((vacuum.workers.get(), maybe.level.get()), (9, 1));
}

#[test]
fn same_name_in_the_program_and_its_chosen_subcommand_is_an_error() {
    #[derive(Debug, Parser, DynamicFlags)]
    #[command(name = "server")]
    struct Twice {
        #[arg(long, default_value_t = 1)]
        port: u16,
        #[arg(long, default_value_t = 1)]
        fixed: u16,
        #[command(subcommand)]
        #[flag(subcommand)]
        command: TwiceCommand,
    }
    #[derive(Debug, Subcommand, DynamicFlags)]
    enum TwiceCommand {
        #[flag(subcommand)]
        Serve(Inner),
        #[flag(subcommand)]
        Check(FixedInner),
    }
    #[derive(Clone, Debug, Args, DynamicFlags)]
    struct Inner {
        #[arg(long = "admin-port", alias = "port", id = "inner", default_value_t = 2)]
        #[flag(dynamic)]
        port: u16,
    }
    #[derive(Clone, Debug, Args, DynamicFlags)]
    struct FixedInner {
        #[arg(long, default_value_t = 2)]
        fixed: u16,
    }
    let error = Twice::try_parse_dynamic_from(["server", "serve"]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ArgumentConflict);
    let text = error.to_string();
    assert!(
        text.contains("`server` has a flag `port` and its subcommand `serve` has a flag `port`"),
        "{text}"
    );

    // Both are static: no source can set them, but each is listed.
    let twice =
        Twice::try_parse_dynamic_from(["server", "--fixed=5", "check", "--fixed=6"]).unwrap();
    let listed = twice.list();
    let values: Vec<_> = listed
        .iter()
        .map(|flag| (&*flag.name, flag.value.as_deref()))
        .collect();
    assert_eq!(
        values,
        [
            ("port", Some("1")),
            ("fixed", Some("5")),
            ("fixed", Some("6"))
        ]
    );
    let set: Arc<dyn FlagSet> = (&twice).into();
    let applied = set.propose(&layer(&[("fixed", "7")])).unwrap();
    assert_eq!((applied.unknown.len(), applied.changed.len()), (1, 0));
}

#[test]
fn clap_relations_hold_within_a_subcommand() {
    #[derive(Parser, DynamicFlags)]
    struct Related {
        #[arg(long, default_value_t = 1)]
        #[flag(dynamic)]
        level: u8,
        #[command(subcommand)]
        #[flag(subcommand)]
        command: RelatedCommand,
    }
    #[derive(Subcommand, DynamicFlags)]
    enum RelatedCommand {
        #[flag(subcommand)]
        Serve(RelatedArgs),
    }
    #[derive(Clone, Args, DynamicFlags)]
    struct RelatedArgs {
        #[arg(long, conflicts_with = "closed")]
        #[flag(dynamic)]
        open: bool,
        #[arg(long)]
        #[flag(dynamic)]
        closed: bool,
        #[arg(long, exclusive = true)]
        #[flag(dynamic)]
        alone: bool,
    }
    let related = Related::try_parse_dynamic_from(["server", "serve", "--open"]).unwrap();
    assert!(related.set("closed", "true").is_err());
    // An exclusive argument of the subcommand has no bearing on the program's own.
    related.set("level", "2").unwrap();
    related.set("alone", "true").unwrap();
    assert!(related.set("closed", "true").is_err());
}

#[test]
fn struct_of_a_subcommand_can_be_a_set_of_its_own() {
    let matches = Cli::command().get_matches_from(["server", "serve", "--limit=7"]);
    let serve = matches.subcommand_matches("serve").unwrap();
    let serve = Flags::<ServeArgs>::from_arg_matches(serve).unwrap();
    serve.set("limit", "8").unwrap();
    assert_eq!(serve.limit.get(), 8);

    let cli = Flags::<Cli>::from_arg_matches(&matches).unwrap();
    let CommandFlags::Serve(serve) = &cli.command else {
        panic!("{:?}", cli.command);
    };
    assert_eq!(serve.limit.get(), 7);
    let cli = Flags::<Cli>::from_command(Cli::command(), &matches).unwrap();
    cli.set("limit", "8").unwrap();
}

#[test]
fn matches_of_another_command_are_an_error() {
    let root = Cli::command().get_matches_from(["server", "serve"]);
    let (_, serve) = root.subcommand().unwrap();
    let text = Flags::<ServeArgs>::from_arg_matches(&root)
        .unwrap_err()
        .to_string();
    assert!(
        text.contains("`port`") && text.contains("ServeArgs"),
        "{text}"
    );
    assert!(Flags::<CacheArgs>::from_arg_matches(serve).is_err());
    assert!(Flags::<VacuumArgs>::from_arg_matches(serve).is_err());
    assert!(Flags::<Cli>::from_arg_matches(serve).is_err());
    assert!(Flags::<Maybe>::from_arg_matches(&root).is_err());
    assert!(Flags::<ServeArgs>::from_command(Cli::command(), &root).is_err());
    assert!(Flags::<ServeArgs>::from_command(Cli::command(), serve).is_err());
}
