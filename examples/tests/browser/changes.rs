//! How soon an open page has a change, and what it reads for that.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::driver::Driver;
use crate::follow::ONLY_EVENTS;
use crate::site::Site;

/// The longest time from a change of a file to the page, in milliseconds.
const TIME_TO_PAGE: f64 = 400.0;

pub(crate) fn a_change_of_a_file_is_on_the_page_within_400_ms(driver: &Driver) {
    let mut site = Site::open(driver);
    site.until_text("#connection", "Live");
    site.run(
        "window.seen = {};
         new MutationObserver(() => {
           const value = document.querySelector('#flag-rollout .current dd').textContent;
           window.seen[value] ??= Date.now();
         }).observe(document.querySelector('#list'), { subtree: true, childList: true, characterData: true })",
    );
    // A busy machine is late at times. A page that reads the flags every second is late each time: what is written next
    // is written right after it has read.
    let mut times = Vec::new();
    for value in [
        "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9",
    ] {
        let written = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        site.write(&[("rollout", value)]);
        site.until_value("rollout", value);
        let seen = site.run(&format!("return window.seen['{value}']"));
        times.push(seen.as_f64().unwrap() - written.as_secs_f64() * 1000.0);
    }
    let late = times.iter().filter(|time| **time >= TIME_TO_PAGE).count();
    assert!(late <= times.len() / 2, "{times:?}");
}

pub(crate) fn a_change_reads_only_what_changed(driver: &Driver) {
    let mut site = Site::open(driver);
    site.until_text("#connection", "Live");
    site.run(ONLY_EVENTS);
    site.log("performance");
    site.write(&[("rollout", "0.25"), ("in_flight", "50")]);
    site.until_value("in-flight", "50");
    let log = site.log("performance").join("\n");
    assert!(
        log.contains("?name=rollout&name=in-flight")
            || log.contains("?name=in-flight&name=rollout"),
        "{log}"
    );
}

/// The most pages that are read for the changes of a test.
const READS: usize = 5;

pub(crate) fn many_changes_a_second_read_only_what_changed(driver: &Driver) {
    let site = Site::open(driver);
    site.until_text("#connection", "Live");
    let whole = u64::try_from(site.server.page().len()).unwrap();
    site.log("performance");
    let mut reads = Reads::default();
    let mut number = 0_u32;
    // More than 100 changes a second.
    while reads.urls.len() < READS {
        for _ in 0..20 {
            number += 1;
            let form = if number.is_multiple_of(2) {
                format!("name=rollout&value=0.{:02}", number % 100)
            } else {
                format!("name=in-flight&value={}", 100 + number)
            };
            let set = site.server.debug_post("/set", &form);
            assert!(set.starts_with("HTTP/1.1 200"), "{set}");
        }
        reads.add(&site);
    }
    site.until_value("in-flight", &site.server.value("in-flight"));
    site.until_value("rollout", &site.server.value("rollout"));
    reads.add(&site);
    reads.assert_parts();
    let most = reads.bytes.iter().max().unwrap();
    assert!(most * 2 < whole, "{most} of {whole} bytes");
}

pub(crate) fn a_change_of_many_flags_reads_only_them(driver: &Driver) {
    let site = Site::open(driver);
    site.until_text("#connection", "Live");
    site.log("performance");
    // As of a program with more flags.
    site.run(
        "const flags = [...Array(200).keys()].map((number) => ({ name: `flag-${number}` }));
         const data = JSON.stringify({ flags: [...flags, { name: 'rollout' }] });
         events.dispatchEvent(new MessageEvent('publish', { data }))",
    );
    site.server.debug_post("/set", "name=rollout&value=0.5");
    site.until_value("rollout", "0.5");
    let mut reads = Reads::default();
    reads.add(&site);
    reads.assert_parts();
    assert!(reads.urls[0].contains("flag-199"), "{:?}", reads.urls);
}

pub(crate) fn a_live_page_that_polls_leaves_changes_to_the_events(driver: &Driver) {
    let site = Site::open(driver);
    site.until_text("#connection", "Live");
    site.log("performance");
    // As if there was a change of which the event has yet to come.
    site.run("document.querySelector('#summary').dataset.generation = '0'");
    site.run_async("poll().then(arguments[arguments.length - 1])");
    site.server.debug_post("/set", "name=rollout&value=0.5");
    site.until_value("rollout", "0.5");
    let mut reads = Reads::default();
    reads.add(&site);
    assert!(reads.urls[0].contains("name=--"), "{:?}", reads.urls);
    reads.assert_parts();
}

/// The pages that an open page has read.
#[derive(Debug, Default)]
struct Reads {
    urls: Vec<String>,
    bytes: Vec<u64>,
    /// Requests whose responses are not complete yet.
    ids: Vec<Value>,
}

impl Reads {
    /// Adds those since the last call.
    fn add(&mut self, site: &Site) {
        for message in site.log("performance") {
            let message: Value = serde_json::from_str(&message).unwrap();
            let event = &message["message"];
            let parameters = &event["params"];
            if event["method"] == "Network.requestWillBeSent" {
                let request = &parameters["request"];
                let url = request["url"].as_str().unwrap();
                let is_page = request["headers"]["Accept"] == "text/html";
                if is_page && url.starts_with(&site.server.debug_url()) {
                    self.urls.push(url.to_owned());
                    self.ids.push(parameters["requestId"].clone());
                }
            } else if event["method"] == "Network.loadingFinished"
                && self.ids.contains(&parameters["requestId"])
            {
                let bytes = parameters["encodedDataLength"].as_u64();
                self.bytes.push(bytes.unwrap());
            }
        }
    }

    /// Asserts that each has some flags only.
    #[track_caller]
    fn assert_parts(&self) {
        assert!(
            !self.urls.is_empty() && self.urls.iter().all(|url| url.contains("?name=")),
            "{:?}",
            self.urls
        );
    }
}
