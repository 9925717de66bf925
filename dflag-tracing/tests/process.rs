//! What belongs to a whole process: the global subscriber, the logger of the `log` crate, the environment.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

mod common;

use std::time::Duration;

use clap::Parser;
use common::{Args, args, run_test};
use dflag::DynamicFlags;
use dflag_configmap as configmap;
use dflag_tests::kubelet::Volume;
use dflag_tests::wait;
use dflag_tracing::{InitError, LogFilter, init};

const DEADLINE: Duration = Duration::from_secs(20);

/// Runs an ignored test, which has to pass. Returns what it wrote to standard output and error.
#[track_caller]
fn run(child: &str, variables: &[(&str, &str)]) -> (String, String) {
    let output = run_test(child, variables);
    assert!(output.0.status.success(), "{output:?}");
    (String::from_utf8(output.0.stdout).unwrap(), output.1)
}

#[test]
fn init_logs_to_stderr_and_follows_the_flag() {
    let (_, log) = run("child_logs", &[]);
    let lines: Vec<_> = log.lines().collect();
    assert_eq!(lines.len(), 3, "{log}");
    assert!(lines[0].ends_with(" INFO db: first"), "{log}");
    assert!(lines[1].ends_with("DEBUG db: second id=1"), "{log}");
    assert!(lines[2].ends_with("ERROR db: third"), "{log}");
    assert!(!log.contains('\u{1b}'), "colours in a file: {log:?}");
}

#[test]
#[ignore = "run in a process of its own"]
fn child_logs() {
    let args = args("info");
    init(&args.log.level).unwrap();
    tracing::info!(target: "db", "first");
    tracing::debug!(target: "db", "hidden");
    args.set("log-level", "error,db=debug").unwrap();
    tracing::debug!(target: "db", id = 1, "second");
    tracing::info!(target: "app", "hidden");
    args.set("log-level", "error").unwrap();
    tracing::info!(target: "db", "hidden");
    tracing::error!(target: "db", "third");
}

#[test]
fn updater_of_a_mounted_config_map_changes_the_level_of_every_thread() {
    let (_, log) = run("child_follows", &[]);
    assert!(log.contains("DEBUG app: heard"), "{log}");
    assert!(!log.contains("hidden"), "{log}");
}

#[test]
#[ignore = "run in a process of its own"]
fn child_follows() {
    let parent = tempfile::tempdir().unwrap();
    let mut volume = Volume::create(parent.path().join("flags")).unwrap();
    volume.write(&[]).unwrap();
    let args = args("warn");
    init(&args.log.level).unwrap();
    let _updater = configmap::setup(&args, volume.root()).unwrap();
    tracing::debug!(target: "app", "hidden");
    volume.write(&[("log_level", b"debug")]).unwrap();
    wait::until(DEADLINE, "debug", || {
        tracing::enabled!(target: "app", tracing::Level::DEBUG)
            && log::max_level() == log::Level::Debug
    });
    std::thread::spawn(|| tracing::debug!(target: "app", "heard"))
        .join()
        .unwrap();
}

#[test]
fn records_of_the_log_crate_are_filtered_alike() {
    let (_, log) = run("child_records", &[]);
    assert!(log.contains(" INFO db: first"), "{log}");
    assert!(log.contains("DEBUG db: second"), "{log}");
    assert!(!log.contains("hidden"), "{log}");
}

#[test]
#[ignore = "run in a process of its own"]
fn child_records() {
    let args = args("info");
    init(&args.log.level).unwrap();
    assert_eq!(log::max_level(), log::LevelFilter::Info);
    log::info!(target: "db", "first");
    log::debug!(target: "db", "hidden");
    for (level, max) in [
        ("warn,app=trace,db=debug", log::LevelFilter::Trace),
        ("off", log::LevelFilter::Off),
        ("error,db=info", log::LevelFilter::Info),
        // Which spans have this field is not known in advance.
        ("error,[request{id=1}]=info", log::LevelFilter::Trace),
        ("error,db=debug", log::LevelFilter::Debug),
    ] {
        args.set("log-level", level).unwrap();
        assert_eq!(log::max_level(), max, "{level}");
    }
    log::debug!(target: "db", "second");
    log::warn!(target: "app", "hidden");
}

#[test]
fn second_subscriber_is_an_error_that_changes_nothing() {
    let (_, log) = run("child_second", &[]);
    assert!(log.contains("first") && log.contains("after"), "{log}");
    assert!(!log.contains("hidden"), "{log}");
}

#[test]
#[ignore = "run in a process of its own"]
fn child_second() {
    let (args, other) = (args("info"), args("off"));
    init(&args.log.level).unwrap();
    tracing::info!("first");
    let error = init(&other.log.level).unwrap_err();
    assert!(matches!(error, InitError::Subscriber(_)));
    assert_eq!(
        error.to_string(),
        "the program has a global tracing subscriber already, which stays in use"
    );
    tracing::info!("after");
    other.set("log-level", "trace").unwrap();
    tracing::debug!("hidden");
}

#[test]
fn logger_of_another_kind_is_an_error_and_the_subscriber_is_installed() {
    let (_, log) = run("child_logger", &[]);
    assert!(log.contains("WARN") && log.contains("an event"), "{log}");
    assert!(!log.contains("a record"), "{log}");
}

struct Silent;

impl log::Log for Silent {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, _: &log::Record<'_>) {}

    fn flush(&self) {}
}

#[test]
#[ignore = "run in a process of its own"]
fn child_logger() {
    log::set_logger(&Silent).unwrap();
    let args = args("error");
    let error = init(&args.log.level).unwrap_err();
    assert!(matches!(error, InitError::Logger(_)), "{error}");
    assert!(
        error
            .to_string()
            .contains("logger of the `log` crate already")
    );
    args.set("log-level", "warn").unwrap();
    tracing::warn!("an event");
    log::warn!("a record");
}

#[test]
fn variable_of_the_environment_is_between_verbosity_and_command_line() {
    let (levels, _) = run("child_levels", &[]);
    assert!(
        levels.contains("[] info; [-v] debug; [-vv] trace; [-vvvv] trace; [-q] warn; [-qq] error; [-qqq] off; [-qqqq] off; [-vvvvvvvvv] trace; \
            [-v --log-level=warn] warn; [--log-level WARN, db=1,] warn,db=error; "),
        "{levels}"
    );
    let (levels, _) = run("child_levels", &[("RUST_LOG", "error, db=DEBUG")]);
    assert!(
        levels.contains("[] error,db=debug; [-v] error,db=debug; "),
        "{levels}"
    );
    assert!(levels.contains("[-v --log-level=warn] warn; "), "{levels}");
}

#[test]
#[ignore = "run in a process of its own"]
fn child_levels() {
    for line in [
        &[][..],
        &["-v"],
        &["-vv"],
        &["-vvvv"],
        &["-q"],
        &["-qq"],
        &["-qqq"],
        &["-qqqq"],
        &["-vvvvvvvvv"],
        &["-v", "--log-level=warn"],
        &["--log-level", "WARN, db=1,"],
    ] {
        let args = Args::try_parse_dynamic_from(["server"].iter().chain(line)).unwrap();
        print!("[{}] {}; ", line.join(" "), args.log.level.get());
    }
    println!();
}

#[test]
fn invalid_variable_is_an_error_that_names_it() {
    for (value, reason) in [
        (
            "inof",
            "`inof` is not a level: did you mean `info`? For a target, write `inof=trace`",
        ),
        ("", "the filter is empty: write `off` to log nothing"),
        ("my_crate", "write `my_crate=trace`"),
    ] {
        let (error, _) = run("child_error", &[("RUST_LOG", value)]);
        assert!(error.contains(reason), "{error}");
        assert!(error.contains("for '--log-level <FILTER>'"), "{error}");
        assert!(error.contains("environment variable RUST_LOG"), "{error}");
    }
}

#[test]
#[ignore = "run in a process of its own"]
fn child_error() {
    println!("{}", Args::try_parse_dynamic_from(["server"]).unwrap_err());
}

#[test]
fn config_map_and_override_take_precedence_over_verbosity() {
    run("child_layers", &[]);
    run("child_layers", &[("RUST_LOG", "warn")]);
}

#[test]
#[ignore = "run in a process of its own"]
fn child_layers() {
    let base = if std::env::var_os("RUST_LOG").is_some() {
        "warn"
    } else {
        "trace"
    };
    let parent = tempfile::tempdir().unwrap();
    let mut volume = Volume::create(parent.path().join("flags")).unwrap();
    volume
        .write(&[("log_level", b"error"), ("verbose", b"1")])
        .unwrap();
    let args = Args::try_parse_dynamic_from(["server", "-vv"]).unwrap();
    assert_eq!(args.log.level.get().as_str(), base);
    assert_eq!(args.load().log.verbosity.verbose, 2);
    let info = args.flag("log-level").unwrap();
    assert_eq!(
        (info.value.as_deref(), info.default.as_deref()),
        (Some(base), Some("info"))
    );

    let updater = configmap::setup(&args, volume.root()).unwrap();
    assert_eq!(args.log.level.get().as_str(), "error");
    let origin = args.flag("log-level").unwrap().origin;
    assert!(origin.to_string().contains("ConfigMap"), "{origin}");
    assert_eq!(updater.status().unknown_keys, ["verbose"]);

    args.set("log-level", "off").unwrap();
    assert_eq!(args.log.level.get().as_str(), "off");
    args.clear("log-level").unwrap();
    volume.write(&[]).unwrap();
    wait::until(DEADLINE, "the base", || {
        args.log.level.get().as_str() == base
    });
}

/// A program that has `-v` and `-q` from another crate.
#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Other {
    #[command(flatten)]
    verbosity: clap_verbosity_flag::Verbosity<clap_verbosity_flag::WarnLevel>,

    #[arg(long, default_value = "warn", default_value_ifs = [("verbose", "1", "info"), ("quiet", "1", "error")])]
    #[flag(dynamic)]
    log: LogFilter,
}

#[test]
fn verbosity_of_another_crate_chooses_the_default() {
    for (argument, level) in [
        ("-v", "info"),
        ("-q", "error"),
        ("--log=db=info", "db=info"),
    ] {
        let args = Other::try_parse_dynamic_from(["server", argument]).unwrap();
        assert_eq!(args.log.get().as_str(), level);
        assert_eq!(args.load().verbosity.is_present(), argument.len() == 2);
        args.set("log", "trace").unwrap();
        args.clear("log").unwrap();
        assert_eq!(args.log.get().as_str(), level);
    }
}

/// A program with another default.
#[derive(Clone, Debug, Parser, DynamicFlags)]
#[command(mut_arg("log_level", |arg| arg.default_value("warn").env(None::<&str>)))]
struct Quiet {
    #[command(flatten)]
    #[flag(flatten)]
    log: dflag_tracing::LogArgs,
}

#[test]
fn program_may_have_another_default() {
    let args = Quiet::try_parse_dynamic_from(["server"]).unwrap();
    assert_eq!(args.log.level.get().as_str(), "warn");
    let args = Quiet::try_parse_dynamic_from(["server", "-v"]).unwrap();
    assert_eq!(args.log.level.get().as_str(), "debug");
}

#[test]
fn verbose_and_quiet_exclude_each_other() {
    let error =
        Args::try_parse_dynamic_from(["server", "-v", "-q", "--log-level=info"]).unwrap_err();
    assert!(error.to_string().contains("cannot be used with"), "{error}");
}

#[test]
#[ignore = "run in a process of its own"]
fn child_counts() {
    for (number, counted) in [(2, 2), (9, 9), (10, 9), (11, 9), (300, 9)] {
        for (letter, level) in [("v", "trace"), ("q", "off")] {
            let argument = format!("-{}", letter.repeat(number));
            let args = Args::try_parse_dynamic_from(["server", &argument]).unwrap();
            let verbosity = args.load().log.verbosity;
            let level = if argument == "-qq" { "error" } else { level };
            assert_eq!(args.log.level.get().as_str(), level, "{argument}");
            assert_eq!(verbosity.verbose.max(verbosity.quiet), counted);
        }
    }
}

#[test]
fn verbosity_beyond_its_limit_means_the_same() {
    run("child_counts", &[]);
}

#[test]
fn help_says_what_is_logged() {
    let error = Args::try_parse_dynamic_from(["server", "--help"]).unwrap_err();
    let help = error.to_string();
    for part in [
        "--log-level <FILTER>",
        "What is logged: a level (off, error, warn, info, debug, trace)",
        "RUST_LOG",
        "[default: info]",
        "-v, --verbose...",
        "-q, --quiet...",
    ] {
        assert!(help.contains(part), "{part} is not in {help}");
    }
}
