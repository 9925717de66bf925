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
    let mut names: Vec<&str> = lines
        .map(|line| line.split_once(" = ").unwrap().0)
        .collect();
    names.sort_unstable();
    let listed = site.run(
        "return [...document.querySelectorAll('#list .name')].map(one => one.innerText).sort()",
    );
    assert!(names.len() > 20);
    assert_eq!(listed, Value::from(names));

    // A row is one line, and has the details below it.
    site.open(&site.server.debug_url());
    let line = site.text("#flag-rollout");
    assert!(
        line.contains("0.25") && !line.contains("Fraction"),
        "{line}"
    );
    site.click("#row-rollout");

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
    assert!(
        site.text("#flag-region .facts")
            .contains("SERVER_KUBE_REGION")
    );
    assert!(site.text("#flag-message .current").contains("not set"));

    site.click("#details summary");
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

pub(crate) fn what_needs_attention_comes_first(driver: &Driver) {
    let mut site = Site::open(driver);
    site.until_text("#connection", "Live");
    site.write(&[("port", "9090"), ("tone", "formal")]);
    site.until_value("tone", "formal");
    site.write(&[("port", "9090"), ("tone", "formal"), ("rollout", "7")]);
    site.until_part("#rejected-flags", "rollout");
    site.edit("upstream", "localhost:9001");
    site.replace("#expiry-upstream", "15m");
    site.click("#set-upstream");
    site.until_part("#overrides", "upstream = localhost:9001 expires in 14 min");
    site.until_part("#pending-flags", "port → 9090");
    site.until_part("#flag-rollout .badges", "rejected");

    // A link opens the row, which says what was rejected.
    site.click("#rejected-flags a");
    site.until_part("#flag-rollout .about .error", "7%");

    // A page that is opened now has the rows in the order of need.
    site.open(&site.server.debug_url());
    let order =
        site.run("return [...document.querySelectorAll('#list .name')].map(one => one.innerText)");
    let order: Vec<&str> = order
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap())
        .collect();
    assert_eq!(order[..3], ["rollout", "upstream", "port"], "{order:?}");
    let changed = order.iter().position(|name| *name == "tone").unwrap();
    assert!(changed < order.iter().position(|name| *name == "icon").unwrap());
    let is_above = "return document.querySelector('#overrides').getBoundingClientRect().bottom
                    < document.querySelector('#list').getBoundingClientRect().top";
    assert_eq!(site.run(is_above), true);

    site.write(&[("tone", "formal")]);
    site.until(
        "!document.querySelector('#rejected-flags') && !document.querySelector('#pending-flags')",
    );
    site.until("!document.querySelector('.badge.bad')");
}

pub(crate) fn a_flag_is_found_by_its_value_and_slash_goes_to_the_search(driver: &Driver) {
    let mut site = Site::with(driver, |command| {
        command.env("UPSTREAM_TOKEN", "hunter2");
    });
    site.until_text("#connection", "Live");
    site.press("/");
    site.press("localhost:9000");
    assert_eq!(site.property(":focus", "id"), "q");
    let visible = "[...document.querySelectorAll('#list > li')].filter(one => one.checkVisibility()).map(one => one.dataset.flag).join()";
    site.until(&format!("{visible} === 'upstream'"));

    // A change makes a flag match.
    site.write(&[("message", "see localhost:9000")]);
    site.until(&format!("{visible} === 'message,upstream'"));
    site.open(&format!("{}?q=localhost:9000", site.server.debug_url()));
    site.until(&format!("{visible} === 'message,upstream'"));
    // In a field it is a character like any other.
    site.edit("message", "a/b");
    assert_eq!(site.property("#value-message", "value"), "a/b");
    site.open(&format!("{}?q=hunter2", site.server.debug_url()));
    site.until(&format!("{visible} === ''"));
}

pub(crate) fn nothing_found_says_what_to_do(driver: &Driver) {
    let site = Site::open(driver);
    site.append("#q", "no such flag");
    site.until_part("#no-match", "Show all flags");
    site.click("#no-match a");
    site.until("document.querySelector('#flag-rollout').checkVisibility()");
    assert!(
        !site
            .run("return document.querySelector('#no-match').checkVisibility()")
            .as_bool()
            .unwrap()
    );
}

pub(crate) fn invisible_characters_are_shown_as_escapes(driver: &Driver) {
    let mut site = Site::open(driver);
    site.write(&[("message", "a\u{202e}b\u{200b}c\u{1b}")]);
    site.until_value("message", r"a\u{202e}b\u{200b}c\u{1b}");
    assert_eq!(
        site.property("#flag-message .value", "textContent"),
        r"a\u{202e}b\u{200b}c\u{1b}"
    );
    // What is edited is the value itself.
    assert_eq!(
        site.property("#value-message", "value"),
        "a\u{202e}b\u{200b}c\u{1b}"
    );
}

pub(crate) fn a_flag_has_a_page_of_its_own_and_a_missing_one_says_so(driver: &Driver) {
    let site = Site::open(driver);
    site.click("#flag-rollout .permalink");
    site.until("document.querySelectorAll('#list > [data-flag]').length === 1");
    site.until("document.querySelector('#value-rollout').checkVisibility()");
    site.open(&format!("{}#flag-tone", site.server.debug_url()));
    site.until("document.querySelector('#value-tone').checkVisibility()");

    site.open(&format!("{}/no-such-flag", site.server.debug_url()));
    site.until_part("#rejected h2", "There is no such flag");
    assert!(
        site.run("return document.title")
            .as_str()
            .unwrap()
            .starts_with("There is no such flag")
    );
    assert!(!site.text("#rejected").contains("nothing changed"));
}

pub(crate) fn the_title_says_which_process_it_is(driver: &Driver) {
    let site = Site::with(driver, |command| {
        command.env("HOSTNAME", "server-kube-7d9f");
    });
    let title = site.run("return document.title");
    assert_eq!(title, "server-kube-7d9f · server_kube flags");
    let program = site.text("#program");
    for part in [env!("CARGO_PKG_VERSION"), "server-kube-7d9f", "up since"] {
        assert!(program.contains(part), "{part} is not in {program}");
    }
}

pub(crate) fn each_control_has_a_name_of_its_own(driver: &Driver) {
    let site = Site::open(driver);
    for flag in ["rollout", "in-flight"] {
        site.edit(flag, if flag == "rollout" { "0.5" } else { "1000" });
        site.click(&format!("#set-{flag}"));
        site.until_part(&format!("#flag-{flag} .badges"), "overridden");
    }
    let names = site.run(
        "document.querySelectorAll('details').forEach((one) => { one.open = true });
         return [...document.querySelectorAll('main :is(button, a, input, select, textarea)')]
           .filter((one) => one.checkVisibility())
           .map((one) => `${one.localName} ${one.labels?.[0]?.textContent ?? one.textContent}`.trim())",
    );
    let mut names: Vec<&str> = names
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap())
        .collect();
    assert!(names.len() > 100, "{names:?}");
    names.sort_unstable();
    for pair in names.windows(2) {
        assert_ne!(pair[0], pair[1], "{names:?}");
    }
}
