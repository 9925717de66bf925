//! A recording of the page while a file changes, for the README.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::animation::Animation;
use crate::appearance::{copy_for_readme, picture_folder, screenshot_path};
use crate::common::server::{Server, command, echo};
use crate::driver::{Browser, Driver};

const KEY: &str = "example_my_dynamic_int";
const VALUE: &str = "#flag-example-my-dynamic-int .value";
const BADGES: &str = "#flag-example-my-dynamic-int .badges";

/// The most bytes of the recording: a README is no place for more.
const MOST_BYTES: u64 = 300_000;

/// A strip below the page with the commands that change the file. The page's policy allows no style in markup.
const TERMINAL: &str = "
    const terminal = document.createElement('pre');
    terminal.id = 'terminal';
    Object.assign(terminal.style, {
      background: '#1c2128', color: '#e6edf3', font: '14px/1.5 monospace', inset: 'auto 0 0 0',
      margin: 0, padding: '.6rem 1.25rem', position: 'fixed', zIndex: 9,
    });
    document.body.append(terminal);
    document.querySelector('#program').style.visibility = 'hidden'; // ages change all the time";

pub(crate) fn a_change_of_a_file_and_a_mistake_are_on_the_open_page(driver: &Driver) {
    let folder = picture_folder();
    let config = folder.path().join("config");
    fs::create_dir(&config).unwrap();
    echo("true", &config, "has_set");
    let server = Server::run(command(Path::new("config")).current_dir(folder.path()));
    let page = driver.browser();
    page.set_screen(1100, 560, 1);
    page.open(&format!("{}?type=dynamic", server.debug_url()));
    page.until_text("#connection", "Live");
    page.run(TERMINAL);

    let mut animation = Animation::default();
    show(&page, &mut animation, "", 1_500);
    let mut change = |value: &str, is_shown: &dyn Fn(), milliseconds| {
        let line = format!("echo {value} > config/{KEY}");
        show(&page, &mut animation, &line, 1_200);
        echo(value, &config, KEY);
        is_shown();
        show(&page, &mut animation, &line, milliseconds);
    };
    change("456", &|| page.until_text(VALUE, "456"), 2_500);
    let is_rejected = || {
        page.until_part(".source .error", "'lots'");
        page.until_part(BADGES, "rejected");
        assert_eq!(page.text(VALUE), "456");
        page.screenshot(&screenshot_path("rejected.png"));
    };
    change("lots", &is_rejected, 4_000);
    let is_corrected = || {
        page.until_text(VALUE, "789");
        page.until_part(".source h2", "OK");
        assert!(!page.text(BADGES).contains("rejected"));
    };
    change("789", &is_corrected, 2_500);

    let size = animation.write(&screenshot_path("live.png"));
    assert!(size < MOST_BYTES, "{size}");
    copy_for_readme("rejected.png");
    copy_for_readme("live.png");
}

/// Adds the page as it is now, with this command below it.
fn show(page: &Browser, animation: &mut Animation, command: &str, milliseconds: u16) {
    let line = json!(format!("$ {command}"));
    page.run(&format!(
        "document.querySelector('#terminal').textContent = {line}"
    ));
    page.until("document.getAnimations().length === 0");
    let file = screenshot_path("frame.png");
    page.screenshot(&file);
    animation.add(&file, milliseconds);
}
