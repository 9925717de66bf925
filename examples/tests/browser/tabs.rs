//! Several pages in one browser, and networks that are slow or silent.

use dflag_tests::wait;

use crate::common::program::DEADLINE;
use crate::driver::Driver;
use crate::site::Site;

/// As many connections as a browser opens to one host.
const CONNECTIONS: usize = 6;

pub(crate) fn six_hidden_tabs_leave_a_connection_for_an_edit(driver: &Driver) {
    let site = Site::open(driver);
    for _ in 0..CONNECTIONS {
        site.open_another("tab", &site.server.debug_url());
        site.until("document.readyState === 'complete'");
    }
    site.until_text("#connection", "Live");
    site.edit("rollout", "0.5");
    site.click("#set-rollout");
    site.until_value("rollout", "0.5");
    assert_eq!(site.text("#error-rollout"), "");
}

pub(crate) fn six_visible_windows_leave_a_connection_for_an_edit(driver: &Driver) {
    let site = Site::open(driver);
    // The streams hold all connections.
    for _ in 1..CONNECTIONS {
        site.open_another("window", &site.server.debug_url());
    }
    site.edit("rollout", "0.5");
    site.click("#set-rollout");
    site.until_value("rollout", "0.5");
    assert_eq!(site.text("#error-rollout"), "");
    site.go_to_first();
    site.until_value("rollout", "0.5");
}

pub(crate) fn a_hidden_page_lets_go_of_its_stream(driver: &Driver) {
    let mut site = Site::open(driver);
    site.until_text("#connection", "Live");
    let listeners = |count: f64| {
        wait::until(DEADLINE, "listeners", || {
            (site.metric("dflag_event_listeners") - count).abs() < 0.5
        });
    };
    let hide = |is_hidden: bool| {
        site.run(&format!(
            "Object.defineProperty(document, 'hidden', {{ value: {is_hidden}, configurable: true }});
             document.dispatchEvent(new Event('visibilitychange'))"
        ));
    };
    listeners(1.0);
    hide(true);
    listeners(0.0);
    site.until_text("#connection", "Paused while hidden");

    // What happened meanwhile is read as soon as somebody looks.
    site.write(&[("rollout", "0.25")]);
    wait::until(DEADLINE, "the server's value", || {
        site.server.value("rollout") == "0.25"
    });
    assert_eq!(
        site.run("return document.querySelector('#flag-rollout .current dd').textContent"),
        "0"
    );
    site.run(
        "Object.defineProperty(document, 'hidden', { value: false, configurable: true });
         document.dispatchEvent(new Event('visibilitychange'))",
    );
    site.until_text("#connection", "Live");
    site.until_value("rollout", "0.25");
}

pub(crate) fn two_tabs_do_not_overwrite_each_other(driver: &Driver) {
    let site = Site::open(driver);
    site.until_text("#connection", "Live");
    site.edit("rollout", "0.5");
    site.open_another("window", &site.server.debug_url());
    site.edit("rollout", "0.75");
    site.click("#set-rollout");
    site.until_value("rollout", "0.75");

    site.go_to_first();
    site.until_text("#notice-rollout", "Meanwhile changed to: 0.75");
    assert_eq!(site.property("#value-rollout", "value"), "0.5");
    site.until_part("#set-rollout", "Overwrite");
    // As if it had not heard of that.
    site.run("document.querySelector('#flag-rollout .set [name=revision]').value = '1'");
    site.click("#set-rollout");
    site.until_part("#error-rollout", "it is `0.75` now");
    assert_eq!(site.server.value("rollout"), "0.75");
}

pub(crate) fn a_slow_network_only_delays_an_edit(driver: &Driver) {
    let site = Site::open(driver);
    site.until_text("#connection", "Live");
    site.set_latency(2_000);
    site.edit("rollout", "0.5");
    site.click("#set-rollout");
    site.until("document.querySelector('#flag-rollout .set').ariaBusy === 'true'");
    // A second press of the button is no second edit.
    site.click("#set-rollout");
    site.until_value("rollout", "0.5");
    assert_eq!(
        site.history()
            .iter()
            .filter(|entry| entry["trigger"] == "override")
            .count(),
        1
    );
}

pub(crate) fn an_edit_without_an_answer_says_so(driver: &Driver) {
    let site = Site::open(driver);
    site.until_text("#connection", "Live");
    site.edit("rollout", "0.5");
    site.server.signal("STOP");
    site.click("#set-rollout");
    site.until_part("#error-rollout", "It is not known whether this was applied");
    site.server.signal("CONT");
    // The request had been sent. The page shows what became of it.
    site.until_text("#connection", "Live");
    site.until(&format!(
        "document.querySelector('#flag-rollout .current dd').textContent === {:?}",
        site.server.value("rollout")
    ));
}
