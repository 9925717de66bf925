//! Several edits: a draft, its review, and undoing it.

use crate::driver::{Driver, key};
use crate::site::Site;

pub(crate) fn several_edits_are_one_change_that_can_be_undone(driver: &Driver) {
    let mut site = Site::open(driver);
    site.write(&[("rollout", "0.25")]);
    site.until_value("rollout", "0.25");
    site.edit("rollout", "0.5");
    site.edit("in-flight", "50");
    site.until_part("#draft-count", "2 edits are not applied");
    site.click("#draft-review");
    let rows = site.text("#review-rows");
    for part in ["rollout 0.25 0.5", "in-flight 100 50"] {
        assert!(rows.contains(part), "{part} is not in {rows}");
    }
    site.append("#review-reason", "incident 42");
    site.append("#review-expiry", "15m");
    site.click("#review-apply");
    site.until_value("rollout", "0.5");
    site.until_value("in-flight", "50");
    site.until_part("#applied-text", "Applied: ");
    assert!(site.has("#draft[hidden]") && !site.has("#review[open]"));

    let newest = site.history().remove(0);
    assert_eq!(newest["reason"], "incident 42");
    assert_eq!(newest["flags"].as_array().unwrap().len(), 2);
    site.until_part("#overrides", "expires in 14 min");

    // The flags follow what they followed before.
    site.click("#applied-undo");
    site.until_value("rollout", "0.25");
    site.until_value("in-flight", "100");
    site.until_part("#applied-text", "Undone");
    assert!(site.server.line("rollout").contains("ConfigMap"));
    assert!(site.metric("dflag_overrides") < 0.5);
}

pub(crate) fn a_rejected_draft_changes_nothing_and_stays(driver: &Driver) {
    let site = Site::open(driver);
    // One client may have ten requests in flight.
    site.edit("in-flight", "5");
    site.edit("rollout", "0.5");
    site.click("#draft-review");
    site.click("#review-apply");
    site.until_part("#review-error", "10 requests in flight");
    assert_eq!(site.server.value("rollout"), "0");

    site.click("#review-cancel");
    assert_eq!(site.property("#value-rollout", "value"), "0.5");
    site.edit("client-in-flight", "5");
    site.click("#draft-review");
    site.click("#review-apply");
    site.until_value("in-flight", "5");
    assert_eq!(site.server.value("client-in-flight"), "5");
}

pub(crate) fn edits_are_reverted_and_not_lost_without_a_question(driver: &Driver) {
    let site = Site::open(driver);
    let asks = "const event = new Event('beforeunload', { cancelable: true });
                dispatchEvent(event);
                return event.defaultPrevented";
    assert_eq!(site.run(asks), false);
    site.edit("rollout", "0.5");
    site.until("document.querySelector('#flag-rollout').matches('.edited')");
    assert_eq!(site.run(asks), true);

    site.click("#flag-rollout .revert-edit");
    site.until("!document.querySelector('.edited')");
    assert_eq!(site.property("#value-rollout", "value"), "0");
    assert_eq!(site.run(asks), false);

    site.edit("rollout", "0.5");
    site.edit("in-flight", "50");
    site.click("#draft-discard");
    site.until("!document.querySelector('.edited')");
    assert_eq!(site.property("#value-in-flight", "value"), "100");
    assert!(site.has("#draft[hidden]"));
}

pub(crate) fn undo_restores_the_override_that_was_there(driver: &Driver) {
    let site = Site::open(driver);
    site.edit("rollout", "0.5");
    site.replace("#expiry-rollout", "1h");
    site.click("#set-rollout");
    site.until_part("#flag-rollout .expiry", "expires in");
    site.edit("rollout", "0.75");
    site.click("#set-rollout");
    site.until_value("rollout", "0.75");
    site.until("!document.querySelector('#flag-rollout .expiry')");
    site.click("#applied-undo");
    site.until_value("rollout", "0.5");
    site.until_part("#flag-rollout .expiry", "expires in");

    // Clearing is undone, too.
    site.click("#clear-rollout");
    site.until_value("rollout", "0");
    site.click("#applied-undo");
    site.until_value("rollout", "0.5");
}

pub(crate) fn the_focus_stays_where_the_keyboard_goes_on(driver: &Driver) {
    let site = Site::open(driver);
    site.until_text("#connection", "Live");
    let is_focused = |id: &str| site.until(&format!("document.activeElement.id === '{id}'"));
    let press = |css: &str| {
        site.run(&format!("document.querySelector('{css}').focus()"));
        site.press(&key::ENTER.to_string());
    };
    // The bar with the edits is at the end of the page.
    site.edit("rollout", "0.5");
    let review = format!("{}{}", key::CONTROL, key::ENTER);
    site.append("#value-rollout", &review);
    site.until("document.querySelector('#review').open");
    site.press(&key::ESCAPE.to_string());
    site.until("!document.querySelector('#review').open");
    is_focused("value-rollout");
    press("#draft-discard");
    site.until("document.querySelector('#draft').hidden");
    is_focused("row-rollout");

    site.edit("rollout", "0.5");
    press("#draft-review");
    press("#review-apply");
    site.until_value("rollout", "0.5");
    is_focused("row-rollout");
    press("#applied-undo");
    site.until_value("rollout", "0");
    is_focused("applied-close");
    press("#applied-close");
    is_focused("flags");

    site.edit("rollout", "0.5");
    press("#set-rollout");
    site.until_value("rollout", "0.5");
    site.click("#clear-all summary");
    press("#clear-all-button");
    site.until_value("rollout", "0");
    is_focused("flags");
}
