//! Setting flags with each kind of control, rejections, and tokens.

use std::fs;

use crate::driver::{Driver, key};
use crate::site::Site;

pub(crate) fn a_checkbox_sets_and_clears_a_bool(driver: &Driver) {
    let site = Site::open(driver);
    site.until_value("greet", "true");
    site.click("#value-greet");
    site.click("#set-greet");
    site.until_value("greet", "false");
    assert_eq!(site.server.value("greet"), "false");
    site.until_part("#flag-greet .badges", "overridden");
    assert_eq!(site.property("#value-greet", "checked"), false);

    site.click("#value-greet");
    site.click("#set-greet");
    site.until_value("greet", "true");

    site.click("#clear-greet");
    site.until("!document.querySelector('#clear-greet')");
    assert!(!site.text("#flag-greet .badges").contains("overridden"));
    assert!(site.server.line("greet").contains("from default"));
}

pub(crate) fn an_override_expires_by_itself(driver: &Driver) {
    let site = Site::open(driver);
    site.replace("#value-rollout", "0.5");
    site.replace("#expiry-rollout", "15M");
    site.click("#set-rollout");
    site.until_part("#error-rollout", "`15m`");
    assert_eq!(site.property("#expiry-rollout", "value"), "15M");
    assert_eq!(site.server.value("rollout"), "0");

    site.replace("#expiry-rollout", "15m");
    site.click("#set-rollout");
    site.until_part("#flag-rollout .expiry", "expires in 14 min");
    assert_eq!(site.server.value("rollout"), "0.5");
    // The event of the override may arrive before the answer that empties the field.
    site.until("document.querySelector('#expiry-rollout').value === ''");

    // The page notices the end, and shows what was there before.
    site.replace("#expiry-rollout", "2s");
    site.click("#set-rollout");
    site.until_value("rollout", "0");
    site.until("!document.querySelector('#flag-rollout .expiry')");
}

pub(crate) fn a_rejected_number_stays_in_its_field_with_the_reason(driver: &Driver) {
    let site = Site::open(driver);
    let field = "#value-example-my-dynamic-int";
    site.replace(field, "-1");
    site.click("#set-example-my-dynamic-int");
    site.until_part("#error-example-my-dynamic-int", "-1 is not in");
    assert_eq!(site.property(field, "value"), "-1");
    assert_eq!(site.property(field, "ariaInvalid"), "true");
    let described_by = site.property(field, "getAttribute('aria-describedby')");
    assert!(
        described_by
            .as_str()
            .unwrap()
            .contains("error-example-my-dynamic-int")
    );
    assert_eq!(site.server.value("example-my-dynamic-int"), "1337");

    site.replace(field, "9007199254740993");
    site.click("#set-example-my-dynamic-int");
    site.until_value("example-my-dynamic-int", "9007199254740993");
    assert_eq!(site.property(field, "value"), "9007199254740993");
    assert_eq!(
        site.property("#error-example-my-dynamic-int", "textContent"),
        ""
    );
    assert!(!site.has("[aria-invalid]"));
}

pub(crate) fn a_select_sets_a_possible_value(driver: &Driver) {
    let site = Site::open(driver);
    site.click("#value-tone option[value=formal]");
    site.click("#set-tone");
    site.until_value("tone", "formal");
    assert_eq!(site.property("#value-tone", "value"), "formal");
    assert_eq!(site.server.value("tone"), "formal");
}

pub(crate) fn json_is_indented_and_applied_only_if_valid(driver: &Driver) {
    let site = Site::open(driver);
    let field = "#value-example-my-dynamic-json";
    let indented = "{\n  \"policy\": \"allow\",\n  \"rate\": 50\n}";
    assert_eq!(site.property(field, "value"), indented);

    site.replace(field, r#"{"policy":"deny","rate":7,}"#);
    site.click("#set-example-my-dynamic-json");
    site.until_part("#error-example-my-dynamic-json", "trailing comma");
    assert_eq!(
        site.property(field, "value"),
        r#"{"policy":"deny","rate":7,}"#
    );

    site.replace(field, r#"{"policy":"deny","rate":7}"#);
    site.click("#set-example-my-dynamic-json");
    let indented = "{\n  \"policy\": \"deny\",\n  \"rate\": 7\n}";
    site.until_value("example-my-dynamic-json", indented);
    assert_eq!(site.property(field, "value"), indented);
}

pub(crate) fn a_secret_can_be_set_but_is_never_shown(driver: &Driver) {
    let mut site = Site::with(driver, |command| {
        command.env("UPSTREAM_TOKEN", "hunter2-first");
    });
    assert_eq!(site.property("#value-upstream-token", "type"), "password");
    site.browser
        .append("#value-upstream-token", "hunter2-typed");
    site.click("#set-upstream-token");
    site.until_part("#flag-upstream-token .facts", "override");
    assert_eq!(site.property("#value-upstream-token", "value"), "");

    site.write(&[("upstream_token", "hunter2-mounted"), ("rollout", "0.5")]);
    site.until_value("rollout", "0.5");
    site.click("#clear-upstream-token");
    site.until_part("#flag-upstream-token .facts", "ConfigMap");
    site.open(&site.server.debug_url());
    assert!(site.text("#flag-upstream-token").contains("secret"));
    assert_eq!(site.property("#value-upstream-token", "value"), "");
    for text in [site.source(), site.server.page(), site.server.output()] {
        assert!(!text.contains("hunter2"), "{text}");
    }
}

pub(crate) fn only_the_right_token_sets_a_flag(driver: &Driver) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    fs::write(&file, "right\n").unwrap();
    let site = Site::with(driver, |command| {
        command.arg("--set-token-file").arg(&file);
    });
    let set = |value: &str| {
        site.replace("#value-rollout", value);
        site.click("#set-rollout");
    };
    set("0.5");
    site.until_part("#error-rollout", "no token");
    site.until_part("#error-rollout", "Token for setting flags");
    site.replace("#token-field", "wrong");
    set("0.5");
    site.until_part("#error-rollout", "token is wrong");
    assert_eq!(site.server.value("rollout"), "0");
    assert_eq!(site.property("#value-rollout", "value"), "0.5");

    site.replace("#token-field", "right");
    site.click("#set-rollout");
    site.until_value("rollout", "0.5");

    // Only this tab keeps the token.
    site.open(&site.server.debug_url());
    site.until("document.querySelector('#token-field').value === 'right'");
    assert_eq!(site.url(), site.server.debug_url());
    set("0.75");
    site.until_value("rollout", "0.75");
    assert!(!site.server.output().contains("right"));
}

pub(crate) fn the_keyboard_alone_sets_a_flag(driver: &Driver) {
    let site = Site::open(driver);
    site.tab_to("row-rollout");
    site.press(&key::ENTER.to_string());
    site.tab_to("value-rollout");
    site.press("0.5");
    site.press(&key::ENTER.to_string());
    site.until_value("rollout", "0.5");
    assert_eq!(site.property(":focus", "id"), "value-rollout");

    site.tab_to("clear-rollout");
    site.press(&key::ENTER.to_string());
    site.until("!document.querySelector('#clear-rollout')");
    site.until("document.activeElement.id === 'value-rollout'");

    site.tab_to("row-greet");
    site.press(&key::ENTER.to_string());
    site.tab_to("value-greet");
    site.press(" ");
    site.tab_to("set-greet");
    site.press(" ");
    site.until_value("greet", "false");
    assert_eq!(site.property(":focus", "id"), "set-greet");
}

pub(crate) fn nothing_is_set_without_an_edit_and_a_value_can_be_pinned(driver: &Driver) {
    let mut site = Site::open(driver);
    site.write(&[("rollout", "0.25")]);
    site.until_value("rollout", "0.25");
    site.click("#row-rollout");
    site.until("document.querySelector('#set-rollout').ariaDisabled === 'true'");
    site.click("#set-rollout");
    site.until_part("#error-rollout", "Nothing is edited");
    site.click("#pin-rollout");
    site.until_part("#flag-rollout .badges", "overridden");

    site.write(&[("rollout", "0.5")]);
    site.until_part("#flag-rollout .layers", "0.5");
    assert_eq!(site.server.value("rollout"), "0.25");
    site.click("#clear-rollout");
    site.until_value("rollout", "0.5");
}

pub(crate) fn all_overrides_are_cleared_at_once(driver: &Driver) {
    let site = Site::open(driver);
    for (flag, value) in [("rollout", "0.5"), ("in-flight", "50")] {
        site.edit(flag, value);
        site.click(&format!("#set-{flag}"));
        site.until_value(flag, value);
    }
    site.click("#filters a:nth-child(6)");
    site.until("document.querySelectorAll('#list > [data-flag]').length === 2");
    site.click("#clear-all summary");
    site.append("#clear-all-reason", "the incident is over");
    site.click("#clear-all-button");
    site.until("!document.querySelector('#overrides')");
    site.until("document.querySelectorAll('#list > [data-flag]').length === 0");
    assert_eq!(site.server.value("in-flight"), "100");
    assert_eq!(site.history()[0]["reason"], "the incident is over");
}

pub(crate) fn an_override_has_the_command_that_makes_it_permanent(driver: &Driver) {
    let site = Site::open(driver);
    site.edit("message", "it's");
    site.click("#set-message");
    site.until_part("#flag-message .patch", "kubectl");
    let command = site.text("#flag-message .patch code");
    assert!(
        command.ends_with(r#"-p '{"data":{"message":"it'\''s"}}'"#),
        "{command}"
    );
    site.click("#flag-message .copy");
    site.until(
        "['#flag-message .copy', '#announcement']
           .every((css) => document.querySelector(css).firstChild?.nodeValue === 'Copied')",
    );
    assert_eq!(
        site.run("return document.activeElement.matches('#flag-message .copy')"),
        true
    );
}

pub(crate) fn an_optional_flag_is_unset(driver: &Driver) {
    let mut site = Site::open(driver);
    site.write(&[("message", "hello")]);
    site.until_value("message", "hello");
    site.click("#unset-message");
    site.until_value("message", "not set");
    site.until_part("#flag-message .badges", "overridden");
    site.click("#applied-undo");
    site.until_value("message", "hello");
}

pub(crate) fn json_and_lists_are_edited_in_a_monospace_font(driver: &Driver) {
    let site = Site::open(driver);
    for flag in ["example-my-dynamic-json", "upstream", "rollout"] {
        let font =
            format!("return getComputedStyle(document.querySelector('#value-{flag}')).fontFamily");
        let font = site.run(&font);
        assert!(
            font.as_str().unwrap().contains("monospace"),
            "{flag}: {font}"
        );
    }
}
