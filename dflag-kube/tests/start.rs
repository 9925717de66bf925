//! What a program starts with.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // test helpers may panic as well

mod common;

use std::time::{Duration, Instant};

use clap::Parser;
use dflag::DynamicFlags;
use dflag_kube::{ApiState, LastGoodFile, OnBadStart, Updater, Way};
use dflag_tests::fault_proxy::{Fault, Kind, Stream};

use common::{PATIENCE, World, wait_for};

#[test]
fn api_is_preferred_to_the_mount() {
    let mut world = World::with("5");
    world.mount("4");
    world.api.write(&[("limit", "6"), ("port", "80")]);
    let updater = world.builder().setup_blocking().unwrap();
    assert_eq!((world.limit(), world.args.load().port), (6, 80));
    let status = updater.status();
    assert_eq!(status.applied_from, Some(Way::Api));
    assert_eq!(status.api.state, ApiState::Watching);
    assert!(status.updates.last_error.is_none(), "{status:?}");
    let object = status.object.unwrap();
    assert_eq!(object.manager.as_deref(), Some("test"));
}

#[test]
fn mount_is_used_if_the_api_does_not_answer_in_time() {
    for fault in [
        Fault::Silence,
        Fault::Close,
        Fault::Status(503, vec![], "busy"),
    ] {
        let world = World::with("5");
        world.proxy.fail(Kind::List, fault);
        let start = Instant::now();
        let builder = world.builder().api_wait(Duration::from_millis(200));
        let updater = builder.setup_blocking().unwrap();
        assert!(start.elapsed() < PATIENCE);
        assert_eq!(world.limit(), 5);
        assert_eq!(updater.status().applied_from, Some(Way::Mount));
        // The API may be late.
        world.api.write(&[("limit", "6")]);
        world.proxy.heal();
        world.proxy.cut(false);
        world.wait_for(6);
    }
}

#[test]
fn beside_a_mount_the_api_is_asked_again_until_it_answers() {
    for (fault, attempts) in [
        (Fault::Close, 3),
        (Fault::Status(503, vec![], "busy"), 3),
        (Fault::Status(429, vec!["Retry-After: 1"], "busy"), 2),
    ] {
        let world = World::with("5");
        world.api.write(&[("limit", "6"), ("port", "80")]);
        world.proxy.fail(Kind::List, fault);
        std::thread::scope(|scope| {
            let builder = world.builder();
            let setup = scope.spawn(|| builder.setup_blocking());
            wait_for("attempts", || world.proxy.count(Kind::List) >= attempts);
            world.proxy.heal();
            let updater = setup.join().unwrap().unwrap();
            assert_eq!((world.limit(), world.args.load().port), (6, 80));
            assert_eq!(updater.status().applied_from, Some(Way::Api));
        });
    }
}

#[test]
fn beside_a_mount_a_final_failure_ends_the_wait_at_once() {
    for code in [401, 403, 404] {
        let world = World::with("5");
        world
            .proxy
            .fail(Kind::List, Fault::Status(code, vec![], "{}"));
        let start = Instant::now();
        let updater = world.builder().setup_blocking().unwrap();
        assert!(start.elapsed() < PATIENCE / 4, "{:?}", start.elapsed());
        assert_eq!(updater.status().applied_from, Some(Way::Mount));
        assert_eq!(world.limit(), 5);
    }
}

#[test]
fn with_no_time_for_the_api_its_answer_does_not_count_even_if_it_is_there() {
    let mut world = World::new();
    world.mount("many");
    world.api.write(&[("limit", "6"), ("port", "80")]);
    let builder = world.builder().api_wait(Duration::ZERO);
    let updater = builder
        .rescan_every(Duration::from_millis(50))
        .build()
        .unwrap();
    updater.initialize_blocking().unwrap_err();
    assert_eq!(updater.status().applied_from, None);
    wait_for("the API's answer", || world.proxy.count(Kind::Watch) > 0);
    world.mount("5");
    wait_for("a start", || updater.initialize_blocking().is_ok());
    assert_eq!((world.limit(), world.args.load().port), (5, 1));
    updater.start().unwrap();
    world.wait_for(6);
}

#[test]
fn with_no_time_for_the_api_the_mount_alone_decides_at_start() {
    let world = World::with("5");
    world.api.write(&[("limit", "6"), ("port", "80")]);
    let builder = world.builder().api_wait(Duration::ZERO);
    let updater = builder.build().unwrap();
    updater.initialize_blocking().unwrap();
    assert_eq!((world.limit(), world.args.load().port), (5, 1));
    updater.start().unwrap();
    world.wait_for(6);
    let pending = updater.status().updates.pending_restart;
    assert_eq!(pending.len(), 1, "{pending:?}");
}

#[test]
fn missing_object_beside_a_mount_starts_with_the_mount() {
    let mut world = World::new();
    world.mount("5");
    let updater = world.builder().setup_blocking().unwrap();
    assert_eq!(world.limit(), 5);
    assert!(updater.status().api.is_missing);
    world.api.write(&[("limit", "6")]);
    world.wait_for(6);
}

#[test]
fn missing_object_leaves_what_the_mount_has_until_there_is_one() {
    let mut world = World::new();
    world.mount("5");
    let updater = world.set_up(world.builder().optional(true));
    let (lists, watches) = (
        world.proxy.count(Kind::List),
        world.proxy.count(Kind::Watch),
    );
    world.cut(true);
    wait_for("a list and a watch", || {
        world.proxy.count(Kind::List) > lists && world.proxy.count(Kind::Watch) > watches
    });
    assert_eq!(world.limit(), 5);
    world.api.write(&[("limit", "6")]);
    world.wait_for(6);
    // From now on it is one that was deleted.
    world.api.delete();
    world.wait_for(1);
    drop(updater);
}

#[test]
fn missing_object_without_a_mount_is_an_error_unless_it_is_optional() {
    let world = World::new();
    let error = world.builder_without_mount().setup_blocking().unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("default/flags") && text.contains("no such ConfigMap"),
        "{text}"
    );
    let updater = world
        .builder_without_mount()
        .optional(true)
        .setup_blocking()
        .unwrap();
    assert_eq!(world.limit(), 1);
    world.api.write(&[("limit", "6")]);
    world.wait_for(6);
    drop(updater);
}

#[test]
fn without_a_mount_the_error_says_what_failed() {
    let forbidden =
        r#"{"message": "User \"reader\" cannot list resource \"configmaps\" in API group \"\""}"#;
    for (fault, expected) in [
        (
            Fault::Status(401, vec![], ""),
            "the service account's token",
        ),
        (
            Fault::Status(403, vec![], forbidden),
            "the verb `list` is missing; grant it with `kubectl create role",
        ),
    ] {
        let world = World::new();
        world.proxy.fail(Kind::List, fault);
        let start = Instant::now();
        let error = world.builder_without_mount().setup_blocking().unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert!(start.elapsed() < PATIENCE);
    }
    let world = World::new();
    let builder = world.builder_without_mount().kubeconfig("/does/not/exist");
    let error = builder.namespace("default").setup_blocking().unwrap_err();
    assert!(error.to_string().contains("/does/not/exist"), "{error}");
}

#[test]
fn start_without_a_mount_tries_again_for_a_while() {
    let world = World::new();
    world.api.write(&[("limit", "6")]);
    world.proxy.fail(Kind::List, Fault::Close);
    std::thread::scope(|scope| {
        let builder = world.builder_without_mount();
        let setup = scope.spawn(|| builder.setup_blocking());
        wait_for("two attempts", || world.proxy.count(Kind::List) >= 2);
        world.proxy.heal();
        let updater = setup.join().unwrap().unwrap();
        assert_eq!(world.limit(), 6);
        drop(updater);
    });
}

#[test]
fn rejected_content_is_an_error_that_names_the_key_and_a_policy_starts_nevertheless() {
    let world = World::new();
    world.api.write(&[("limit", "many")]);
    let error = world.builder_without_mount().setup_blocking().unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("default/flags/limit") && text.contains("invalid value 'many'"),
        "{text}"
    );
    let builder = world.builder_without_mount().on_bad_start(OnBadStart::Base);
    let updater = builder.setup_blocking().unwrap();
    assert!(updater.status().updates.bad_start.is_some());
    assert_eq!(updater.status().applied_from, None);
    world.api.write(&[("limit", "6")]);
    world.wait_for(6);
}

#[test]
fn good_start_after_a_bad_one_says_where_its_content_came_from() {
    let world = World::new();
    world.api.write(&[("limit", "many")]);
    let builder = world.builder_without_mount().on_bad_start(OnBadStart::Base);
    let updater = builder.build().unwrap();
    updater.initialize_blocking().unwrap();
    assert_eq!(updater.status().applied_from, None);
    world.api.write(&[("limit", "6")]);
    updater.initialize_blocking().unwrap();
    assert_eq!(world.limit(), 6);
    let status = updater.status();
    assert_eq!(status.applied_from, Some(Way::Api));
    assert_eq!(status.applied, status.object);
}

#[cfg(unix)]
#[test]
fn last_good_content_of_the_api_is_kept_while_the_mount_is_not_filled() {
    let mut world = World::new();
    let folder = tempfile::tempdir().unwrap();
    let mount = folder.path().join("mount");
    std::fs::create_dir(&mount).unwrap();
    std::os::unix::fs::symlink("..data/limit", mount.join("limit")).unwrap();
    world.api.write(&[("limit", "6")]);
    let file = folder.path().join("last-good");
    let builder = world
        .builder_without_mount()
        .mount(&mount)
        .last_good_file(LastGoodFile::new(&file));
    let updater = builder.build().unwrap();
    updater.initialize_blocking().unwrap();
    updater.start().unwrap();
    wait_for("the mount", || updater.status().updates.is_unfilled);
    world.api.write(&[("limit", "7")]);
    world.wait_for(7);
    drop(updater);
    // The next process.
    world.args = common::args();
    world.proxy.fail_all(&Fault::Status(401, vec![], "{}"));
    let policy = OnBadStart::LastGood(LastGoodFile::new(&file));
    let builder = world.builder_without_mount().on_bad_start(policy);
    builder.build().unwrap().initialize_blocking().unwrap();
    assert_eq!(world.limit(), 7);
}

#[test]
fn blocking_setup_works_inside_a_runtime_and_the_other_in_any() {
    let world = World::with("5");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        drop(world.builder().setup_blocking().unwrap());
        // Without timers and I/O of this runtime.
        drop(world.builder().setup().await.unwrap());
    });
    assert_eq!(world.limit(), 5);
}

#[test]
fn phases_are_those_of_a_mounted_config_map() {
    let world = World::with("5");
    let updater = world.builder().build().unwrap();
    assert!(updater.stop().is_err());
    updater.initialize_blocking().unwrap();
    updater.start().unwrap();
    assert!(updater.start().is_err());
    assert!(updater.initialize_blocking().is_err());
    updater.stop().unwrap();
    assert!(updater.stop().is_err());
    assert_eq!(updater.status().api.state, ApiState::Off);
    world.api.write(&[("limit", "6")]);
    updater.start().unwrap();
    world.wait_for(6);
    let second = world.builder().build().unwrap_err();
    assert!(
        second.to_string().contains("already have an updater"),
        "{second}"
    );
}

#[test]
fn callback_may_stop_the_updater() {
    let world = World::with("5");
    let updater = std::sync::Arc::new(world.builder().setup_blocking().unwrap());
    let of_callback = std::sync::Arc::downgrade(&updater);
    let (sender, called) = std::sync::mpsc::channel();
    let _subscription = world.args.limit.on_change(move |_, _| {
        let updater = of_callback.upgrade().unwrap();
        let _ = sender.send((
            updater.stop().is_ok(),
            updater.initialize_blocking().is_err(),
        ));
    });
    world.api.write(&[("limit", "6")]);
    assert_eq!(called.recv_timeout(PATIENCE).unwrap(), (true, true));
    wait_for("the end of the thread", || updater.start().is_ok());
}

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Required {
    #[arg(long)]
    dsn: String,
}

#[test]
fn parse_supplies_required_flags() {
    let world = World::new();
    world.api.write(&[("dsn", "postgres://db")]);
    let folder = tempfile::tempdir().unwrap();
    let kubeconfig = world.proxy.write_kubeconfig(folder.path()).unwrap();
    let parse = || {
        dflag_kube::try_parse_from_with::<Required, _, _>(["server"], "flags", |builder| {
            builder.kubeconfig(&kubeconfig)
        })
    };
    let (args, updater) = parse().unwrap();
    assert_eq!(args.load().dsn, "postgres://db");
    drop(updater);
    world.api.delete();
    let error = parse().unwrap_err().to_string();
    assert!(
        error.contains("--dsn") && error.contains("there is no ConfigMap `default/flags`"),
        "{error}"
    );
}

#[test]
fn parse_asks_the_api_again_as_a_start_does() {
    let mut world = World::new();
    world.api.write(&[("dsn", "of-the-api")]);
    world.volume.write(&[("dsn", b"of-the-mount")]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let kubeconfig = world.proxy.write_kubeconfig(folder.path()).unwrap();
    let parse = |wait: Duration| {
        dflag_kube::try_parse_from_with::<Required, _, _>(["server"], "flags", |builder| {
            let builder = builder.kubeconfig(&kubeconfig).api_wait(wait);
            builder.mount(world.volume.root())
        })
    };
    world.proxy.fail(Kind::List, Fault::Close);
    std::thread::scope(|scope| {
        let parsed = scope.spawn(|| parse(PATIENCE));
        wait_for("attempts", || world.proxy.count(Kind::List) >= 3);
        world.proxy.heal();
        let (args, updater) = parsed.join().unwrap().unwrap();
        assert_eq!(args.load().dsn, "of-the-api");
        drop(updater);
    });
    for (wait, fault) in [
        (Duration::from_millis(500), Fault::Close),
        (PATIENCE, Fault::Status(403, vec![], "{}")),
    ] {
        world.proxy.fail(Kind::List, fault);
        let start = Instant::now();
        let (args, updater) = parse(wait).unwrap();
        assert_eq!(args.load().dsn, "of-the-mount");
        assert!(start.elapsed() < PATIENCE / 4, "{:?}", start.elapsed());
        drop(updater);
    }
}

#[test]
fn names_and_sources_are_checked() {
    let args = common::args();
    let error = Updater::builder(&args, "My_Flags")
        .namespace("default")
        .build();
    assert!(error.unwrap_err().to_string().contains("My_Flags"));
    let error = Updater::builder(&args, "flags")
        .namespace("default")
        .api(false)
        .build();
    assert!(error.unwrap_err().to_string().contains("nothing to follow"));
}

#[test]
fn without_the_api_the_mount_is_followed() {
    let mut world = World::new();
    world.mount("5");
    let updater = world.builder().api(false).setup_blocking().unwrap();
    assert_eq!(world.limit(), 5);
    world.mount("6");
    world.wait_for(6);
    assert_eq!(world.proxy.count(Kind::List), 0);
    assert!(!updater.status().is_unconfirmed);
}

#[test]
fn start_that_failed_can_be_tried_again() {
    let world = World::new();
    let folder = tempfile::tempdir().unwrap();
    world.proxy.fail_all(&Fault::Close);
    let builder = world
        .builder_without_mount()
        .mount(folder.path().join("none"))
        .api_wait(Duration::from_millis(300));
    let updater = builder.build().unwrap();
    for _ in 0..3 {
        updater.initialize_blocking().unwrap_err();
    }
    world.api.write(&[("limit", "many")]);
    world.proxy.heal();
    wait_for("the invalid value", || {
        let error = updater.initialize_blocking().unwrap_err();
        error.to_string().contains("many")
    });
    world.api.write(&[("limit", "6")]);
    wait_for("a start", || updater.initialize_blocking().is_ok());
    assert_eq!(world.limit(), 6);
}

#[test]
fn every_initialize_asks_anew() {
    let mut world = World::with("5");
    let updater = world.builder().build().unwrap();
    updater.initialize_blocking().unwrap();
    assert_eq!(world.limit(), 5);
    // The second on the thread of the first, the third on another one.
    world.proxy.set_stream(Stream::Dropped);
    for limit in ["6", "7"] {
        world.api.write(&[("limit", limit), ("port", limit)]);
        updater.initialize_blocking().unwrap();
        assert_eq!(world.limit().to_string(), limit);
        assert_eq!(world.args.load().port.to_string(), limit);
        updater.stop().unwrap_err();
    }
    // Without the API it is the mount that is read anew.
    drop(updater);
    world.mount("8");
    let updater = world.builder().api(false).build().unwrap();
    updater.initialize_blocking().unwrap();
    assert_eq!(world.limit(), 8);
    updater.stop().unwrap_err();
    world.mount("9");
    updater.initialize_blocking().unwrap();
    assert_eq!(world.limit(), 9);
    updater.stop().unwrap_err();
    world.volume.tear_down().unwrap();
    let error = updater.initialize_blocking().unwrap_err().to_string();
    assert!(error.contains("does not exist"), "{error}");
    assert_eq!(world.limit(), 9);
}

#[test]
fn every_initialize_reads_the_mount_anew_on_the_same_thread_as_well() {
    let mut world = World::new();
    let updater = world.builder().api(false).build().unwrap();
    for limit in 5..25 {
        world.mount(&limit.to_string());
        updater.initialize_blocking().unwrap();
        assert_eq!(world.limit(), limit);
    }
    world.volume.tear_down().unwrap();
    let error = updater.initialize_blocking().unwrap_err().to_string();
    assert!(error.contains("does not exist"), "{error}");
    assert_eq!(world.limit(), 24);
}

#[test]
fn what_the_api_said_before_an_outage_is_no_answer_to_a_later_initialize() {
    let mut world = World::with("5");
    world.api.write(&[("limit", "many")]);
    let builder = world.builder().api_wait(Duration::from_millis(500));
    let updater = builder
        .rescan_every(Duration::from_millis(50))
        .build()
        .unwrap();
    // It may take longer to answer on a busy machine.
    wait_for("the rejection", || updater.initialize_blocking().is_err());
    wait_for("the watch", || world.proxy.open_watches() > 0);
    world.proxy.fail_all(&Fault::Close);
    world.cut(false);
    world.mount("6");
    wait_for("a start", || {
        updater.initialize_blocking().is_ok() && world.limit() == 6
    });
    assert_eq!(updater.status().applied_from, Some(Way::Mount));
}

#[test]
fn start_with_an_older_mount_holds_nothing_because_of_an_earlier_answer() {
    let mut world = World::with("5");
    world.api.write(&[("limit", "6")]);
    let builder = world.builder().api_wait(Duration::from_millis(500));
    let updater = builder.build().unwrap();
    // It may take longer to answer on a busy machine.
    wait_for("the API's answer", || {
        updater.initialize_blocking().unwrap();
        world.limit() == 6
    });
    world.proxy.fail_all(&Fault::Close);
    world.proxy.cut(false);
    updater.initialize_blocking().unwrap();
    assert_eq!(world.limit(), 5);
    updater.start().unwrap();
    world.mount("6");
    world.wait_for(6);
}

#[test]
fn initialize_that_fails_again_changes_no_flag() {
    let mut world = World::with("many");
    world.proxy.fail_all(&Fault::Status(401, vec![], "{}"));
    let builder = world.builder().rescan_every(Duration::from_millis(50));
    let updater = builder.build().unwrap();
    updater.initialize_blocking().unwrap_err();
    world.proxy.heal();
    world.mount("6");
    for _ in 0..3 {
        let scanned = updater.status().updates.last_scan;
        wait_for("a scan", || updater.status().updates.last_scan > scanned);
    }
    // It is told of the mount before it is told of the object.
    wait_for("the mount's swap", || {
        let is_rejected = updater.initialize_blocking().is_err();
        is_rejected && updater.status().mount.unwrap().swapped.is_some()
    });
    assert_eq!(world.limit(), 1);
}

#[test]
fn start_after_an_initialize_that_was_cancelled_applies_what_it_had_heard() {
    let mut world = World::new();
    world.mount("6");
    world.proxy.fail(Kind::List, Fault::Silence);
    let updater = world.builder().build().unwrap();
    {
        let mut call = std::pin::pin!(updater.initialize());
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(call.as_mut().poll(&mut context).is_pending());
        wait_for("the list and the mount", || {
            let has_read = updater.status().updates.last_scan.is_some();
            world.proxy.count(Kind::List) > 0 && has_read
        });
    }
    updater.start().unwrap();
    world.wait_for(6);
}
