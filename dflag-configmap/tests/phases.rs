//! The phases of an updater: initialize, start, stop, and what each may change.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // test helpers may panic as well

mod common;

use std::time::Duration;

use common::{Volume, args, args_from, builder, follow, last_error, until, with_causes};
use dflag::Precedence;
use dflag_configmap::{
    BuildError, DirectoryError, InitializeError, SetupError, StartError, StopError, Updater,
    Watching,
};

#[test]
fn setup_reads_static_and_dynamic_flags_and_follows_the_directory() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("port", "9090"), ("a", "1\n"), ("b", "1")]);
    let args = args();
    let updater = dflag_configmap::setup(&args, dir.path()).unwrap();
    assert_eq!((args.load().port, args.a.get(), args.b.get()), (9090, 1, 1));
    assert_eq!(updater.status().watching, Watching::Events);

    volume.publish(&[("port", "9090"), ("a", "2"), ("b", "2")]);
    until("the second generation", || {
        args.a.get() == 2 && args.b.get() == 2
    });
    updater.stop().unwrap();
}

#[test]
fn an_absent_directory_is_an_error_or_with_optional_an_empty_one() {
    let dir = tempfile::tempdir().unwrap();
    let absent = dir.path().join("absent");
    let error = dflag_configmap::setup(&args(), &absent).unwrap_err();
    assert!(
        matches!(
            &error,
            SetupError::Initialize(InitializeError::Directory(DirectoryError::NotFound { path })) if *path == absent
        ),
        "{error:?}"
    );
    assert!(
        with_causes(&error).contains(absent.to_str().unwrap()),
        "{error}"
    );

    let args = args();
    let updater = follow(builder(&args, &absent).optional(true));
    assert!(updater.status().last_error.is_none());
    assert_eq!(updater.status().watching, Watching::Events);
    Volume::new(&absent, &[("a", "7")]);
    until("the new directory", || args.a.get() == 7);
}

#[test]
fn optional_does_not_permit_a_path_that_is_not_a_directory() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("file"), "").unwrap();
    let args = args();
    let updater = builder(&args, dir.path().join("file"))
        .optional(true)
        .build()
        .unwrap();
    let error = updater.initialize().unwrap_err();
    assert!(
        matches!(
            error,
            InitializeError::Directory(DirectoryError::NotADirectory { .. })
        ),
        "{error:?}"
    );
}

#[test]
fn initialize_names_every_bad_value_and_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    Volume::new(
        dir.path(),
        &[("a", "1"), ("b", "many"), ("port", "99999999")],
    );
    let args = args();
    let updater = builder(&args, dir.path()).build().unwrap();
    let error = updater.initialize().unwrap_err();
    let text = with_causes(&error);
    assert!(matches!(error, InitializeError::Rejected(_)));
    for part in [
        "`b`",
        "many",
        "`port`",
        "99999999",
        dir.path().to_str().unwrap(),
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert_eq!((args.load().port, args.a.get(), args.b.get()), (8080, 0, 0));
    assert_eq!(updater.status().rejected, 1);
}

#[test]
fn start_proposes_again_what_initialize_rejected() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("a", "bad")]);
    let args = args();
    let updater = builder(&args, dir.path()).build().unwrap();
    updater.initialize().unwrap_err();
    updater.start().unwrap();
    assert!(last_error(&updater).contains("`a`"));
    volume.publish(&[("a", "5")]);
    until("the fixed update", || args.a.get() == 5);
    // The status is recorded after the value is published.
    until("no error", || updater.status().last_error.is_none());
}

#[test]
fn initialize_after_start_is_an_error_even_after_stop() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("a", "1")]);
    let args = args();
    let updater = follow(builder(&args, dir.path()));
    assert!(matches!(
        updater.initialize(),
        Err(InitializeError::Started)
    ));
    updater.stop().unwrap();
    volume.publish(&[("a", "2"), ("port", "1")]);
    assert!(matches!(
        updater.initialize(),
        Err(InitializeError::Started)
    ));
    assert_eq!((args.a.get(), args.load().port), (1, 8080));
}

#[test]
fn an_update_between_initialize_and_start_is_applied_by_start() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("a", "1")]);
    let args = args();
    let updater = builder(&args, dir.path()).build().unwrap();
    updater.initialize().unwrap();
    volume.publish(&[("a", "2")]);
    updater.start().unwrap();
    assert_eq!(args.a.get(), 2);
}

#[test]
fn a_static_flag_that_changes_after_start_is_pending_restart() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("port", "9090"), ("a", "1")]);
    let args = args();
    let updater = follow(builder(&args, dir.path()));
    assert!(updater.status().pending_restart.is_empty());
    volume.publish(&[("port", "9091"), ("a", "2")]);
    until("the dynamic flag", || args.a.get() == 2);
    assert_eq!(args.load().port, 9090);
    let pending = updater.status().pending_restart;
    assert_eq!(pending.len(), 1);
    assert_eq!(
        (pending[0].flag.as_str(), pending[0].value.as_deref()),
        ("port", Some("9091"))
    );
    volume.publish(&[("port", "9090"), ("a", "3")]);
    until("no pending restart", || {
        updater.status().pending_restart.is_empty()
    });
}

#[test]
fn start_twice_and_stop_twice_are_errors_and_start_after_stop_works() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("a", "1")]);
    let args = args();
    let updater = builder(&args, dir.path()).build().unwrap();
    assert!(matches!(updater.stop(), Err(StopError::NotRunning)));
    updater.initialize().unwrap();
    updater.start().unwrap();
    assert!(matches!(updater.start(), Err(StartError::Running)));
    updater.stop().unwrap();
    assert!(matches!(updater.stop(), Err(StopError::NotRunning)));
    assert_eq!(updater.status().watching, Watching::Stopped);

    volume.publish(&[("a", "2")]);
    updater.start().unwrap();
    assert_eq!(args.a.get(), 2);
    volume.publish(&[("a", "3")]);
    until("an update after the second start", || args.a.get() == 3);
}

#[test]
fn only_one_of_many_stops_at_once_succeeds_and_none_hangs() {
    let dir = tempfile::tempdir().unwrap();
    Volume::new(dir.path(), &[("a", "1")]);
    let updater = follow(builder(&args(), dir.path()));
    let stopped = std::thread::scope(|scope| {
        let stops: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| updater.stop().is_ok()))
            .collect();
        stops
            .into_iter()
            .filter_map(|stop| stop.join().unwrap().then_some(()))
            .count()
    });
    assert_eq!(stopped, 1);
}

#[test]
fn the_command_line_can_take_precedence() {
    let dir = tempfile::tempdir().unwrap();
    Volume::new(dir.path(), &[("a", "1"), ("b", "1")]);
    let args = args_from(["test", "--a=5"]);
    let _updater = follow(builder(&args, dir.path()).precedence(Precedence::BelowCommandLine));
    assert_eq!((args.a.get(), args.b.get()), (5, 1));
}

#[test]
fn an_empty_path_is_rejected_and_the_period_has_a_minimum() {
    assert!(matches!(
        Updater::new(&args(), ""),
        Err(BuildError::EmptyPath)
    ));
    let builder = Updater::builder(&args(), "/x").rescan_every(Duration::ZERO);
    assert!(format!("{builder:?}").contains("10ms"), "{builder:?}");
}

#[test]
fn an_updater_can_be_stored_and_shared_without_naming_the_flags_type() {
    fn is_send_and_sync<T: Send + Sync + 'static>() {}
    struct Program {
        updater: Updater,
    }
    is_send_and_sync::<Updater>();
    let dir = tempfile::tempdir().unwrap();
    let program = Program {
        updater: dflag_configmap::setup(&args(), dir.path()).unwrap(),
    };
    program.updater.stop().unwrap();
}

#[test]
fn the_flags_list_the_status_of_their_updater_while_it_exists() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("a", "1"), ("nobody", "1")]);
    let args = args();
    let updater = follow(builder(&args, dir.path()));
    let source = || args.sources().remove(0);

    let status = source();
    assert_eq!(status.name, "ConfigMap");
    assert_eq!(status.location, dir.path().display().to_string());
    assert_eq!((status.applied, status.rejected), (1, 0));
    assert_eq!(status.generation, args.generation());
    assert_eq!(status.unknown_keys, ["nobody"]);
    assert_eq!(status.watching, "events");
    assert!(status.last_success.is_some() && status.last_error.is_none());

    volume.publish(&[("a", "lots")]);
    until("the rejection", || source().last_error.is_some());
    let error = source().last_error.unwrap();
    assert!(error.contains("`a`") && error.contains("'lots'"), "{error}");
    assert_eq!(source().rejected, 1);

    drop(updater);
    assert!(args.sources().is_empty());
}

#[test]
fn a_second_updater_of_the_same_flags_and_directory_is_an_error_until_the_first_is_dropped() {
    let dir = tempfile::tempdir().unwrap();
    Volume::new(dir.path(), &[("a", "1")]);
    let (args, other) = (args(), args_from(["test"]));
    let first = follow(builder(&args, dir.path()));
    for path in [dir.path().to_owned(), dir.path().join(".")] {
        let error = dflag_configmap::setup(&args.clone(), &path).unwrap_err();
        assert!(
            matches!(
                &error,
                SetupError::Build(BuildError::SecondUpdater { directory }) if directory == dir.path()
            ),
            "{error:?}"
        );
        let text = error.to_string();
        assert!(text.contains(dir.path().to_str().unwrap()), "{text}");
    }
    // By a link or a detour, it is the same directory.
    let links = tempfile::tempdir().unwrap();
    let link = links.path().join("link");
    std::os::unix::fs::symlink(dir.path(), &link).unwrap();
    let detour = dir.path().join("..").join(dir.path().file_name().unwrap());
    for path in [link, detour] {
        let error = dflag_configmap::setup(&args.clone(), &path).unwrap_err();
        assert!(
            matches!(&error, SetupError::Build(BuildError::SecondUpdater { .. })),
            "{error:?}"
        );
    }
    assert_eq!(args.sources().len(), 1);
    // Other flags, and another directory.
    let _of_others = follow(builder(&other, dir.path()));
    let elsewhere = tempfile::tempdir().unwrap();
    let _elsewhere = follow(builder(&args, elsewhere.path()));

    first.stop().unwrap();
    assert!(builder(&args, dir.path()).build().is_err());
    drop(first);
    follow(builder(&args, dir.path())).stop().unwrap();
}

#[test]
fn start_without_initialize_fixes_static_flags_and_applies_dynamic_ones() {
    let dir = tempfile::tempdir().unwrap();
    Volume::new(dir.path(), &[("a", "1"), ("port", "9090")]);
    let args = args();
    let updater = builder(&args, dir.path()).build().unwrap();
    updater.start().unwrap();
    assert_eq!((args.a.get(), args.load().port), (1, 8080));
    assert_eq!(updater.status().pending_restart[0].flag, "port");

    let absent = dir.path().join("absent");
    let updater = builder(&args, &absent).build().unwrap();
    updater.start().unwrap();
    assert!(last_error(&updater).contains("does not exist"));
}
