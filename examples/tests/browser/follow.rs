//! An open page updates itself.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::appearance::busy_site;
use crate::common::server::{Server, command_at};
use crate::driver::Driver;
use crate::site::Site;

/// Makes the page think that it is hidden, so that it does not poll.
pub(crate) const ONLY_EVENTS: &str = "Object.defineProperty(document, 'hidden', { value: true })";

pub(crate) fn an_open_page_shows_changes_of_the_config_map(driver: &Driver) {
    let mut site = Site::open(driver);
    site.until_text("#connection", "Live");
    site.run("window.same = document.querySelector('#flag-rollout')");
    let generation = site.property("#summary", "dataset.generation");

    site.write(&[("rollout", "0.25"), ("log_level", "debug")]);
    site.until_value("rollout", "0.25");
    site.until_value("log-level", "debug");
    site.until_part("#flag-rollout .badges", "changed");
    assert_eq!(site.property("#value-rollout", "value"), "0.25");
    assert_ne!(site.property("#summary", "dataset.generation"), generation);
    site.until_text("#announcement", "2 flags changed: rollout, log-level");

    // Removes a key.
    site.write(&[("log_level", "debug")]);
    site.until_value("rollout", "0");
    site.until_text("#announcement", "rollout changed to 0");
    assert!(!site.text("#flag-rollout .badges").contains("changed"));
    assert_eq!(site.run("return window.same.isConnected"), true);
}

pub(crate) fn a_change_does_not_replace_what_is_being_typed(driver: &Driver) {
    let mut site = Site::open(driver);
    let field = "#value-example-my-dynamic-int";
    site.until_text("#connection", "Live");
    site.replace(field, "12");
    site.click("#row-rollout");
    site.click(field);
    site.run("scrollTo(0, 300)");
    let scrolled = site.run("return scrollY");

    site.write(&[("example_my_dynamic_int", "456"), ("rollout", "0.25")]);
    site.until_value("example-my-dynamic-int", "456");
    site.until_text(
        "#notice-example-my-dynamic-int",
        "Meanwhile changed to: 456",
    );
    site.until_value("rollout", "0.25");
    assert_eq!(site.property(field, "value"), "12");
    assert_eq!(
        site.property(":focus", "id"),
        "value-example-my-dynamic-int"
    );
    assert_eq!(site.run("return scrollY"), scrolled);

    // The typed value is set.
    site.browser.append(field, "34");
    site.click("#set-example-my-dynamic-int");
    site.until_value("example-my-dynamic-int", "1234");
    site.until_text("#notice-example-my-dynamic-int", "");

    // A control with the focus but without typed text is updated when it loses the focus.
    site.click("#value-in-flight");
    site.write(&[("in_flight", "50")]);
    site.until_value("in-flight", "50");
    assert_eq!(site.property("#value-in-flight", "value"), "100");
    site.click("#q");
    site.until("document.querySelector('#value-in-flight').value === '50'");
}

pub(crate) fn a_failed_reload_is_shown_until_the_next_good_one(driver: &Driver) {
    let mut site = Site::open(driver);
    site.until_text("#connection", "Live");
    assert!(site.text(".source h2").contains("OK"));
    site.run(ONLY_EVENTS);
    site.write(&[("rollout", "7"), ("log_level", "loud")]);
    site.until_part(".source h2", "failed");
    let error = site.text(".source [role=alert]");
    for part in ["rollout", "7%", "log-level", "'loud'", "debug"] {
        assert!(error.contains(part), "{part} is not in {error}");
    }
    assert_eq!(site.text("#flag-rollout .current dd"), "0");

    site.write(&[("rollout", "0.7")]);
    site.until_part(".source h2", "OK");
    site.until_value("rollout", "0.7");
    assert!(!site.has("[role=alert]"));
}

pub(crate) fn a_pending_restart_is_shown_at_once(driver: &Driver) {
    let mut site = Site::open(driver);
    site.until_text("#connection", "Live");
    site.run(ONLY_EVENTS);
    site.write(&[("host", "127.0.0.2")]);
    site.until_part("#flag-host .pending-value", "127.0.0.2");
    site.until_part("#flag-host .badges", "pending restart");
    assert_eq!(site.text("#flag-host .current dd"), "127.0.0.1");
}

pub(crate) fn a_restart_that_would_fail_is_shown_until_it_would_succeed(driver: &Driver) {
    let mut site = Site::open(driver);
    site.until_text("#connection", "Live");
    site.run(ONLY_EVENTS);
    // The override would be lost with a restart. The default of 10 violates the rule.
    site.replace("#value-client-in-flight", "1");
    site.click("#set-client-in-flight");
    site.until_value("client-in-flight", "1");
    assert!(!site.has(".restart"));
    site.write(&[("in_flight", "5")]);
    site.until_part(".restart h2", "A restart would fail");
    site.until_part(".restart .error", "10 requests in flight");

    site.write(&[("in_flight", "50")]);
    site.until_value("in-flight", "50");
    site.until("!document.querySelector('.restart')");
}

pub(crate) fn opened_layers_stay_open_when_they_change(driver: &Driver) {
    let mut site = Site::open(driver);
    site.write(&[("rollout", "0.25")]);
    site.until_part("#flag-rollout .layers", "2");
    site.until_text("#connection", "Live");
    site.click("#row-rollout");
    site.until_part("#flag-rollout .layers li:last-child", "0.25");

    site.write(&[("rollout", "0.75")]);
    site.until_part("#flag-rollout .layers li:last-child", "0.75");
    assert_eq!(site.property("#flag-rollout details", "open"), true);
}

pub(crate) fn turning_setting_off_removes_the_controls(driver: &Driver) {
    let mut site = Site::open(driver);
    site.until_text("#connection", "Live");
    assert!(site.has("#value-rollout"));
    site.write_nothing();
    site.until("!document.querySelector('#list form')");
    site.until_part("#summary", "Setting flags\noff");
    site.write(&[]);
    site.until("document.querySelector('#value-rollout') !== null");
}

pub(crate) fn a_lost_connection_is_shown_and_restored(driver: &Driver) {
    let mut site = Site::open(driver);
    site.until_text("#connection", "Live");
    site.server.stop();
    site.until_part("#connection", "lost");

    let address = site.server.debug_url();
    let (_, port) = address.rsplit_once(':').unwrap();
    let (port, _) = port.split_once('/').unwrap();
    let directory = site.directory().to_owned();
    let mut again = command_at(&directory, port.parse().unwrap());
    let _server = Server::run(again.arg("--rollout=0.75"));
    site.until_text("#connection", "Live");
    site.until_value("rollout", "0.75");
}

pub(crate) fn a_lost_connection_stays_in_sight(driver: &Driver) {
    let mut site = busy_site(driver);
    site.until_text("#connection", "Live");
    site.server.stop();
    site.until_part("#connection", "lost");
    for width in [1280, 800, 360, 320] {
        site.set_screen(width, 700, 1);
        for part in ["0", "0.5", "1"] {
            site.run(&format!(
                "scrollTo(0, {part} * document.documentElement.scrollHeight)"
            ));
            assert!(site.is_in_sight("#connection"), "{width}, {part}");
            // It covers nothing else that stays.
            let is_bar_sticky = width > 640 && part != "0";
            assert!(!is_bar_sticky || site.is_in_sight("#q"), "{width}, {part}");
        }
        site.run("scrollTo(0, 0)");
        assert!(site.is_in_sight("h1"), "{width}");
    }
}

pub(crate) fn a_change_that_the_page_does_not_show_yet_is_not_overwritten(driver: &Driver) {
    let mut site = Site::open(driver);
    site.until_text("#connection", "Live");
    site.replace("#value-rollout", "0.5");
    site.write(&[("rollout", "0.25")]);
    site.until_text("#notice-rollout", "Meanwhile changed to: 0.25");
    // As if the page had not heard of the change.
    site.run("document.querySelector('#flag-rollout .set [name=revision]').value = '1'");
    site.click("#set-rollout");
    site.until_part("#error-rollout", "it is `0.25` now");
    assert_eq!(site.server.value("rollout"), "0.25");
    assert_eq!(site.property("#value-rollout", "value"), "0.5");

    site.click("#set-rollout");
    site.until_value("rollout", "0.5");
    site.until_text("#error-rollout", "");
}

pub(crate) fn a_page_without_live_updates_says_so_and_reads_again(driver: &Driver) {
    let mut site = Site::open(driver);
    site.until_text("#connection", "Live");
    site.open("about:blank");
    let url = site.server.debug_url();
    let (address, path) = url.trim_start_matches("http://").split_once('/').unwrap();
    let mut others: Vec<TcpStream> = Vec::new();
    while others.len() < 64 {
        let mut other = TcpStream::connect(address).unwrap();
        let request = format!("GET /{path}/events HTTP/1.1\r\nHost: {address}\r\n\r\n");
        other.write_all(request.as_bytes()).unwrap();
        let mut status = [0; 12];
        other.read_exact(&mut status).unwrap();
        // The page's own connection may end a little later.
        if status.ends_with(b"200") {
            others.push(other);
        }
    }
    site.open(&url);
    site.until_part("#connection", "No live updates");
    site.write(&[("rollout", "0.25")]);
    site.until_value("rollout", "0.25");
    drop(others);
    site.until_text("#connection", "Live");
}

pub(crate) fn an_override_that_turns_setting_off_can_be_cleared(driver: &Driver) {
    let site = Site::open(driver);
    site.until_text("#connection", "Live");
    site.click("#value-has-set");
    site.click("#set-has-set");
    site.until_value("has-set", "false");
    site.until("!document.querySelector('#list .set')");
    site.click("#clear-has-set");
    site.until_value("has-set", "true");
    site.until("document.querySelector('#value-rollout') !== null");
}
