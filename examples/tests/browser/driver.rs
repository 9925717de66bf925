//! The driver: a browser told what to do, by the W3C's `WebDriver` protocol.
//!
//! The protocol is JSON in a handful of requests to this machine, so no crate stands between.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use dflag_tests::wait;
use serde_json::{Value, json};
use tempfile::TempDir;
use ureq::Agent;

use crate::common::program::{DEADLINE, Program};

/// A running `chromedriver`.
pub(crate) struct Driver {
    _program: Program,
    address: String,
    chromium: &'static str,
}

/// A browser with an empty profile, closed on drop.
pub(crate) struct Browser {
    agent: Agent,
    session: String,
    _profile: TempDir,
}

/// What a browser could not do: the protocol's name for it, and words.
#[derive(Debug)]
struct Trouble {
    error: String,
    message: String,
}

/// An element's key in the protocol.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// What Debian's packages and others call the browser.
const CHROMIUMS: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

impl Driver {
    /// Starts the driver on any free port, or says why there is none.
    pub(crate) fn start() -> Result<Self, String> {
        let is_here = |program: &str| {
            let asked = Command::new(program).arg("--version").output();
            asked.is_ok_and(|output| output.status.success())
        };
        if !is_here("chromedriver") {
            return Err("there is no chromedriver".to_owned());
        }
        let chromium = CHROMIUMS.into_iter().find(|name| is_here(name));
        let chromium = chromium.ok_or("there is no chromium")?;
        let program = Program::start(Command::new("chromedriver").arg("--port=0"));
        let port = wait::until_some(DEADLINE, "chromedriver's port", || {
            let printed = program.printed();
            let (_, port) = printed.split_once("started successfully on port ")?;
            Some(port.split_once('.')?.0.to_owned())
        });
        Ok(Self {
            _program: program,
            address: format!("http://127.0.0.1:{port}"),
            chromium,
        })
    }

    /// Starts a browser.
    pub(crate) fn browser(&self) -> Browser {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(2 * DEADLINE))
            .build()
            .new_agent();
        let profile = tempfile::tempdir().unwrap();
        let capabilities = json!({"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": {
                "binary": path(self.chromium),
                "args": [
                    "--headless=new",
                    "--no-sandbox", // root can't have one; the pages are our own
                    "--disable-gpu",
                    "--disable-quic",
                    "--disable-dev-shm-usage",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync",
                    "--no-first-run",
                    "--window-size=1280,900",
                    format!("--user-data-dir={}", profile.path().display()),
                ],
            },
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }}});
        let url = format!("{}/session", self.address);
        let session = request(&agent, "POST", &url, &capabilities).unwrap();
        let id = session["sessionId"].as_str().unwrap();
        Browser {
            session: format!("{url}/{id}"),
            agent,
            _profile: profile,
        }
    }
}

/// The program's whole path, which chromedriver wants.
fn path(program: &str) -> String {
    let output = Command::new("sh")
        .args(["-c", "command -v \"$1\"", "sh", program])
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn request(agent: &Agent, method: &str, url: &str, body: &Value) -> Result<Value, Trouble> {
    let answer = match method {
        "GET" => agent.get(url).call(),
        "DELETE" => agent.delete(url).call(),
        _ => agent.post(url).send_json(body),
    };
    let mut answer: Value = answer.unwrap().body_mut().read_json().unwrap();
    let value = answer["value"].take();
    match value["error"].as_str() {
        Some(error) => Err(Trouble {
            error: error.to_owned(),
            message: value["message"].to_string(),
        }),
        None => Ok(value),
    }
}

impl Browser {
    fn get(&self, path: &str) -> Value {
        let url = format!("{}/{path}", self.session);
        request(&self.agent, "GET", &url, &Value::Null).unwrap()
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value, Trouble> {
        request(
            &self.agent,
            "POST",
            &format!("{}/{path}", self.session),
            body,
        )
    }

    /// Opens a page and waits until it has loaded.
    pub(crate) fn open(&self, url: &str) {
        self.post("url", &json!({"url": url})).unwrap();
    }

    /// What the function body `script` returns.
    pub(crate) fn run(&self, script: &str) -> Value {
        self.post("execute/sync", &json!({"script": script, "args": []}))
            .unwrap()
    }

    /// Waits until the expression is true. While a page is on its way it is not.
    #[track_caller]
    pub(crate) fn until(&self, expression: &str) {
        let script = json!({"script": format!("return {expression}"), "args": []});
        wait::until(DEADLINE, expression, || {
            self.post("execute/sync", &script)
                .is_ok_and(|value| value == true)
        });
    }

    /// The text that is shown in the one element that `css` selects, once there is one.
    #[track_caller]
    pub(crate) fn text(&self, css: &str) -> String {
        let text = self.with(css, |id| {
            let url = format!("{}/element/{id}/text", self.session);
            request(&self.agent, "GET", &url, &Value::Null)
        });
        text.as_str().unwrap().to_owned()
    }

    /// Waits until the element shows `text`, and nothing else.
    #[track_caller]
    pub(crate) fn until_text(&self, css: &str, text: &str) {
        let (css, text) = (json!(css), json!(text));
        self.until(&format!(
            "document.querySelector({css})?.innerText.trim() === {text}"
        ));
    }

    /// Waits until the element shows `part` among other things.
    #[track_caller]
    pub(crate) fn until_part(&self, css: &str, part: &str) {
        let (css, part) = (json!(css), json!(part));
        self.until(&format!(
            "document.querySelector({css})?.innerText.includes({part})"
        ));
    }

    /// A property of the element, such as what is typed in it.
    pub(crate) fn property(&self, css: &str, name: &str) -> Value {
        self.run(&format!(
            "return document.querySelector({}).{name}",
            json!(css)
        ))
    }

    /// Whether `css` selects anything.
    pub(crate) fn has(&self, css: &str) -> bool {
        self.run(&format!(
            "return document.querySelector({}) !== null",
            json!(css)
        )) == true
    }

    #[track_caller]
    pub(crate) fn click(&self, css: &str) {
        self.with(css, |id| {
            self.post(&format!("element/{id}/click"), &json!({}))
        });
    }

    /// Types at the end of what stands in the element.
    #[track_caller]
    pub(crate) fn write(&self, css: &str, text: &str) {
        self.with(css, |id| {
            self.post(&format!("element/{id}/value"), &json!({"text": text}))
        });
    }

    /// Types in the place of what stands in the element.
    #[track_caller]
    pub(crate) fn rewrite(&self, css: &str, text: &str) {
        let all = format!("{}a{}", key::CONTROL, key::NONE);
        self.write(css, &format!("{all}{}", key::DELETE));
        self.write(css, text);
    }

    /// Presses keys wherever the focus is.
    pub(crate) fn press(&self, keys: &str) {
        let strokes: Vec<Value> = keys
            .chars()
            .flat_map(|key| ["keyDown", "keyUp"].map(|what| json!({"type": what, "value": key})))
            .collect();
        let actions = json!({"actions": [{"type": "key", "id": "keyboard", "actions": strokes}]});
        self.post("actions", &actions).unwrap();
    }

    /// The page's source as it is now.
    pub(crate) fn source(&self) -> String {
        self.get("source").as_str().unwrap().to_owned()
    }

    pub(crate) fn url(&self) -> String {
        self.get("url").as_str().unwrap().to_owned()
    }

    /// The messages of the log of this kind since the last call: `browser` or `performance`.
    pub(crate) fn log(&self, kind: &str) -> Vec<String> {
        let lines = self.post("se/log", &json!({"type": kind})).unwrap();
        let lines = lines.as_array().unwrap().iter();
        lines
            .map(|line| line["message"].as_str().unwrap().to_owned())
            .collect()
    }

    /// A command of Chromium's own protocol.
    pub(crate) fn tell(&self, command: &str, parameters: &Value) {
        let body = json!({"cmd": command, "params": parameters});
        self.post("goog/cdp/execute", &body).unwrap();
    }

    /// Pages that are opened from now on run no script.
    pub(crate) fn without_script(self) -> Self {
        self.tell(
            "Emulation.setScriptExecutionDisabled",
            &json!({"value": true}),
        );
        self
    }

    /// Makes the screen so many points wide and high, with so many dots a point.
    pub(crate) fn screen(&self, width: u32, height: u32, dots: u32) {
        let parameters = json!({
            "width": width, "height": height, "deviceScaleFactor": dots, "mobile": width < 600,
        });
        self.tell("Emulation.setDeviceMetricsOverride", &parameters);
    }

    /// Shows pages as someone who prefers this `scheme`, `light` or `dark`, sees them.
    pub(crate) fn prefers(&self, scheme: &str) {
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.tell("Emulation.setEmulatedMedia", &features);
    }

    /// Writes what the screen shows, as a PNG.
    pub(crate) fn screenshot(&self, file: &Path) {
        let picture = self.get("screenshot");
        let bytes = BASE64_STANDARD.decode(picture.as_str().unwrap()).unwrap();
        fs::write(file, bytes).unwrap();
    }

    /// Does something with the one element that `css` selects, as soon as it is there and can be
    /// reached: a page that follows changes may replace it in between.
    #[track_caller]
    fn with(&self, css: &str, act: impl Fn(&str) -> Result<Value, Trouble>) -> Value {
        let passing = [
            "no such element",
            "stale element reference",
            "element not interactable",
            "element click intercepted",
        ];
        let find = json!({"using": "css selector", "value": css});
        wait::until_some(DEADLINE, css, || {
            let found = self.post("element", &find);
            match found.and_then(|element| act(element[ELEMENT].as_str().unwrap())) {
                Ok(value) => Some(value),
                Err(Trouble { error, message }) => {
                    assert!(passing.contains(&&*error), "{css}: {error}: {message}");
                    None
                }
            }
        })
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if thread::panicking() {
            let said = self.post("se/log", &json!({"type": "browser"}));
            println!("what the browser said: {said:?}");
        }
        // After a panic there may be nothing left to close.
        let _ = self.agent.delete(&self.session).call();
    }
}

/// Keys that are no letters, as the protocol writes them.
pub(crate) mod key {
    pub(crate) const NONE: char = '\u{e000}';
    pub(crate) const TAB: char = '\u{e004}';
    pub(crate) const ENTER: char = '\u{e007}';
    pub(crate) const CONTROL: char = '\u{e009}';
    pub(crate) const DELETE: char = '\u{e017}';
}
