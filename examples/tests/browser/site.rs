//! A site: a server, the volume that it follows, and a browser that looks at its debug page.

use std::ops::Deref;
use std::path::Path;
use std::process::Command;

use dflag_tests::kubelet::Volume;
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
    /// A site where whoever is on this machine may set flags, open in the browser.
    pub(crate) fn open(driver: &Driver) -> Self {
        Self::with(driver, |_| {})
    }

    /// Like [`open`](Self::open), with more arguments for the server.
    pub(crate) fn with(driver: &Driver, more: impl FnOnce(&mut Command)) -> Self {
        Self::seen_by(driver.browser(), more)
    }

    /// A site that `browser` looks at.
    pub(crate) fn seen_by(browser: Browser, more: impl FnOnce(&mut Command)) -> Self {
        Self::at(tempfile::tempdir().unwrap(), browser, more)
    }

    /// A site whose volume is in `folder`.
    pub(crate) fn at(folder: TempDir, browser: Browser, more: impl FnOnce(&mut Command)) -> Self {
        let mut volume = Volume::create(folder.path().join("flags")).unwrap();
        volume.write(&[("has_set", b"true")]).unwrap();
        let mut command = command(volume.root());
        more(&mut command);
        let server = Server::run(&mut command);
        browser.open(&server.debug());
        Self {
            server,
            browser,
            volume,
            _folder: folder,
        }
    }

    /// Where the volume is.
    pub(crate) fn directory(&self) -> &Path {
        self.volume.root()
    }

    /// Makes the ConfigMap hold `keys`, and that flags can be set.
    pub(crate) fn write(&mut self, keys: &[(&str, &str)]) {
        let mut payload: Vec<(&str, &[u8])> = vec![("has_set", b"true")];
        payload.extend(keys.iter().map(|(key, value)| (*key, value.as_bytes())));
        self.volume.write(&payload).unwrap();
    }

    /// Makes the ConfigMap empty.
    pub(crate) fn write_nothing(&mut self) {
        self.volume.write(&[]).unwrap();
    }

    /// Waits until the browser shows this value as a flag's current one.
    #[track_caller]
    pub(crate) fn until_value(&self, flag: &str, value: &str) {
        self.until_text(&format!("#flag-{flag} .current dd"), value);
    }

    /// Presses Tab until the element with this id has the focus.
    #[track_caller]
    pub(crate) fn tab_to(&self, id: &str) {
        let mut passed = Vec::new();
        while self.run("return document.activeElement.id") != id {
            passed.push(self.run("return document.activeElement.outerHTML"));
            assert!(passed.len() < 200, "{id} is not among {passed:?}");
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
