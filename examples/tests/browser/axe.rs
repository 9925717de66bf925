//! axe-core finds no violation of its rules. `npm install axe-core` in this folder, or the path of its script in the
//! environment variable `DFLAG_AXE`, gives the test what it needs; without it, the test says so and passes.

use std::env;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::appearance::busy_site;
use crate::driver::Driver;
use crate::site::Site;

/// An environment variable with the path of `axe.min.js`.
const AXE: &str = "DFLAG_AXE";

#[allow(clippy::print_stdout, reason = "says why the test is skipped")]
pub(crate) fn no_state_of_the_page_violates_a_rule(driver: &Driver) {
    let installed = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/browser/node_modules/axe-core/axe.min.js");
    let path = env::var_os(AXE).map_or(installed, Into::into);
    let Ok(axe) = fs::read_to_string(&path) else {
        println!(
            "no axe-core at {}: its rules are not checked",
            path.display()
        );
        return;
    };
    let site = busy_site(driver);
    for scheme in ["light", "dark"] {
        site.set_color_scheme(scheme);
        assert_accessible(&site, &axe, "a list with errors");
        site.run("document.querySelectorAll('details').forEach((one) => { one.open = true })");
        assert_accessible(&site, &axe, "all details");
        site.edit("in-flight", "50");
        site.click("#draft-review");
        assert_accessible(&site, &axe, "the review of a draft");
        site.click("#review-cancel");
        site.replace("#q", "no such flag");
        assert_accessible(&site, &axe, "nothing found");
        site.replace("#q", " ");
    }
    site.click("#draft-discard");
    site.set_screen(360, 780, 2);
    assert_accessible(&site, &axe, "a phone");
    let url = site.server.debug_url();
    for page in ["history", "no-such-flag", "rollout"] {
        site.open(&format!("{url}/{page}"));
        assert_accessible(&site, &axe, page);
    }
}

fn assert_accessible(site: &Site, axe: &str, state: &str) {
    site.until("document.getAnimations().length === 0");
    site.run(&format!("{axe}; window.axe = axe"));
    let violations = site.run_async(
        "const done = arguments[arguments.length - 1];
         window.axe.run().then(({ passes, violations }) => done(passes.length < 20 ? [`only ${passes.length} rules apply`] : violations.map((one) => `${one.id}: ${one.help}: ${one.nodes.map((node) => node.html + ' ' + node.failureSummary).join(' | ')}`)))",
    );
    assert_eq!(violations, Value::Array(Vec::new()), "{state}");
}
