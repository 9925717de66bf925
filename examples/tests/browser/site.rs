//! A server, the volume that it follows, and a browser with its debug page open.

use std::ops::Deref;
use std::path::Path;
use std::process::Command;

use dflag_tests::kubelet::Volume;
use serde_json::Value;
use tempfile::TempDir;

use crate::common::server::{Server, command};
use crate::driver::{Browser, Driver, key};

pub(crate) struct Site {
    pub(crate) server: Server,
    pub(crate) browser: Browser,
    volume: Volume,
    _folder: TempDir,
}

impl Site {
    /// A site where any user of this machine may set flags.
    pub(crate) fn open(driver: &Driver) -> Self {
        Self::with(driver, |_| {})
    }

    /// Like [`open`](Self::open), with changes to the server's command.
    pub(crate) fn with(driver: &Driver, more: impl FnOnce(&mut Command)) -> Self {
        Self::in_browser(driver.browser(), more)
    }

    /// A site in this browser.
    pub(crate) fn in_browser(browser: Browser, more: impl FnOnce(&mut Command)) -> Self {
        Self::at(tempfile::tempdir().unwrap(), browser, more)
    }

    /// A site with its volume in `folder`.
    pub(crate) fn at(folder: TempDir, browser: Browser, more: impl FnOnce(&mut Command)) -> Self {
        let mut volume = Volume::create(folder.path().join("flags")).unwrap();
        volume.write(&[("has_set", b"true")]).unwrap();
        let mut command = command(volume.root());
        more(&mut command);
        let server = Server::run(&mut command);
        browser.open(&server.debug_url());
        Self {
            server,
            browser,
            volume,
            _folder: folder,
        }
    }

    /// The path of the volume.
    pub(crate) fn directory(&self) -> &Path {
        self.volume.root()
    }

    /// Writes a ConfigMap with `keys`, and with setting turned on.
    pub(crate) fn write(&mut self, keys: &[(&str, &str)]) {
        let mut payload: Vec<(&str, &[u8])> = vec![("has_set", b"true")];
        payload.extend(keys.iter().map(|(key, value)| (*key, value.as_bytes())));
        self.volume.write(&payload).unwrap();
    }

    /// Writes an empty ConfigMap.
    pub(crate) fn write_nothing(&mut self) {
        self.volume.write(&[]).unwrap();
    }

    /// A metric of the server.
    pub(crate) fn metric(&self, name: &str) -> f64 {
        let url = format!("{}/metrics", self.server.debug_url());
        let text = ureq::get(&url).call().unwrap().body_mut().read_to_string();
        let text = text.unwrap();
        let mut samples = text.lines().filter_map(|line| line.rsplit_once(' '));
        let sample = samples.find(|(of, _)| of.split('{').next() == Some(name));
        sample.unwrap().1.parse().unwrap()
    }

    /// The server's history, from the newest entry.
    pub(crate) fn history(&self) -> Vec<Value> {
        let url = format!("{}/history", self.server.debug_url());
        let mut answer = ureq::get(&url).call().unwrap();
        let history: Value = answer.body_mut().read_json().unwrap();
        history["entries"].as_array().unwrap().clone()
    }

    /// Edits a flag's control, and does not set the flag.
    #[track_caller]
    pub(crate) fn edit(&self, flag: &str, value: &str) {
        self.replace(&format!("#value-{flag}"), value);
    }

    /// Waits until the page shows this current value of a flag.
    #[track_caller]
    pub(crate) fn until_value(&self, flag: &str, value: &str) {
        self.until_text(&format!("#flag-{flag} .current dd"), value);
    }

    /// Presses Tab until the element with this id has the focus.
    #[track_caller]
    pub(crate) fn tab_to(&self, id: &str) {
        let mut focused = Vec::new();
        while self.run("return document.activeElement.id") != id {
            focused.push(self.run("return document.activeElement.outerHTML"));
            assert!(focused.len() < 200, "{id} is not among {focused:?}");
            self.press(&key::TAB.to_string());
        }
    }
}

impl Deref for Site {
    type Target = Browser;

    fn deref(&self) -> &Browser {
        &self.browser
    }
}
