//! The log: what is wrong is told once.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // test helpers may panic as well

mod common;

use dflag_kube::{ApiState, EventsOn};
use dflag_tests::fault_proxy::{Fault, Kind};
use dflag_tests::log;

use common::{World, wait_for};

/// The warnings of this crate about the API.
fn warnings() -> Vec<String> {
    let mut records = log::records("is not followed through the API");
    records.retain(|record| record.contains("WARN") && record.contains("default/flags"));
    records
}

#[test]
fn denial_and_outage_are_told_once_each_with_the_remedy_until_they_end() {
    log::capture();
    let world = World::with("5");
    let updater = world.set_up(world.builder());
    let several_attempts = || {
        let lists = world.proxy.count(Kind::List);
        wait_for("attempts", || world.proxy.count(Kind::List) > lists + 2);
    };
    let forbidden =
        r#"{"message": "User \"reader\" cannot list resource \"configmaps\" in API group \"\""}"#;
    for n in 1..=2 {
        // An outage, which becomes a denial, which ends.
        world.proxy.fail_all(&Fault::Close);
        world.cut(false);
        several_attempts();
        assert_eq!(warnings().len(), 2 * n - 1, "{:?}", warnings());
        world.proxy.fail_all(&Fault::Status(403, vec![], forbidden));
        several_attempts();
        let told = warnings();
        assert_eq!(told.len(), 2 * n, "{told:?}");
        let denial = told.last().unwrap();
        assert!(denial.contains("the verb `list` is missing"), "{denial}");
        assert!(denial.contains("kubectl create role"), "{denial}");
        world.proxy.heal();
        wait_for("the API", || {
            updater.status().api.state == ApiState::Watching
        });
        let recovered = || log::records("is followed through the API again").len();
        wait_for("the record", || recovered() == n);
    }
    assert_eq!(warnings().len(), 4);
}

#[test]
fn single_break_of_the_connection_is_no_error_without_a_mount_either() {
    log::capture();
    let world = World::with("5");
    let updater = world.set_up(world.builder_without_mount());
    for is_clean in [true, false] {
        let watches = world.proxy.count(Kind::Watch);
        world.cut(is_clean);
        wait_for("the watch", || world.proxy.count(Kind::Watch) > watches);
    }
    world.api.write(&[("limit", "6")]);
    world.wait_for(6);
    assert_eq!(log::records("scan failed"), Vec::<String>::new());
    // Two in a row are an outage.
    world.proxy.fail_all(&Fault::Close);
    world.cut(false);
    wait_for("the error", || {
        updater.status().updates.last_error.is_some()
    });
    world.proxy.heal();
    wait_for("the end of it", || {
        updater.status().updates.last_error.is_none()
    });
}

#[test]
fn event_that_is_not_created_is_told_with_the_reason_and_the_role_only_if_that_is_missing() {
    log::capture();
    let world = World::with("5");
    let builder = world.builder_without_mount().events(EventsOn::ConfigMap);
    let updater = world.set_up(builder);
    for (n, (fault, expected, needs_role)) in [
        (Fault::Status(403, vec![], "{}"), "(403)", true),
        (Fault::Status(429, vec![], "busy"), "429: busy", false),
        (Fault::Silence, "did not answer within 10s", false),
    ]
    .into_iter()
    .enumerate()
    {
        world.proxy.fail(Kind::List, fault);
        world.api.write(&[("limit", &format!("many-{n}"))]);
        let records = || {
            let mut records = log::records("no Event was created");
            records.retain(|record| record.contains(expected));
            records
        };
        wait_for("the record", || !records().is_empty());
        let records = records();
        let names_role = records.iter().any(|record| record.contains("Role"));
        assert_eq!(names_role, needs_role, "{records:?}");
    }
    drop(updater);
}
