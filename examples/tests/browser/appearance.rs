//! The page on a phone, in light and dark, on narrow screens and paper, and the screenshots for the README.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::driver::Driver;
use crate::site::Site;

/// An environment variable with the folder to write the README's screenshots to.
const SCREENSHOTS: &str = "DFLAG_SCREENSHOTS";

pub(crate) fn a_phone_scrolls_vertically_only(driver: &Driver) {
    scrolls_vertically_only(driver, 360);
}

pub(crate) fn the_narrowest_phone_scrolls_vertically_only(driver: &Driver) {
    scrolls_vertically_only(driver, 320);
}

fn scrolls_vertically_only(driver: &Driver, screen: u32) {
    let mut site = busy_site(driver);
    site.set_screen(screen, 780, 2);
    site.write(&[
        ("message", &"long".repeat(20)),
        ("upstream", &"upstream.example.com:9000,".repeat(8)),
        (&"unknown_".repeat(20), "1"),
        ("rollout", "7"),
    ]);
    site.until_part(".source h2", "failed");
    if screen == 360 {
        screenshot(&site, "phone.png");
        copy_for_readme("phone.png");
    }
    site.run("document.querySelectorAll('#list details').forEach((one, index) => { one.open = index < 12 })");
    let widest = "Math.max(...[...document.querySelectorAll('*')].map(one => one.getBoundingClientRect().right))";
    let [width, right] = ["document.documentElement.scrollWidth", widest]
        .map(|expression| site.run(&format!("return {expression}")).as_f64().unwrap());
    assert!(width <= f64::from(screen), "{width}");
    assert!(right <= f64::from(screen), "{right}");

    // Controls are large enough for a finger.
    let small = site.run(
        "return [...document.querySelectorAll('button, select, textarea, input:not([type=hidden], [type=checkbox])')]
            .filter(one => one.checkVisibility() && one.getBoundingClientRect().height < 40).length",
    );
    assert_eq!(small, 0);
}

pub(crate) fn bars_of_a_phone_leave_room_for_each_other(driver: &Driver) {
    let site = Site::open(driver);
    site.until_text("#connection", "Live");
    for (screen, value) in [(320, "0.2"), (360, "0.3"), (400, "0.4")] {
        site.set_screen(screen, 640, 2);
        site.edit("rollout", value);
        site.click("#set-rollout");
        site.until_value("rollout", value);
        site.edit("example-my-dynamic-int", "7");
        site.until("!document.querySelector('#draft, #applied').hidden");
        for button in [
            "#draft-review",
            "#draft-discard",
            "#applied-undo",
            "#applied-close",
        ] {
            assert!(site.is_in_sight(button), "{screen}: {button}");
        }
        let bars = "const [draft, applied] = ['#draft', '#applied']
                      .map((css) => document.querySelector(css).getBoundingClientRect());";
        let meet = site.run(&format!(
            "{bars} return draft.bottom > applied.top && applied.bottom > draft.top"
        ));
        assert_eq!(meet, false, "{screen}");
        // The flag that is being edited is between them and the top.
        let height = site.run(&format!("{bars} return draft.height + applied.height"));
        assert!(height.as_f64().unwrap() < 230.0, "{screen}: {height}");
        site.click("#draft-discard");
    }
}

pub(crate) fn light_and_dark_have_enough_contrast(driver: &Driver) {
    let site = busy_site(driver);
    site.set_screen(1200, 1000, 1);
    let background = "return getComputedStyle(document.body).backgroundColor";
    site.set_color_scheme("light");
    let light = site.run(background);
    assert_readable(&site);
    site.click("#filters a:nth-child(3)");
    site.until_part("[aria-current]", "Dynamic");
    site.until_text("#connection", "Live");
    type_invalid_value(&site);
    screenshot(&site, "light.png");
    copy_for_readme("light.png");

    site.open(&site.server.debug_url());
    site.until_text("#connection", "Live");
    type_invalid_value(&site);
    site.set_color_scheme("dark");
    assert_ne!(site.run(background), light);
    assert_readable(&site);
    screenshot(&site, "dark.png");
    copy_for_readme("dark.png");
}

pub(crate) fn a_screen_has_many_rows(driver: &Driver) {
    let site = Site::open(driver);
    site.set_screen(1280, 900, 1);
    site.run(
        "const list = document.querySelector('#list');
         const rows = [...list.children];
         for (let index = 0; list.children.length < 300; index++) list.append(rows[index % rows.length].cloneNode(true))",
    );
    let height = site.run("return document.documentElement.scrollHeight");
    assert!(height.as_f64().unwrap() < 12_000.0, "{height}");
}

pub(crate) fn forced_colors_and_print_lose_nothing(driver: &Driver) {
    let site = busy_site(driver);
    let style = |css: &str, property: &str| {
        site.run(&format!(
            "return getComputedStyle(document.querySelector('{css}')).{property}"
        ))
    };
    site.set_media("", "forced-colors", "active");
    // What a background said, a border says.
    assert_eq!(style("#flag-rollout .badge", "borderTopWidth"), "1px");
    assert_eq!(style("[aria-current]", "borderTopWidth"), "2px");
    assert_eq!(
        style("#flag-example-my-dynamic-int", "borderLeftStyle"),
        "double"
    );

    site.set_media("print", "forced-colors", "none");
    assert_eq!(style(".bar", "position"), "static");
    for css in ["#search", "#draft", "#flag-rollout .control", "#pages"] {
        assert_eq!(style(css, "display"), "none", "{css}");
    }
    assert_ne!(style("#flag-rollout .value", "display"), "none");
}

/// A site with changes, an override, a pending restart and errors.
pub(crate) fn busy_site(driver: &Driver) -> Site {
    let mut site = Site::at(picture_folder(), driver.browser(), |command| {
        command.env("HOSTNAME", "server-kube-7d9f");
    });
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
    site.replace("#value-rollout", "0.5");
    site.click("#set-rollout");
    site.until_value("rollout", "0.5");
    type_invalid_value(&site);
    site
}

/// An empty folder for what a server follows. A picture may contain its path.
pub(crate) fn picture_folder() -> TempDir {
    let mut folder = tempfile::Builder::new();
    if env::var_os(SCREENSHOTS).is_some() {
        folder.prefix("server-kube").rand_bytes(0);
    }
    folder.tempdir().unwrap()
}

/// Leaves a rejected value on the page.
fn type_invalid_value(site: &Site) {
    site.replace("#value-example-my-dynamic-int", "lots");
    site.click("#set-example-my-dynamic-int");
    site.until_part("#error-example-my-dynamic-int", "'lots'");
    site.run("document.activeElement.blur(); scrollTo(0, 0)");
}

/// Copies a screenshot to where the README has it, if that is wanted.
pub(crate) fn copy_for_readme(name: &str) {
    if let Some(folder) = env::var_os(SCREENSHOTS) {
        fs::copy(screenshot_path(name), Path::new(&folder).join(name)).unwrap();
    }
}

pub(crate) fn screenshot_path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// Writes a screenshot to cargo's directory for temporary files of tests.
fn screenshot(site: &Site, name: &str) {
    site.until("document.getAnimations().length === 0");
    site.screenshot(&screenshot_path(name));
}

/// Asserts that every visible text has the contrast that WCAG requires, 4.5.
fn assert_readable(site: &Site) {
    site.until("document.getAnimations().length === 0");
    let poor = site.run(
        "const parts = (color) => color.match(/[\\d.]+/g).map(Number);
         const light = (color) => {
           const [r, g, b] = parts(color).map(x => x / 255).map(x => x <= .04045 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4);
           return .2126 * r + .7152 * g + .0722 * b;
         };
         const background = (one) => {
           const color = getComputedStyle(one).backgroundColor;
           return parts(color)[3] === 0 ? background(one.parentElement) : color;
         };
         const poor = [];
         let checked = 0;
         for (const one of document.body.querySelectorAll('*')) {
           const own = [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim());
           if (!own && !one.matches('input, textarea') || !one.checkVisibility()) continue;
           checked++;
           const [a, b] = [light(getComputedStyle(one).color), light(background(one))].sort((a, b) => b - a);
           const contrast = (a + .05) / (b + .05);
           if (contrast < 4.5) poor.push(`${contrast}: ${one.outerHTML}`);
         }
         return checked > 100 ? poor : [`only ${checked} were checked`];",
    );
    assert_eq!(poor, Value::Array(Vec::new()));
}
