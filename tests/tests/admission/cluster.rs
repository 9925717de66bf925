//! A cluster whose policy tests exchange, and requests for a ConfigMap.

use std::time::Duration;

use dflag_tests::api_server::ApiServer;
use dflag_tests::wait;
use serde_json::{Value, json};
use tempfile::TempDir;
use ureq::http::Response;
use ureq::{Agent, Body};

/// How long a new policy may take to have effect. It takes about a second.
const EFFECT: Duration = Duration::from_secs(60);

pub(crate) struct Cluster {
    pub(crate) server: ApiServer,
    agent: Agent,
    folder: TempDir,
}

/// The answer to a request.
#[derive(Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// What is wrong; empty if nothing is.
    pub(crate) message: String,
    pub(crate) warnings: Vec<String>,
}

impl Answer {
    /// Whether a policy rejects the request with its own words, and not because an expression failed.
    pub(crate) fn is_denied(&self) -> bool {
        self.message.contains(" denied request: `")
    }

    pub(crate) fn is_accepted(&self) -> bool {
        self.status < 300
    }
}

impl Cluster {
    pub(crate) fn start() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let server = ApiServer::start(folder.path()).unwrap()?;
        let config = Agent::config_builder().http_status_as_error(false);
        Some(Self {
            server,
            agent: config.build().into(),
            folder,
        })
    }

    /// Applies a policy and waits until it has effect: until it rejects, or with `[Warn]` warns of, a map with `bad`.
    ///
    /// An expression that fails or costs too much rejects the map, so that it is found.
    pub(crate) fn apply_policy(&self, policy: &str, bad: &Value) {
        let policy = policy.replacen("failurePolicy: Ignore", "failurePolicy: Fail", 1);
        assert!(policy.contains("failurePolicy: Fail"));
        let output = self.apply(&policy);
        assert!(output.0, "{}", output.1);
        let bad = map(bad);
        wait::until(EFFECT, "the policy's effect", || {
            let answer = self.try_create(&bad);
            answer.is_denied() || !answer.warnings.is_empty()
        });
    }

    /// Deletes all policies and waits until they have no effect: until a map with `bad` is accepted.
    pub(crate) fn delete_policies(&self, bad: &Value) {
        let kinds = "validatingadmissionpolicies,validatingadmissionpolicybindings";
        let deleted = self
            .server
            .kubectl()
            .args(["delete", kinds, "--all"])
            .output()
            .unwrap();
        assert!(deleted.status.success(), "{deleted:?}");
        let bad = map(bad);
        wait::until(EFFECT, "the policy's end", || {
            let answer = self.try_create(&bad);
            !answer.is_denied() && answer.warnings.is_empty()
        });
    }

    /// Runs `kubectl apply`. Returns whether it succeeds, and what it writes.
    pub(crate) fn apply(&self, manifest: &str) -> (bool, String) {
        let file = self.folder.path().join("manifest.yaml");
        std::fs::write(&file, manifest).unwrap();
        let output = self
            .server
            .kubectl()
            .arg("apply")
            .arg("-f")
            .arg(file)
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        (
            output.status.success(),
            String::from_utf8_lossy(&text).into_owned(),
        )
    }

    /// Runs `kubectl`, which has to succeed.
    pub(crate) fn kubectl(&self, arguments: &[&str]) -> String {
        let output = self.server.kubectl().args(arguments).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {errors}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// What the server answers to a new ConfigMap, without storing it.
    pub(crate) fn try_create(&self, map: &Value) -> Answer {
        let namespace = map["metadata"]["namespace"].as_str().unwrap_or("default");
        let url = self.server.url();
        let url = format!("{url}/api/v1/namespaces/{namespace}/configmaps?dryRun=All");
        answer(self.agent.post(url).send_json(map).unwrap())
    }

    /// What the server answers to a change of the ConfigMap `default/NAME`.
    pub(crate) fn patch(&self, name: &str, patch: &Value) -> Answer {
        let url = format!(
            "{}/api/v1/namespaces/default/configmaps/{name}",
            self.server.url()
        );
        let request = self
            .agent
            .patch(url)
            .content_type("application/merge-patch+json");
        answer(request.send(&patch.to_string()).unwrap())
    }

    /// What the server has at this path.
    pub(crate) fn get(&self, path: &str) -> Vec<u8> {
        let mut response = self
            .agent
            .get(format!("{}{path}", self.server.url()))
            .call()
            .unwrap();
        let reader = response.body_mut().with_config().limit(64 << 20);
        reader.read_to_vec().unwrap()
    }

    /// What the server answers to a ConfigMap `default/flags` with this `data`.
    pub(crate) fn judge(&self, data: &Value) -> Answer {
        self.try_create(&map(data))
    }
}

fn answer(mut response: Response<Body>) -> Answer {
    let warnings = response.headers().get_all("warning").iter();
    let warnings = warnings
        .map(|warning| warning.to_str().unwrap().to_owned())
        .collect();
    let status = response.status().as_u16();
    let reader = response.body_mut().with_config().limit(16 << 20);
    let body: Value = reader.read_json().unwrap();
    let message = if status < 300 {
        ""
    } else {
        body["message"].as_str().unwrap()
    };
    Answer {
        status,
        message: message.to_owned(),
        warnings,
    }
}

/// A ConfigMap `default/flags`.
pub(crate) fn map(data: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "flags"}, "data": data})
}
