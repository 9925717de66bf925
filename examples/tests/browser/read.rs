//! What the page shows and loads.

use serde_json::Value;

use crate::driver::Driver;
use crate::site::Site;

pub(crate) fn the_list_has_every_flag_with_its_details(driver: &Driver) {
    let mut site = Site::open(driver);
    site.write(&[("rollout", "0.25"), ("no_such_flag", "1")]);
    site.until_value("rollout", "0.25");

    let text = site.server.text();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let names: Vec<&str> = lines
        .map(|line| line.split_once(" = ").unwrap().0)
        .collect();
    let listed =
        site.run("return [...document.querySelectorAll('#list h3')].map(one => one.innerText)");
    assert!(names.len() > 20);
    assert_eq!(listed, Value::from(names));

    let rollout = site.text("#flag-rollout");
    for part in [
        "Fraction of users",
        "dynamic",
        "changed",
        "ConfigMap",
        "/flags/rollout",
        "0.25",
    ] {
        assert!(rollout.contains(part), "{part} is not in {rollout}");
    }
    let port = site.text("#flag-port");
    assert!(port.contains("static") && port.contains("command line"));
    let tone = site.text("#flag-tone .facts");
    assert!(tone.contains("plain, casual, formal"), "{tone}");
    assert!(site.text("#flag-region").contains("SERVER_KUBE_REGION"));
    assert!(site.text("#flag-message .current").contains("not set"));

    let summary = site.text("#summary");
    for part in [
        "Generation",
        "Checksum of static",
        "OK",
        "events",
        "UTC",
        "no_such_flag",
    ] {
        assert!(summary.contains(part), "{part} is not in {summary}");
    }
    assert!(site.run("return document.querySelector('time').dataset.ago") != Value::Null);
}

pub(crate) fn typing_filters_the_list(driver: &Driver) {
    let site = Site::open(driver);
    site.browser.append("#q", "in-flight");
    let visible = "[...document.querySelectorAll('#list > li')].filter(one => one.checkVisibility()).map(one => one.dataset.flag).join()";
    site.until(&format!("{visible} === 'in-flight,client-in-flight'"));
    assert!(site.text("#match-count").starts_with("2 of "));
    assert!(site.url().ends_with("?q=in-flight"));

    // The filter searches help texts, too, and ignores case.
    site.replace("#q", "WITH A GREETING");
    site.until(&format!("{visible} === 'greet'"));
    site.click("#filters a:nth-child(3)");
    site.until("location.search.includes('type=dynamic') && location.search.includes('q=with')");
    site.until(&format!("{visible} === 'greet'"));

    // Flags that the server had left out are back.
    site.replace("#q", "flight");
    site.until(&format!("{visible} === 'in-flight,client-in-flight'"));
}

pub(crate) fn the_filter_links_select_flags_and_mark_the_current_one(driver: &Driver) {
    let mut site = Site::open(driver);
    let current = "document.querySelectorAll('[aria-current]').length === 1 && document.querySelector('[aria-current]').innerText";
    site.until(&format!("({current}).startsWith('All')"));
    for (nth, words, there, missing) in [
        (2, "Changed", "has-set", "rollout"),
        (3, "Dynamic", "rollout", "port"),
        (4, "Static", "port", "rollout"),
    ] {
        site.click(&format!("#filters a:nth-child({nth})"));
        site.until(&format!("({current}).startsWith('{words}')"));
        assert!(site.has(&format!("#flag-{there}")), "{words}");
        assert!(!site.has(&format!("#flag-{missing}")), "{words}");
        let count = site.text("[aria-current] .count");
        assert_eq!(
            site.property("#list", "children.length").to_string(),
            count,
            "{words}"
        );
    }

    site.click("#filters a:nth-child(5)");
    site.until(&format!("({current}).startsWith('Pending')"));
    assert_eq!(site.property("#list", "children.length"), 0);
    site.write(&[("port", "9")]);
    site.until_part("#flag-port .pending-value", "9");
    site.until_text("[aria-current] .count", "1");
}

pub(crate) fn markup_in_a_value_is_shown_as_text(driver: &Driver) {
    let markup = "<b id=boo>\"x\" & 'y'</b></textarea><script>boo()</script>";
    let mut site = Site::open(driver);
    site.write(&[("message", markup)]);
    site.until_value("message", markup);
    assert_eq!(site.property("#value-message", "value"), markup);

    site.open(&site.server.debug_url());
    site.until_value("message", markup);
    assert_eq!(site.property("#value-message", "value"), markup);
    site.write(&[("message", markup), ("rollout", markup)]);
    site.until_part(".source [role=alert]", markup);
    assert!(!site.has("#boo") && !site.has("script:not([src])"));
}

pub(crate) fn there_are_no_controls_while_setting_is_off(driver: &Driver) {
    let mut site = Site::open(driver);
    site.write_nothing();
    site.open(&site.server.debug_url());
    site.until_part("#summary", "Setting flags\noff");
    assert!(site.has("#flag-rollout"));
    assert!(!site.has("form[method=post]") && !site.has("#list input"));
    assert!(
        !site
            .run("return document.querySelector('#token').checkVisibility()")
            .as_bool()
            .unwrap()
    );
}

pub(crate) fn the_page_requests_no_other_host_and_complies_with_its_policy(driver: &Driver) {
    let mut site = Site::open(driver);
    site.write(&[("rollout", "0.5")]);
    site.until_value("rollout", "0.5");
    site.replace("#value-rollout", "0.75");
    site.click("#set-rollout");
    site.until_value("rollout", "0.75");

    let page = site.server.debug_url();
    let (origin, _) = page.split_once("/debug").unwrap();
    let mut requests = 0;
    for message in site.log("performance") {
        let message: Value = serde_json::from_str(&message).unwrap();
        if message["message"]["method"] == "Network.requestWillBeSent" {
            let url = message["message"]["params"]["request"]["url"].as_str();
            let url = url.unwrap();
            if url.starts_with("http") {
                assert!(url.starts_with(origin) && !url.contains("0.75"), "{url}");
                requests += 1;
            }
        }
    }
    assert!(
        requests > 4,
        "page, style, script, events, and more: {requests}"
    );
    assert_eq!(site.log("browser"), Vec::<String>::new());

    // The log has violations of the policy.
    site.run("const script = document.createElement('script'); script.textContent = 'boo()'; document.body.append(script)");
    let log = site.log("browser");
    assert!(
        log.iter()
            .any(|line| line.contains("Content Security Policy")),
        "{log:?}"
    );
}
