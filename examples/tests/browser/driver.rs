//! Controls a browser by the W3C's `WebDriver` protocol.
//!
//! The protocol is JSON in a few kinds of HTTP requests, so it needs no crate.

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

/// An error of the protocol: its code and message.
#[derive(Debug)]
struct DriverError {
    error: String,
    message: String,
}

/// An element's key in the protocol.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Names of the browser in Debian's packages and elsewhere.
const CHROMIUMS: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

impl Driver {
    /// Starts the driver on a free port.
    ///
    /// # Errors
    /// The driver or the browser is not installed.
    pub(crate) fn start() -> Result<Self, String> {
        let is_installed = |program: &str| {
            let output = Command::new(program).arg("--version").output();
            output.is_ok_and(|output| output.status.success())
        };
        if !is_installed("chromedriver") {
            return Err("there is no chromedriver".to_owned());
        }
        let chromium = CHROMIUMS.into_iter().find(|name| is_installed(name));
        let chromium = chromium.ok_or("there is no chromium")?;
        let program = Program::start(Command::new("chromedriver").arg("--port=0"));
        let port = wait::until_some(DEADLINE, "chromedriver's port", || {
            let output = program.output();
            let (_, port) = output.split_once("started successfully on port ")?;
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

/// The element that `css` selects, after the details that it is in have been opened, but for those of which it is the
/// summary. What is in closed details can be neither seen nor used.
fn opened(css: &str) -> String {
    format!(
        "((element) => {{
           const start = element?.closest('summary')?.parentElement.parentElement ?? element;
           for (let one = start; one; one = one.parentElement) if (one.matches('details')) one.open = true;
           return element;
         }})(document.querySelector({}))",
        json!(css)
    )
}

/// The absolute path of the program, which chromedriver needs.
fn path(program: &str) -> String {
    let output = Command::new("sh")
        .args(["-c", "command -v \"$1\"", "sh", program])
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn request(agent: &Agent, method: &str, url: &str, body: &Value) -> Result<Value, DriverError> {
    let answer = match method {
        "GET" => agent.get(url).call(),
        "DELETE" => agent.delete(url).call(),
        _ => agent.post(url).send_json(body),
    };
    let mut answer: Value = answer.unwrap().body_mut().read_json().unwrap();
    let value = answer["value"].take();
    match value["error"].as_str() {
        Some(error) => Err(DriverError {
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

    fn post(&self, path: &str, body: &Value) -> Result<Value, DriverError> {
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

    /// The value that the function body `script` returns.
    pub(crate) fn run(&self, script: &str) -> Value {
        self.post("execute/sync", &json!({"script": script, "args": []}))
            .unwrap()
    }

    /// Waits until the expression is true. It counts as false while a page is loading.
    #[track_caller]
    pub(crate) fn until(&self, expression: &str) {
        let script = json!({"script": format!("return {expression}"), "args": []});
        wait::until(DEADLINE, expression, || {
            self.post("execute/sync", &script)
                .is_ok_and(|value| value == true)
        });
    }

    /// The visible text of the element that `css` selects. Waits until there is one.
    #[track_caller]
    pub(crate) fn text(&self, css: &str) -> String {
        let text = self.with(css, |id| {
            let url = format!("{}/element/{id}/text", self.session);
            request(&self.agent, "GET", &url, &Value::Null)
        });
        text.as_str().unwrap().to_owned()
    }

    /// Waits until the visible text of the element is `text`.
    #[track_caller]
    pub(crate) fn until_text(&self, css: &str, text: &str) {
        let (opened, text) = (opened(css), json!(text));
        self.until(&format!("{opened}?.innerText.trim() === {text}"));
    }

    /// Waits until the visible text of the element contains `part`.
    #[track_caller]
    pub(crate) fn until_part(&self, css: &str, part: &str) {
        let (opened, part) = (opened(css), json!(part));
        self.until(&format!("{opened}?.innerText.includes({part})"));
    }

    /// A property of the element, such as its `value`.
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

    /// Whether the screen has the whole element, and nothing covers it.
    pub(crate) fn is_in_sight(&self, css: &str) -> bool {
        let css = json!(css);
        self.run(&format!(
            "const element = document.querySelector({css});
             const {{ left, right, top, bottom }} = element.getBoundingClientRect();
             const points = [left + 2, (left + right) / 2, right - 2]
               .flatMap((x) => [top + 2, (top + bottom) / 2, bottom - 2].map((y) => [x, y]));
             return points.every(([x, y]) => element.contains(document.elementFromPoint(x, y)))"
        )) == true
    }

    #[track_caller]
    pub(crate) fn click(&self, css: &str) {
        self.with(css, |id| {
            self.post(&format!("element/{id}/click"), &json!({}))
        });
    }

    /// Types at the end of the element's text.
    #[track_caller]
    pub(crate) fn append(&self, css: &str, text: &str) {
        self.with(css, |id| {
            self.post(&format!("element/{id}/value"), &json!({"text": text}))
        });
    }

    /// Replaces the element's text by typing.
    #[track_caller]
    pub(crate) fn replace(&self, css: &str, text: &str) {
        let all = format!("{}a{}", key::CONTROL, key::NONE);
        self.append(css, &format!("{all}{}", key::DELETE));
        self.append(css, text);
    }

    /// Presses keys in the element that has the focus.
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

    /// Sends a command of Chromium's own protocol.
    fn devtools(&self, command: &str, parameters: &Value) {
        let body = json!({"cmd": command, "params": parameters});
        self.post("goog/cdp/execute", &body).unwrap();
    }

    /// Disables scripts in pages that are opened from now on.
    pub(crate) fn without_script(self) -> Self {
        self.devtools(
            "Emulation.setScriptExecutionDisabled",
            &json!({"value": true}),
        );
        self
    }

    /// Makes the network slow: each request takes this long, in milliseconds.
    pub(crate) fn set_latency(&self, latency: u32) {
        let parameters = json!({
            "offline": false, "latency": latency, "downloadThroughput": -1, "uploadThroughput": -1,
        });
        self.devtools("Network.emulateNetworkConditions", &parameters);
    }

    /// Opens a `tab` or a `window`, which is visible beside others, and goes there.
    pub(crate) fn open_another(&self, kind: &str, url: &str) {
        let window = self.post("window/new", &json!({"type": kind})).unwrap();
        self.post("window", &json!({"handle": window["handle"]}))
            .unwrap();
        self.open(url);
    }

    /// Goes to the first window or tab.
    pub(crate) fn go_to_first(&self) {
        let handles = self.get("window/handles");
        self.post("window", &json!({"handle": handles[0]})).unwrap();
    }

    /// The value that the function body `script` passes to its callback, its last argument.
    pub(crate) fn run_async(&self, script: &str) -> Value {
        self.post("execute/async", &json!({"script": script, "args": []}))
            .unwrap()
    }

    /// Sets the size of the screen in CSS pixels, and the device pixels for each.
    pub(crate) fn set_screen(&self, width: u32, height: u32, scale: u32) {
        let parameters = json!({
            "width": width, "height": height, "deviceScaleFactor": scale, "mobile": width < 600,
        });
        self.devtools("Emulation.setDeviceMetricsOverride", &parameters);
    }

    /// Sets the preferred color scheme, `light` or `dark`.
    pub(crate) fn set_color_scheme(&self, scheme: &str) {
        self.set_media("", "prefers-color-scheme", scheme);
    }

    /// Sets the type of media, such as `print`, and one of its features.
    pub(crate) fn set_media(&self, media: &str, feature: &str, value: &str) {
        let features = json!({"media": media, "features": [{"name": feature, "value": value}]});
        self.devtools("Emulation.setEmulatedMedia", &features);
    }

    /// Writes a screenshot as a PNG.
    pub(crate) fn screenshot(&self, file: &Path) {
        let png = self.get("screenshot");
        let bytes = BASE64_STANDARD.decode(png.as_str().unwrap()).unwrap();
        fs::write(file, bytes).unwrap();
    }

    /// Opens the details that the element is in, as a person does to get at it. Those of which it is the summary stay.
    fn open_details(&self, css: &str) {
        let script = json!({"script": opened(css), "args": []});
        // It fails while a page is loading.
        let _ = self.post("execute/sync", &script);
    }

    /// Scrolls to the element, which a bar may cover.
    fn bring_into_view(&self, css: &str) {
        let script = format!("{}?.scrollIntoView({{ block: 'center' }})", opened(css));
        let _ = self.post("execute/sync", &json!({"script": script, "args": []}));
    }

    /// Calls `act` with the element that `css` selects, as soon as that succeeds: the element may
    /// be missing or covered at first, and the page may replace it at any time.
    #[track_caller]
    fn with(&self, css: &str, act: impl Fn(&str) -> Result<Value, DriverError>) -> Value {
        let temporary = [
            "no such element",
            "stale element reference",
            "element not interactable",
            "element click intercepted",
        ];
        let find = json!({"using": "css selector", "value": css});
        self.open_details(css);
        wait::until_some(DEADLINE, css, || {
            let element = self.post("element", &find);
            match element.and_then(|element| act(element[ELEMENT].as_str().unwrap())) {
                Ok(value) => Some(value),
                Err(DriverError { error, message }) => {
                    self.bring_into_view(css);
                    assert!(temporary.contains(&&*error), "{css}: {error}: {message}");
                    None
                }
            }
        })
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if thread::panicking() {
            let log = self.post("se/log", &json!({"type": "browser"}));
            println!("browser log: {log:?}");
        }
        // After a panic, the session may not exist any more.
        let _ = self.agent.delete(&self.session).call();
    }
}

/// The protocol's characters for special keys.
pub(crate) mod key {
    pub(crate) const NONE: char = '\u{e000}';
    pub(crate) const TAB: char = '\u{e004}';
    pub(crate) const ENTER: char = '\u{e007}';
    pub(crate) const CONTROL: char = '\u{e009}';
    pub(crate) const ESCAPE: char = '\u{e00c}';
    pub(crate) const DELETE: char = '\u{e017}';
}
