//! A real API server with a ConfigMap, an account that may read it, and a mount.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use dflag::Flags;
use dflag_kube::{Builder, Updater};
use dflag_tests::api_server::ApiServer;
use dflag_tests::kubelet::{AtomicWriter, Volume};
use tempfile::TempDir;

use super::{Args, PATIENCE};

/// What a program may do: list and watch one ConfigMap.
pub(crate) const ROLE: &str = include_str!("../../../examples/server_kube/kube/role.yaml");

/// A cluster, and a service account's credentials.
pub(crate) struct Cluster {
    pub(crate) server: ApiServer,
    folder: TempDir,
}

impl Cluster {
    pub(crate) fn start() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let server = ApiServer::start(folder.path()).unwrap()?;
        let cluster = Self { server, folder };
        cluster.kubectl(&["create", "serviceaccount", "server-kube"]);
        cluster.apply(ROLE);
        cluster.rotate_token();
        let (kubeconfig, token) = (cluster.kubeconfig(), cluster.token());
        cluster
            .server
            .write_kubeconfig(&kubeconfig, &token)
            .unwrap();
        Some(cluster)
    }

    /// Runs `kubectl`, which has to succeed.
    #[track_caller]
    pub(crate) fn kubectl(&self, arguments: &[&str]) -> String {
        let output = self.server.kubectl().args(arguments).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {errors}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    #[track_caller]
    pub(crate) fn apply(&self, manifest: &str) {
        let file = self.folder.path().join("manifest.yaml");
        fs::write(&file, manifest).unwrap();
        self.kubectl(&["apply", "-f", file.to_str().unwrap()]);
    }

    /// Creates the ConfigMap, or replaces it.
    pub(crate) fn write(&self, data: &[(&str, &str)]) {
        let data: std::collections::BTreeMap<_, _> = data.iter().copied().collect();
        self.apply(&format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: server-kube-flags}}\ndata: {data:?}\n"
        ));
    }

    pub(crate) fn delete(&self) {
        self.kubectl(&[
            "delete",
            "configmap",
            "server-kube-flags",
            "--ignore-not-found",
        ]);
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The port of the API server.
    pub(crate) fn port(&self) -> String {
        let text = fs::read_to_string(self.kubeconfig()).unwrap();
        let (_, rest) = text.split_once("https://127.0.0.1:").unwrap();
        rest.chars().take_while(char::is_ascii_digit).collect()
    }

    fn kubeconfig(&self) -> PathBuf {
        self.folder.path().join("reader-kubeconfig")
    }

    fn token(&self) -> PathBuf {
        self.folder.path().join("token")
    }

    /// Writes another token of the service account.
    pub(crate) fn rotate_token(&self) {
        let token = self.kubectl(&["create", "token", "server-kube"]);
        fs::write(self.token(), token.trim()).unwrap();
    }

    pub(crate) fn builder(&self, args: &Flags<Args>) -> Builder {
        Updater::builder(args, "server-kube-flags")
            .namespace("default")
            .kubeconfig(self.kubeconfig())
            .reconnect_within(Duration::from_millis(500))
            .api_wait(PATIENCE)
    }
}

/// A mount that kubelet's own code writes, or an imitation where it is not at hand.
pub(crate) enum Mount {
    Kubelet(AtomicWriter),
    Imitation(Volume),
}

impl Mount {
    pub(crate) fn start(root: PathBuf) -> Self {
        match AtomicWriter::start(&root).unwrap() {
            Some(writer) => Self::Kubelet(writer),
            None => Self::Imitation(Volume::create(root).unwrap()),
        }
    }

    pub(crate) fn root(&self) -> &Path {
        match self {
            Self::Kubelet(writer) => writer.root(),
            Self::Imitation(volume) => volume.root(),
        }
    }

    pub(crate) fn write(&mut self, limit: &str) {
        match self {
            Self::Kubelet(writer) => writer.write(&[("limit", limit)]).unwrap(),
            Self::Imitation(volume) => {
                volume.write(&[("limit", limit.as_bytes())]).unwrap();
            }
        }
    }
}

/// The Role with these verbs.
pub(crate) fn role(verbs: &str) -> String {
    let role = ROLE.replacen("verbs: [list, watch]", &format!("verbs: [{verbs}]"), 1);
    assert!(verbs == "list, watch" || role != ROLE);
    role
}
