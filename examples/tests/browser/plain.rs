//! The page in a browser without scripts.

use std::fs;

use crate::driver::Driver;
use crate::site::Site;

fn site_without_script(driver: &Driver) -> Site {
    Site::in_browser(driver.browser().without_script(), |_| {})
}

pub(crate) fn without_a_script_a_flag_is_set_and_cleared(driver: &Driver) {
    let site = site_without_script(driver);
    assert_eq!(site.text("#connection"), "", "a script runs");
    site.replace("#value-rollout", "0.5");
    site.click("#set-rollout");
    site.until_value("rollout", "0.5");
    assert!(
        site.url().ends_with("/debug/flags#flag-rollout"),
        "{}",
        site.url()
    );
    assert_eq!(site.server.value("rollout"), "0.5");
    site.click("#clear-rollout");
    site.until_value("rollout", "0");

    // A form does not contain an unchecked checkbox; a hidden field has the `false`.
    site.click("#value-greet");
    site.click("#set-greet");
    site.until_value("greet", "false");
    site.click("#value-greet");
    site.click("#set-greet");
    site.until_value("greet", "true");

    // Browsers send CRLF line breaks of a text area.
    site.replace(
        "#value-example-my-dynamic-json",
        "{\"policy\": \"deny\",\n\"rate\": 7}",
    );
    site.click("#set-example-my-dynamic-json");
    site.until_part("#flag-example-my-dynamic-json .current dd", "\"deny\"");
    assert!(!site.server.text().contains('\r'));
}

pub(crate) fn without_a_script_an_override_expires(driver: &Driver) {
    let site = site_without_script(driver);
    site.replace("#value-rollout", "7");
    site.replace("#expiry-rollout", "15m");
    site.click("#set-rollout");
    site.until_part("#rejected", "nothing changed");

    // The duration is still there.
    site.replace("#value-rollout", "0.5");
    site.click("#set-rollout");
    site.until_value("rollout", "0.5");
    assert!(site.text("#flag-rollout .expiry").contains("expires in"));
}

pub(crate) fn without_a_script_a_rejected_value_stays_in_its_field(driver: &Driver) {
    let site = site_without_script(driver);
    site.replace("#value-rollout", "7");
    site.click("#set-rollout");
    site.until_part("#rejected", "nothing changed");
    assert!(site.text("#error-rollout").contains("7%"));
    assert_eq!(site.property("#value-rollout", "value"), "7");
    assert_eq!(site.property("#value-rollout", "ariaInvalid"), "true");
    site.click("#rejected a");
    site.until("location.hash === '#value-rollout'");

    // The page with the rejection can set flags, too.
    site.replace("#value-rollout", "0.5");
    site.click("#set-rollout");
    site.until_value("rollout", "0.5");
    assert!(!site.has("#rejected"));
}

pub(crate) fn without_a_script_the_form_sends_the_token(driver: &Driver) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    fs::write(&file, "right\n").unwrap();
    let site = Site::in_browser(driver.browser().without_script(), |command| {
        command.arg("--set-token-file").arg(&file);
    });
    site.replace("#value-rollout", "0.5");
    site.browser
        .append("#flag-rollout .set [name=token]", "wrong");
    site.click("#set-rollout");
    site.until_part("#rejected", "token is wrong");
    assert_eq!(site.property("#value-rollout", "value"), "0.5");
    assert!(!site.source().contains("value=\"wrong\""));

    site.browser
        .append("#flag-rollout .set [name=token]", "right");
    site.click("#set-rollout");
    site.until_value("rollout", "0.5");
    assert!(!site.url().contains("right"));
}

pub(crate) fn without_a_script_the_filter_works(driver: &Driver) {
    let site = site_without_script(driver);
    site.browser.append("#q", "in-flight");
    site.click("#search button");
    site.until("location.search === '?q=in-flight'");
    site.until("document.querySelectorAll('#list > li').length === 2");
    assert_eq!(site.property("#q", "value"), "in-flight");
}

pub(crate) fn without_a_script_the_history_is_shown_and_reverted(driver: &Driver) {
    let site = site_without_script(driver);
    site.replace("#value-rollout", "0.5");
    site.replace("#reason-rollout", "a try");
    site.click("#set-rollout");
    site.until_value("rollout", "0.5");

    site.click("#history-link");
    site.until_part("#history > li", "rollout: 0 → 0.5");
    let newest = site.text("#history > li");
    for part in ["applied", "override", "a try"] {
        assert!(newest.contains(part), "{part} is not in {newest}");
    }
    assert!(!site.has("#history > li:first-child form"), "it is current");
    site.click("#history > li:nth-child(2) summary");
    site.click("#history > li:nth-child(2) button");
    site.until_part("#history > li", "rollout: 0.5 → 0");
    assert!(site.text("#history > li").contains("revert to generation"));
    assert_eq!(site.server.value("rollout"), "0");
}
