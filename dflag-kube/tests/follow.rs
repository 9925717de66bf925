//! What a program follows, and what can go wrong.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // test helpers may panic as well

mod common;

use std::sync::{Mutex, mpsc};
use std::time::Duration;

use dflag::OnInvalid;
use dflag_kube::{ApiState, EventsOn, LastGoodFile, OnBadStart, Updater, Way};
use dflag_tests::fault_proxy::{Fault, Kind, Stream};

use common::{PATIENCE, World, values_of_limit, wait_for};

/// A value is visible a moment before the status says where it came from.
fn wait_for_way(updater: &Updater, way: Way) {
    wait_for("the record", || updater.status().applied_from == Some(way));
}

#[test]
fn change_arrives_through_the_api_and_the_mount_that_follows_is_no_update() {
    let mut world = World::with("5");
    let updater = world.set_up(world.builder());
    world.api.write(&[("limit", "6")]);
    world.wait_for(6);
    let before = updater.status();
    let generation = world.args.generation();
    world.mount("6");
    wait_for("the mount's swap", || {
        updater.status().mount.unwrap().swapped.is_some()
    });
    assert_eq!(updater.status().updates.applied, before.updates.applied);
    assert_eq!(world.args.generation(), generation);
    assert_eq!(updater.status().applied_from, Some(Way::Api));
}

#[test]
fn update_is_rejected_as_a_whole_and_the_next_valid_one_applied() {
    let world = World::with("5");
    let updater = world.set_up(world.builder());
    world.api.write(&[("limit", "7"), ("other", "many")]);
    wait_for("the rejection", || updater.status().updates.rejected == 1);
    assert_eq!(world.limit(), 5);
    let error = updater.status().updates.last_error.unwrap().to_string();
    assert!(error.contains("default/flags/other"), "{error}");
    world.api.write(&[("limit", "8"), ("other", "9")]);
    world.wait_for(8);
    assert_eq!(world.args.other.get(), 9);
}

#[test]
fn mount_that_is_late_does_not_go_backwards() {
    let mut world = World::with("5");
    let updater = world.set_up(world.builder());
    world.api.write(&[("limit", "6")]);
    world.api.write(&[("limit", "7")]);
    world.wait_for(7);
    let subscription = world
        .args
        .limit
        .on_change(|old, new| assert!(new > old, "{old} -> {new}"));
    world.mount("6");
    wait_for("the mount's swap", || {
        updater.status().mount.unwrap().swapped.is_some()
    });
    world.api.write(&[("limit", "8")]);
    world.wait_for(8);
    drop(subscription);
}

#[test]
fn deleted_object_keeps_the_values_unless_it_is_optional() {
    for optional in [false, true] {
        let world = World::new();
        world.api.write(&[("limit", "5")]);
        let builder = world.builder_without_mount().optional(optional);
        let updater = world.set_up(builder);
        world.api.delete();
        wait_for("the deletion", || updater.status().api.is_missing);
        if optional {
            world.wait_for(1);
        } else {
            wait_for("the error", || {
                updater.status().updates.last_error.is_some()
            });
            assert_eq!(world.limit(), 5);
        }
        world.api.write(&[("limit", "6")]);
        world.wait_for(6);
        // It is recorded after the callbacks.
        wait_for("the recovery", || {
            updater.status().updates.last_error.is_none()
        });
        // During an outage it shows as an empty list only.
        world.proxy.fail_all(&Fault::Close);
        world.cut(false);
        world.api.delete();
        world.proxy.heal();
        wait_for("the deletion", || updater.status().api.is_missing);
        world.api.write(&[("limit", "7")]);
        world.wait_for(7);
    }
}

#[test]
fn answer_of_a_gateway_is_no_deletion() {
    let world = World::with("5");
    let builder = world.builder().optional(true);
    let updater = world.set_up(builder);
    world
        .proxy
        .fail(Kind::List, Fault::Status(200, vec![], "{}"));
    world.cut(true);
    wait_for("the error", || {
        let error = updater.status().api.error;
        error.is_some_and(|error| error.contains("can't be read"))
    });
    assert!(!updater.status().api.is_missing);
    assert_eq!(world.limit(), 5);
}

#[test]
fn every_end_of_a_watch_is_followed_by_a_list() {
    let world = World::new();
    world.api.write(&[("limit", "2")]);
    let updater = world.set_up(world.builder_without_mount());
    let mut limit = 2;
    let mut change = |world: &World| {
        limit += 1;
        world.api.write(&[("limit", &limit.to_string())]);
        world.wait_for(limit);
    };
    for is_clean in [true, false] {
        let counts = || {
            (
                world.proxy.count(Kind::List),
                world.proxy.count(Kind::Watch),
            )
        };
        let (lists, watches) = counts();
        world.cut(is_clean);
        change(&world);
        // The change may have come just before the end.
        wait_for("a list and a watch", || {
            counts() >= (lists + 1, watches + 1)
        });
    }
    for stream in [Stream::Truncated, Stream::Broken, Stream::Duplicated] {
        world.proxy.set_stream(stream);
        change(&world);
        world.proxy.heal();
    }
    drop(updater);
}

#[test]
fn version_that_is_too_old_is_listed_again_in_each_of_its_forms() {
    // As an event of the watch.
    let world = World::new();
    world.api.write(&[("limit", "2")]);
    let updater = world.set_up(world.builder_without_mount());
    let watches = world.proxy.count(Kind::Watch);
    world.api.compact();
    world.api.write(&[("limit", "3")]);
    world.wait_for(3);
    // The next watch has to open before watches fail.
    wait_for("the next watch", || {
        world.proxy.count(Kind::Watch) > watches
    });
    // As the answer to the watch, and to a list.
    for (limit, kind) in [(4, Kind::Watch), (5, Kind::List)] {
        let expired = r#"{"kind": "Status", "reason": "Expired", "code": 410}"#;
        world.proxy.fail(kind, Fault::Status(410, vec![], expired));
        world.cut(true);
        let before = world.proxy.count(Kind::List);
        wait_for("lists", || world.proxy.count(Kind::List) > before + 1);
        world.api.write(&[("limit", &limit.to_string())]);
        world.proxy.heal();
        world.wait_for(limit);
        // The value may have come by a list whose watch failed.
        wait_for("the watch", || world.proxy.open_watches() > 0);
    }
    drop(updater);
}

#[test]
fn server_that_is_busy_is_asked_again_after_the_time_it_says() {
    let world = World::new();
    world.api.write(&[("limit", "2")]);
    let updater = world.set_up(world.builder_without_mount());
    for code in [429, 503] {
        let fault = Fault::Status(
            code,
            vec!["Retry-After: 1"],
            "Too many requests, please try again later.",
        );
        world.proxy.fail(Kind::List, fault);
        world.cut(false);
        wait_for("the error", || {
            let error = updater.status().api.error;
            error.is_some_and(|error| error.contains(&format!("{code}: Too many requests")))
        });
        world.proxy.heal();
        wait_for("the API", || {
            updater.status().api.state == ApiState::Watching
        });
    }
}

#[test]
fn silent_connection_is_given_up_after_the_idle_limit() {
    let world = World::new();
    world.api.write(&[("limit", "2")]);
    let builder = world
        .builder_without_mount()
        .idle_limit(Duration::from_secs(1));
    let updater = world.set_up(builder);
    world.proxy.freeze();
    wait_for("the limit", || {
        let error = updater.status().api.error;
        error.is_some_and(|error| error.contains("neither an event nor a bookmark"))
    });
    world.api.write(&[("limit", "3")]);
    world.proxy.heal();
    world.proxy.cut(false);
    world.wait_for(3);
}

#[test]
fn bookmarks_keep_a_connection_and_confirm_nothing() {
    let world = World::new();
    world.api.write(&[("limit", "2")]);
    world.api.send_bookmarks();
    let builder = world
        .builder_without_mount()
        .idle_limit(Duration::from_secs(1));
    let updater = world.set_up(builder);
    let confirmed = updater.status().api.confirmed;
    let scanned = updater.status().updates.last_scan;
    wait_for("bookmarks", || {
        let elapsed = scanned.unwrap().elapsed().unwrap();
        elapsed > Duration::from_secs(2) && updater.status().updates.last_scan > scanned
    });
    assert_eq!(updater.status().api.confirmed, confirmed);
    assert_eq!(world.proxy.count(Kind::Watch), 1);
}

#[test]
fn check_finds_what_a_watch_does_not_report() {
    let world = World::new();
    world.api.write(&[("limit", "2")]);
    let builder = world
        .builder_without_mount()
        .check_every(Duration::from_secs(1));
    let updater = world.set_up(builder);
    world.proxy.set_stream(Stream::Dropped);
    world.api.write(&[("limit", "3")]);
    world.wait_for(3);
    assert!(world.proxy.count(Kind::Metadata) > 0);
    world.proxy.heal();
    // A restore of etcd: the version goes back, and watches are silent.
    world.api.restore(50, &[("limit", "4")]);
    world.wait_for(4);
    drop(updater);
}

#[test]
fn version_that_repeats_with_other_content_is_found_at_the_next_reconnect() {
    let world = World::new();
    world.api.write(&[("limit", "2")]);
    let updater = world.set_up(world.builder_without_mount());
    let version = updater.status().object.unwrap().resource_version;
    world
        .api
        .restore(version.parse().unwrap(), &[("limit", "3")]);
    world.cut(true);
    world.wait_for(3);
}

#[test]
fn watch_that_misses_what_the_mount_has_is_found_out() {
    let mut world = World::with("5");
    let updater = world.set_up(world.builder());
    world.proxy.set_stream(Stream::Dropped);
    world.api.write(&[("limit", "6")]);
    world.mount("6");
    world.wait_for(6);
    wait_for_way(&updater, Way::Api);
}

#[test]
fn api_server_that_answers_no_list_decides_no_more() {
    let mut world = World::with("5");
    let builder = world.builder().mount_lag(Duration::from_secs(1));
    let updater = world.set_up(builder);
    // It was confirmed longer ago than the lag.
    let confirmed = updater.status().api.confirmed.unwrap();
    wait_for("the lag", || {
        confirmed.elapsed().unwrap() > Duration::from_secs(2)
    });
    world.proxy.set_stream(Stream::Dropped);
    world.proxy.fail(Kind::List, Fault::Silence);
    world.api.write(&[("limit", "6")]);
    world.mount("6");
    world.wait_for(6);
    wait_for_way(&updater, Way::Mount);
    // The answer decides, whatever the mount has.
    world.mount("7");
    world.wait_for(7);
    world.proxy.heal();
    world.proxy.cut(false);
    world.wait_for(6);
    wait_for_way(&updater, Way::Api);
}

#[test]
fn swap_that_may_be_old_is_held_until_the_api_is_back() {
    let mut world = World::with("5");
    let updater = world.set_up(world.builder());
    world.proxy.fail_all(&Fault::Close);
    world.cut(false);
    wait_for("the outage", || {
        updater.status().api.state == ApiState::Away
    });
    world.mount("4");
    wait_for("the held swap", || updater.status().mount.unwrap().is_held);
    assert_eq!(world.limit(), 5);
    let sources = dflag::Flags::sources(&world.args);
    let warnings = &sources[0].warnings;
    assert!(
        warnings
            .iter()
            .any(|warning| warning.contains("may be older")),
        "{warnings:?}"
    );
    world.proxy.heal();
    wait_for("the API", || {
        updater.status().api.state == ApiState::Watching
    });
    assert!(!updater.status().mount.unwrap().is_held);
    assert_eq!(world.limit(), 5);
}

#[test]
fn denied_program_follows_the_mount_and_the_status_names_the_role() {
    let mut world = World::with("5");
    let updater = world.set_up(world.builder());
    let forbidden =
        r#"{"message": "User \"reader\" cannot watch resource \"configmaps\" in API group \"\""}"#;
    world.proxy.fail_all(&Fault::Status(403, vec![], forbidden));
    world.cut(true);
    wait_for("the denial", || {
        updater.status().api.state == ApiState::Denied
    });
    let error = updater.status().api.error.unwrap();
    assert!(error.contains("the verb `watch` is missing"), "{error}");
    world.mount("6");
    world.wait_for(6);
    world.api.write(&[("limit", "7")]);
    world.proxy.heal();
    world.wait_for(7);
}

#[test]
fn quiet_sources_are_unconfirmed_while_the_api_is_away() {
    let world = World::with("5");
    let builder = world.builder().mount_lag(Duration::from_secs(1));
    let updater = world.set_up(builder);
    assert!(!updater.status().is_unconfirmed);
    world.proxy.fail_all(&Fault::Close);
    world.cut(false);
    wait_for("the status", || updater.status().is_unconfirmed);
    world.proxy.heal();
    wait_for("the API", || !updater.status().is_unconfirmed);
}

#[test]
fn mount_that_merges_several_config_maps_is_reported() {
    let mut world = World::with("5");
    world
        .volume
        .write(&[("limit", b"9"), ("other", b"9")])
        .unwrap();
    let builder = world.builder().mount_lag(Duration::from_secs(1));
    let updater = world.set_up(builder);
    wait_for("the report", || updater.status().mount.unwrap().is_foreign);
    assert_eq!(world.limit(), 5);
}

#[test]
fn mount_of_some_keys_is_not_reported() {
    let world = World::with("5");
    world.api.write(&[("limit", "5"), ("other", "9")]);
    let builder = world.builder().mount_lag(Duration::from_millis(200));
    let updater = world.set_up(builder);
    world.api.write(&[("limit", "5"), ("other", "8")]);
    wait_for("the change", || world.args.other.get() == 8);
    let since = std::time::Instant::now();
    wait_for("the lag", || since.elapsed() > Duration::from_secs(1));
    assert!(!updater.status().mount.unwrap().is_foreign);
}

#[test]
fn lost_mount_is_reported_and_the_api_followed() {
    let world = World::with("5");
    let updater = world.set_up(world.builder());
    world.volume.tear_down().unwrap();
    wait_for("the report", || {
        updater.status().mount.unwrap().error.is_some()
    });
    assert!(updater.status().updates.last_error.is_none());
    world.api.write(&[("limit", "6")]);
    world.wait_for(6);
    // With neither, that is an error.
    world.proxy.fail_all(&Fault::Close);
    world.cut(false);
    wait_for("the error", || {
        updater.status().updates.last_error.is_some()
    });
    assert_eq!(world.limit(), 6);
}

#[test]
fn idle_updater_makes_few_requests() {
    let world = World::with("5");
    let updater = world.set_up(world.builder());
    let since = std::time::Instant::now();
    wait_for("a while", || since.elapsed() > Duration::from_secs(3));
    let counts = [Kind::List, Kind::Metadata, Kind::Watch].map(|kind| world.proxy.count(kind));
    assert_eq!(counts, [1, 0, 1]);
    drop(updater);
}

#[test]
fn rejection_and_recovery_are_events() {
    let world = World::new();
    world.api.write(&[("limit", "5")]);
    let builder = world.builder_without_mount().events(EventsOn::ConfigMap);
    let updater = world.set_up(builder);
    world.api.write(&[("limit", "many")]);
    wait_for("the rejection", || world.api.posted().len() == 1);
    world.api.write(&[("limit", "6")]);
    wait_for("the recovery", || world.api.posted().len() == 2);
    let events = world.api.posted();
    assert_eq!(events[0]["reason"], "FlagsRejected");
    assert_eq!(events[0]["involvedObject"]["uid"], "uid-1");
    let message = events[0]["message"].as_str().unwrap();
    assert!(message.contains("invalid value 'many'"), "{message}");
    assert_eq!(events[1]["reason"], "FlagsRecovered");
    drop(updater);
}

#[test]
fn rejection_before_a_start_that_succeeds_is_no_event() {
    let world = World::new();
    world.api.write(&[("limit", "many")]);
    let builder = world.builder_without_mount().events(EventsOn::ConfigMap);
    let updater = builder.build().unwrap();
    updater.initialize_blocking().unwrap_err();
    world.api.write(&[("limit", "6")]);
    updater.initialize_blocking().unwrap();
    updater.start().unwrap();
    world.api.write(&[("limit", "several")]);
    wait_for("the event", || !world.api.posted().is_empty());
    let posted = world.api.posted();
    assert_eq!(posted.len(), 1, "{posted:?}");
    let message = posted[0]["message"].as_str().unwrap();
    assert!(message.contains("several"), "{message}");
}

#[test]
fn keys_of_other_programs_are_compared_neither_in_the_mount_nor_in_the_object() {
    let mut world = World::new();
    world.api.write(&[
        ("server.limit", "5"),
        ("other.limit", "1"),
        ("server.typo", "1"),
    ]);
    let keys: [(&str, &[u8]); 3] = [
        ("server.limit", b"5"),
        ("other.limit", b"2"),
        ("server.typo", b"2"),
    ];
    world.volume.write(&keys).unwrap();
    let builder = world
        .builder()
        .prefix("server.")
        .mount_lag(Duration::from_secs(1));
    let updater = world.set_up(builder);
    assert_eq!(world.limit(), 5);
    let lists = world.proxy.count(Kind::List);
    let since = std::time::Instant::now();
    wait_for("the lag", || since.elapsed() > Duration::from_secs(3));
    assert!(!updater.status().mount.unwrap().is_foreign);
    assert_eq!(world.proxy.count(Kind::List), lists);
}

/// A peer that has vanished answers no probe. The kernel says when it sends the next one.
#[cfg(target_os = "linux")]
#[test]
fn silent_connection_is_probed_within_20_seconds() {
    let world = World::with("5");
    let updater = world.set_up(world.builder());
    let address = world.proxy.address();
    let (_, port) = address.rsplit_once(':').unwrap();
    let remote = format!("0100007F:{:04X}", port.parse::<u16>().unwrap());
    let probes = || {
        let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
        // `sl local remote state queues timer:when …`, of which the timer 2 is that of probes.
        let connections = table.lines().filter_map(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            (fields[2] == remote && fields[3] == "01").then(|| fields[5].to_owned())
        });
        connections.collect::<Vec<_>>()
    };
    wait_for("an idle connection", || {
        probes().iter().any(|timer| timer.starts_with("02:"))
    });
    for timer in probes() {
        let Some(ticks) = timer.strip_prefix("02:") else {
            continue;
        };
        assert!(
            u64::from_str_radix(ticks, 16).unwrap() <= 20 * 100,
            "{timer}"
        );
    }
    drop(updater);
}

#[test]
fn mount_that_can_be_read_again_is_as_old_as_it_was() {
    let mut world = World::with("5");
    let updater = world.set_up(world.builder().rescan_every(Duration::from_millis(100)));
    world.api.write(&[("limit", "6")]);
    world.wait_for(6);
    world.deny(&updater);
    let (mount, aside) = (
        world.mount_path(),
        world.mount_path().with_extension("aside"),
    );
    let (seen, _subscription) = values_of_limit(&world.args);
    let error = || updater.status().mount.unwrap().error;
    std::fs::rename(&mount, &aside).unwrap();
    wait_for("the error", || error().is_some());
    std::fs::rename(&aside, &mount).unwrap();
    wait_for("the mount", || error().is_none());
    // Applying the mount again would have been seen before this swap.
    world.mount("7");
    wait_for("the callback", || !seen.lock().unwrap().is_empty());
    assert_eq!(*seen.lock().unwrap(), [7]);
}

#[test]
fn check_without_an_answer_finds_a_server_that_is_cut_off() {
    let world = World::with("5");
    let updater = world.set_up(world.builder().check_every(Duration::from_secs(1)));
    world.proxy.fail(Kind::Metadata, Fault::Silence);
    world.proxy.fail(Kind::List, Fault::Silence);
    wait_for("the API away", || {
        updater.status().api.state == ApiState::Away
    });
}

#[test]
fn optional_mount_that_becomes_empty_is_followed_while_there_is_no_object() {
    let mut world = World::new();
    world.mount("5");
    let updater = world.set_up(world.builder().optional(true));
    assert_eq!(world.limit(), 5);
    world.volume.write(&[]).unwrap();
    world.wait_for(1);
    drop(updater);
}

#[test]
fn error_of_an_outage_of_both_ends_when_the_mount_is_back() {
    // What it has is as before, is held, or is read for the first time.
    for (at_start, later) in [(Some("5"), "5"), (Some("5"), "4"), (None, "5")] {
        let mut world = World::with("5");
        let (mount, aside) = (
            world.mount_path(),
            world.mount_path().with_extension("aside"),
        );
        let error = |updater: &Updater| updater.status().updates.last_error;
        if at_start.is_none() {
            std::fs::rename(&mount, &aside).unwrap();
        }
        let updater = world.set_up(world.builder().rescan_every(Duration::from_millis(50)));
        if at_start.is_some() {
            std::fs::rename(&mount, &aside).unwrap();
        }
        world.proxy.fail_all(&Fault::Close);
        world.cut(false);
        wait_for("the error", || error(&updater).is_some());
        std::fs::rename(&aside, &mount).unwrap();
        if later != "5" {
            world.mount(later);
        }
        // A scan may come between the two, and find what was there before.
        wait_for("the end of the error", || {
            let is_held = updater.status().mount.unwrap().is_held;
            error(&updater).is_none() && is_held == (later == "4")
        });
        assert_ne!(updater.status().api.state, ApiState::Watching);
        assert_eq!(world.limit(), 5);
    }
}

#[test]
fn first_failure_of_an_api_that_never_answered_is_an_error_without_a_mount() {
    let world = World::new();
    world.proxy.fail_all(&Fault::Close);
    let builder = world.builder_without_mount();
    let updater = builder.reconnect_within(PATIENCE * 1000).build().unwrap();
    updater.start().unwrap();
    wait_for("the error", || {
        updater.status().updates.last_error.is_some()
    });
}

#[test]
fn error_of_a_deleted_object_is_back_after_an_outage_of_both() {
    let world = World::with("5");
    let updater = world.set_up(world.builder().rescan_every(Duration::from_millis(50)));
    let error = || {
        let error = updater.status().updates.last_error;
        error.map(|error| error.to_string()).unwrap_or_default()
    };
    world.api.delete();
    wait_for("the deletion", || error().contains("no ConfigMap"));
    let (mount, aside) = (
        world.mount_path(),
        world.mount_path().with_extension("aside"),
    );
    std::fs::rename(&mount, &aside).unwrap();
    world.proxy.fail_all(&Fault::Close);
    world.cut(false);
    wait_for("the outage", || error().contains("does not exist"));
    std::fs::rename(&aside, &mount).unwrap();
    wait_for("the deletion", || error().contains("no ConfigMap"));
}

#[test]
fn list_that_is_overtaken_by_an_event_does_not_go_backwards() {
    let mut world = World::with("5");
    let updater = world.set_up(world.builder());
    let (seen, _subscription) = values_of_limit(&world.args);
    // The mount has what the API never mentioned, so that the API is asked. The answer is late.
    world.proxy.fail(Kind::List, Fault::Late);
    world.mount("4");
    wait_for("the answer", || world.proxy.late_answers() == 1);
    world.api.write(&[("limit", "6")]);
    world.wait_for(6);
    let watches = world.proxy.count(Kind::Watch);
    world.proxy.heal();
    // The answer differs from what is known, so that the watch is opened anew.
    wait_for("the watch", || world.proxy.count(Kind::Watch) > watches);
    world.api.write(&[("limit", "7")]);
    // The callbacks run after the values are published.
    wait_for("the callback", || seen.lock().unwrap().contains(&7));
    assert_eq!(*seen.lock().unwrap(), [6, 7]);
    drop(updater);
}

#[test]
fn no_second_list_is_on_its_way_beside_that_of_a_session() {
    let mut world = World::with("5");
    let updater = world.set_up(world.builder());
    let (seen, _subscription) = values_of_limit(&world.args);
    // The watch misses a change that the mount has, so that it is opened anew. The list of that is late.
    world.proxy.set_stream(Stream::Dropped);
    world.proxy.fail(Kind::List, Fault::Late);
    world.api.write(&[("limit", "6")]);
    world.mount("6");
    wait_for("the answer", || world.proxy.late_answers() == 1);
    world.proxy.release_late_answers();
    world.wait_for(6);
    wait_for("the session's list", || world.proxy.late_answers() == 2);
    // A doubt is asked about within 2 s.
    world.api.write(&[("limit", "7")]);
    let swapped = || updater.status().mount.unwrap().swapped;
    let before = swapped();
    world.mount("4");
    wait_for("the mount's swap", || swapped() != before);
    let since = std::time::Instant::now();
    wait_for("a while", || since.elapsed() > Duration::from_secs(3));
    assert_eq!(world.proxy.late_answers(), 2);
    world.proxy.heal();
    // The callbacks run after the values are published.
    wait_for("the callback", || seen.lock().unwrap().contains(&7));
    assert_eq!(*seen.lock().unwrap(), [6, 7]);
}

#[test]
fn generation_with_the_same_content_is_no_swap_in_the_status() {
    let mut world = World::new();
    world.api.write(&[("server.limit", "5")]);
    world
        .volume
        .write(&[("server.limit", b"5"), ("other.limit", b"1")])
        .unwrap();
    let builder = world.builder().prefix("server.");
    let updater = world.set_up(builder.rescan_every(Duration::from_millis(50)));
    let swapped = || updater.status().mount.unwrap().swapped;
    world
        .volume
        .write(&[("server.limit", b"5"), ("other.limit", b"2")])
        .unwrap();
    for _ in 0..5 {
        let scanned = updater.status().updates.last_scan;
        wait_for("a scan", || updater.status().updates.last_scan > scanned);
    }
    assert_eq!(swapped(), None);
    world.volume.write(&[("server.limit", b"6")]).unwrap();
    wait_for("the swap", || swapped().is_some());
}

#[test]
fn mount_that_appears_after_a_start_without_anything_is_applied() {
    let mut world = World::new();
    let (mount, aside) = (
        world.mount_path(),
        world.mount_path().with_extension("aside"),
    );
    world.mount("5");
    std::fs::rename(&mount, &aside).unwrap();
    let builder = world
        .builder()
        .rescan_every(Duration::from_millis(50))
        .on_bad_start(OnBadStart::Base);
    let updater = world.set_up(builder);
    assert_eq!(world.limit(), 1);
    std::fs::rename(&aside, &mount).unwrap();
    world.wait_for(5);
    wait_for("the recovery", || {
        updater.status().updates.last_error.is_none()
    });
}

#[test]
fn swap_while_the_updater_is_stopped_is_judged_by_the_time_of_the_stop() {
    for (lag, is_applied) in [
        (Duration::from_millis(200), true),
        (Duration::from_secs(60), false),
    ] {
        let mut world = World::with("5");
        let updater = world.set_up(world.builder().mount_lag(lag));
        let confirmed = updater.status().api.confirmed.unwrap();
        wait_for("the lag", || {
            confirmed.elapsed().unwrap() > Duration::from_secs(1)
        });
        updater.stop().unwrap();
        world.mount("6");
        world.proxy.fail_all(&Fault::Close);
        updater.start().unwrap();
        if is_applied {
            world.wait_for(6);
        } else {
            wait_for("the held swap", || updater.status().mount.unwrap().is_held);
            assert_eq!(world.limit(), 5);
        }
    }
}

#[test]
fn swap_that_is_doubted_at_a_stop_is_judged_after_the_next_start() {
    let mut world = World::with("5");
    let updater = world.set_up(world.builder().mount_lag(Duration::from_millis(200)));
    let confirmed = updater.status().api.confirmed.unwrap();
    wait_for("the lag", || {
        confirmed.elapsed().unwrap() > Duration::from_secs(1)
    });
    world.proxy.fail_all(&Fault::Silence);
    world.mount("6");
    wait_for("the mount's swap", || {
        updater.status().mount.unwrap().swapped.is_some()
    });
    assert_eq!(world.limit(), 5);
    updater.stop().unwrap();
    world.proxy.fail_all(&Fault::Close);
    updater.start().unwrap();
    world.wait_for(6);
}

#[test]
fn mount_that_appears_while_the_api_is_away_is_held() {
    let mut world = World::with("5");
    world.mount("4");
    let (mount, aside) = (
        world.mount_path(),
        world.mount_path().with_extension("aside"),
    );
    std::fs::rename(&mount, &aside).unwrap();
    let builder = world.builder().mount_lag(Duration::from_millis(200));
    let updater = world.set_up(builder.rescan_every(Duration::from_millis(50)));
    world.proxy.fail_all(&Fault::Close);
    world.cut(false);
    wait_for("the outage", || {
        updater.status().api.state == ApiState::Away
    });
    let confirmed = updater.status().api.confirmed.unwrap();
    wait_for("the lag", || {
        confirmed.elapsed().unwrap() > Duration::from_secs(1)
    });
    // It may have been there all the time.
    std::fs::rename(&aside, &mount).unwrap();
    wait_for("the held swap", || updater.status().mount.unwrap().is_held);
    assert_eq!(world.limit(), 5);
    world.mount("6");
    world.wait_for(6);
}

#[test]
fn mount_of_a_deleted_object_is_not_foreign_and_is_followed_again() {
    let mut world = World::with("5");
    let updater = world.set_up(world.builder().mount_lag(Duration::from_millis(200)));
    world.api.delete();
    wait_for("the deletion", || updater.status().api.is_missing);
    let since = std::time::Instant::now();
    wait_for("the lag", || since.elapsed() > Duration::from_secs(1));
    assert!(!updater.status().mount.unwrap().is_foreign);
    // It is created again during an outage.
    world.proxy.fail_all(&Fault::Close);
    world.cut(false);
    world.mount("6");
    world.wait_for(6);
}

#[test]
fn applied_version_is_shown_although_a_newer_one_was_rejected() {
    let mut world = World::with("5");
    let updater = world.set_up(world.builder());
    let applied = updater.status().applied.unwrap();
    assert_eq!(updater.status().object, Some(applied.clone()));
    let shown = || {
        let sources = world.args.sources();
        sources[0].object.clone().unwrap().resource_version
    };
    assert_eq!(shown(), Some(applied.resource_version.clone()));
    world.api.write(&[("limit", "many")]);
    wait_for("the rejection", || updater.status().updates.rejected == 1);
    let status = updater.status();
    assert_eq!(status.applied, Some(applied.clone()));
    assert_ne!(status.object, Some(applied.clone()));
    assert_eq!(shown(), Some(applied.resource_version));
    world.api.write(&[("limit", "6")]);
    world.wait_for(6);
    wait_for("the record", || {
        let status = updater.status();
        status.applied.is_some() && status.applied == status.object
    });
    // The mount does not say which version it has.
    world.deny(&updater);
    world.mount("7");
    world.wait_for(7);
    wait_for("the record", || updater.status().applied.is_none());
    assert_eq!(
        world.args.sources()[0]
            .object
            .clone()
            .unwrap()
            .resource_version,
        None
    );
}

#[test]
fn version_that_is_rolled_back_is_no_longer_the_applied_one() {
    let world = World::with("5");
    let limit = world.args.limit.clone();
    let health = move || match limit.get() {
        66 => Err("the queue is full".to_owned()),
        _ => Ok(()),
    };
    let builder = world.builder().probation(PATIENCE * 10, health);
    let updater = world.set_up(builder.health_period(Duration::from_millis(20)));
    assert!(updater.status().applied.is_some());
    world.api.write(&[("limit", "66")]);
    wait_for("the rollback", || updater.status().updates.rollbacks == 1);
    let status = updater.status();
    assert_eq!((status.applied_from, status.applied), (None, None));
    let object = world.args.sources()[0].object.clone().unwrap();
    assert_eq!((object.resource_version, object.manager), (None, None));
    world.api.write(&[("limit", "7")]);
    world.wait_for(7);
    wait_for("the record", || {
        let status = updater.status();
        status.applied_from == Some(Way::Api) && status.applied == status.object
    });
}

#[test]
fn version_whose_content_failed_a_probation_before_is_not_the_applied_one() {
    let world = World::with("5");
    let args = world.args.clone();
    let health = move || {
        if args.limit.get() == 6 {
            return Err("six".into());
        }
        Ok(())
    };
    let builder = world.builder().probation(PATIENCE * 10, health);
    let updater = world.set_up(builder.health_period(Duration::from_millis(20)));
    let received = |limit: &str| {
        let before = updater.status().object;
        world.api.write(&[("limit", limit)]);
        wait_for("the version", || updater.status().object != before);
    };
    received("6");
    wait_for("the rollback", || updater.status().updates.rollbacks == 1);
    received("many");
    wait_for("the rejection", || updater.status().updates.rejected == 1);
    received("6");
    // What is in force is proposed again, and what is held back is the error.
    wait_for("the error", || {
        let error = updater.status().updates.last_error;
        error.is_some_and(|error| error.to_string().contains("six"))
    });
    let status = updater.status();
    assert_eq!(world.limit(), 5);
    assert_eq!(status.updates.rollbacks, 1);
    assert_eq!((status.applied_from, status.applied), (None, None));
}

#[test]
fn version_with_the_same_partly_valid_content_is_the_applied_one() {
    let world = World::with("5");
    let builder = world.builder().on_invalid(OnInvalid::KeepValid);
    let updater = world.set_up(builder);
    world.api.write(&[("limit", "6"), ("other", "many")]);
    world.wait_for(6);
    let first = updater.status().object.unwrap().resource_version;
    // As with another label.
    world.api.write(&[("limit", "6"), ("other", "many")]);
    wait_for("the version", || {
        let status = updater.status();
        let version = status.object.unwrap().resource_version;
        version != first
    });
    wait_for("its record", || {
        let status = updater.status();
        status.applied.is_some() && status.applied == status.object
    });
}

#[test]
fn version_that_was_held_back_is_the_applied_one_once_it_is_tried_again() {
    let mut world = World::with("5");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("last-good");
    let builder = |world: &World| {
        let builder = world.builder().last_good_file(LastGoodFile::new(&file));
        let builder = builder.probation(PATIENCE * 10, || Ok(()));
        builder.health_period(Duration::from_millis(20))
    };
    let updater = world.set_up(builder(&world));
    world.api.write(&[("limit", "6")]);
    world.wait_for(6);
    wait_for("the probation", || {
        updater.status().updates.probation.is_some()
    });
    drop(updater);
    // The next process.
    world.args = common::args();
    let updater = builder(&world).build().unwrap();
    updater.initialize_blocking().unwrap();
    assert_eq!(world.limit(), 5);
    assert_eq!(updater.status().applied_from, None);
    updater.start().unwrap();
    world.wait_for(6);
    wait_for("the record", || {
        let status = updater.status();
        status.applied_from == Some(Way::Api) && status.applied == status.object
    });
}

#[test]
fn rejected_content_of_the_mount_is_not_what_is_applied() {
    let mut world = World::with("5");
    let updater = world.set_up(world.builder());
    world.deny(&updater);
    world.mount("many");
    wait_for("the rejection", || updater.status().updates.rejected == 1);
    assert_eq!(updater.status().applied_from, Some(Way::Api));
    world.mount("6");
    world.wait_for(6);
    wait_for_way(&updater, Way::Mount);
}

#[test]
fn event_is_as_old_as_its_arrival_however_long_a_callback_takes() {
    let mut world = World::with("5");
    let updater = world.set_up(world.builder());
    let (entered, has_entered) = mpsc::channel();
    let (release, is_released) = mpsc::channel::<()>();
    let is_released = Mutex::new(is_released);
    let _subscription = world.args.limit.on_change(move |_, _| {
        let _ = entered.send(());
        let _ = is_released.lock().unwrap().recv();
    });
    world.api.write(&[("limit", "6")]);
    has_entered.recv_timeout(PATIENCE).unwrap();
    // These arrive together.
    world.api.write(&[("limit", "7")]);
    world.api.write(&[("limit", "8")]);
    wait_for("the events", || world.proxy.events() == 3);
    release.send(()).unwrap();
    has_entered.recv_timeout(PATIENCE).unwrap();
    // While 7 is applied, kubelet publishes what the API could not say any more.
    world.proxy.fail_all(&Fault::Status(403, vec![], "{}"));
    world.cut(true);
    let before = updater.status().updates.last_scan;
    world.mount("9");
    wait_for("a scan", || updater.status().updates.last_scan > before);
    drop(release);
    world.wait_for(9);
}
