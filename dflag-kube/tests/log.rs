//! The log: what is wrong is told once.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // test helpers may panic as well

mod common;

use dflag_kube::ApiState;
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
