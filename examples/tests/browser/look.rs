//! Looks: on a phone, in the dark, and on a picture for the README.

use std::env;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::driver::Driver;
use crate::site::Site;

/// Names a file that the picture of the page is written to.
const SCREENSHOT: &str = "DFLAG_SCREENSHOT";

pub(crate) fn a_phone_scrolls_in_one_direction_only(driver: &Driver) {
    let mut site = busy(driver);
    site.screen(360, 780, 2);
    site.write(&[
        ("message", &"long".repeat(20)),
        ("upstream", &"upstream.example.com:9000,".repeat(8)),
        (&"unknown_".repeat(20), "1"),
        ("rollout", "7"),
    ]);
    site.until_part(".source h2", "failed");
    picture(&site, "phone.png");
    let widest = "Math.max(...[...document.querySelectorAll('*')].map(one => one.getBoundingClientRect().right))";
    let [width, reach] = ["document.documentElement.scrollWidth", widest]
        .map(|expression| site.run(&format!("return {expression}")).as_f64().unwrap());
    assert!(width <= 360.0, "{width}");
    assert!(reach <= 360.0, "{reach}");

    // What is pressed is large enough for a finger.
    let small = site.run(
        "return [...document.querySelectorAll('button, select, textarea, input:not([type=hidden], [type=checkbox])')]
            .filter(one => one.checkVisibility() && one.getBoundingClientRect().height < 40).length",
    );
    assert_eq!(small, 0);
}

pub(crate) fn light_and_dark_differ_and_both_can_be_read(driver: &Driver) {
    let site = busy(driver);
    site.screen(1200, 1000, 1);
    let paper = "return getComputedStyle(document.body).backgroundColor";
    site.prefers("light");
    let light = site.run(paper);
    assert_readable(&site);
    site.click("#filters a:nth-child(3)");
    site.until_part("[aria-current]", "Dynamic");
    site.until_text("#connection", "Live");
    type_too_much(&site);
    picture(&site, "light.png");
    if let Some(file) = env::var_os(SCREENSHOT) {
        fs::copy(place("light.png"), file).unwrap();
    }

    site.open(&site.server.debug());
    site.until_text("#connection", "Live");
    type_too_much(&site);
    site.prefers("dark");
    assert_ne!(site.run(paper), light);
    assert_readable(&site);
    picture(&site, "dark.png");
}

/// A site with something of everything to be seen.
fn busy(driver: &Driver) -> Site {
    let mut folder = tempfile::Builder::new();
    if env::var_os(SCREENSHOT).is_some() {
        // Its path is on the picture.
        folder.prefix("server-kube").rand_bytes(0);
    }
    let mut site = Site::at(folder.tempdir().unwrap(), driver.browser(), |_| {});
    site.until_text("#connection", "Live");
    let keys = [
        ("example_my_dynamic_int", "456"),
        ("rollout", "0.25"),
        ("maintenance", "false"),
        ("log_level", "info"),
        ("upstream", "localhost:9000\nlocalhost:9001"),
        ("port", "9090"),
        ("in_flight", "200"),
    ];
    site.write(&keys);
    site.until_value("rollout", "0.25");
    site.write(&[&keys[..], &[("request_timeout", "soon")]].concat());
    site.until_part(".source h2", "failed");
    site.rewrite("#value-rollout", "0.5");
    site.click("#set-rollout");
    site.until_value("rollout", "0.5");
    type_too_much(&site);
    site
}

/// Leaves a rejected value on the page.
fn type_too_much(site: &Site) {
    site.rewrite("#value-example-my-dynamic-int", "lots");
    site.click("#set-example-my-dynamic-int");
    site.until_part("#error-example-my-dynamic-int", "'lots'");
    site.run("document.activeElement.blur(); scrollTo(0, 0)");
}

fn place(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// Leaves a picture of the page where cargo keeps what tests leave.
fn picture(site: &Site, name: &str) {
    site.until("document.getAnimations().length === 0");
    site.screenshot(&place(name));
}

/// Holds every text that is shown to the contrast that WCAG asks for, 4.5.
fn assert_readable(site: &Site) {
    site.until("document.getAnimations().length === 0");
    let poor = site.run(
        "const parts = (color) => color.match(/[\\d.]+/g).map(Number);
         const light = (color) => {
           const [r, g, b] = parts(color).map(x => x / 255).map(x => x <= .04045 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4);
           return .2126 * r + .7152 * g + .0722 * b;
         };
         const paper = (one) => {
           const color = getComputedStyle(one).backgroundColor;
           return parts(color)[3] === 0 ? paper(one.parentElement) : color;
         };
         const poor = [];
         let looked = 0;
         for (const one of document.body.querySelectorAll('*')) {
           const own = [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim());
           if (!own && !one.matches('input, textarea') || !one.checkVisibility()) continue;
           looked++;
           const [a, b] = [light(getComputedStyle(one).color), light(paper(one))].sort((a, b) => b - a);
           const contrast = (a + .05) / (b + .05);
           if (contrast < 4.5) poor.push(`${contrast}: ${one.outerHTML}`);
         }
         return looked > 100 ? poor : [`only ${looked} were looked at`];",
    );
    assert_eq!(poor, Value::Array(Vec::new()));
}
