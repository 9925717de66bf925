//! The API server, the ConfigMap, and the account that all updaters share.

use std::error::Error;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::time::SystemTime;

use dflag_tests::api_server::ApiServer;
use tempfile::TempDir;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The ConfigMap's name, which the Role has, too.
pub(crate) const CONFIG_MAP: &str = "server-kube-flags";

const ROLE: &str = include_str!("../../../examples/server_kube/kube/role.yaml");

const PATH: &str = "/api/v1/namespaces/default/configmaps";

/// The largest piece of the content that only makes the ConfigMap large.
const FILLER: usize = 50_000;

pub(crate) struct Cluster {
    pub(crate) server: ApiServer,
    /// Of the account.
    pub(crate) kubeconfig: PathBuf,
    limit: u64,
    _folder: TempDir,
}

impl Cluster {
    /// `None` if there is no API server.
    pub(crate) fn start() -> Result<Option<Self>> {
        let folder = tempfile::tempdir()?;
        let Some(server) = ApiServer::start(folder.path())? else {
            return Ok(None);
        };
        let role = folder.path().join("role.yaml");
        fs::write(&role, ROLE)?;
        let role = role
            .to_str()
            .ok_or("a temporary folder that is not UTF-8")?;
        kubectl(&server, &["apply", "-f", role])?;
        let token = folder.path().join("token");
        let create = ["create", "token", "server-kube", "--duration=3h"];
        fs::write(&token, kubectl(&server, &create)?)?;
        let kubeconfig = folder.path().join("fleet-kubeconfig");
        server.write_kubeconfig(&kubeconfig, &token)?;
        let cluster = Self {
            server,
            kubeconfig,
            limit: 1,
            _folder: folder,
        };
        let empty = format!(r#"{{"metadata": {{"name": "{CONFIG_MAP}"}}}}"#);
        cluster.succeed(&format!("POST {PATH}"), &empty)?;
        Ok(Some(cluster))
    }

    /// Makes the ConfigMap about this large, without the flag.
    pub(crate) fn fill(&self, bytes: usize) -> Result<()> {
        let filler = (0..bytes.div_ceil(FILLER)).map(|number| {
            let length = FILLER.min(bytes - number * FILLER);
            format!(r#""filler_{number}": "{}""#, "x".repeat(length))
        });
        let filler: Vec<String> = filler.collect();
        let data = filler.join(", ");
        let body = format!(r#"{{"metadata": {{"name": "{CONFIG_MAP}"}}, "data": {{{data}}}}}"#);
        self.succeed(&format!("PUT {PATH}/{CONFIG_MAP}"), &body)
    }

    /// Changes the flag, and returns when that began.
    pub(crate) fn change(&mut self) -> Result<SystemTime> {
        self.limit += 1;
        let body = format!(r#"{{"data": {{"limit": "{}"}}}}"#, self.limit);
        let since = SystemTime::now();
        self.succeed(&format!("PATCH {PATH}/{CONFIG_MAP}"), &body)?;
        Ok(since)
    }

    /// How many lists of ConfigMaps the server has answered or rejected since it started, and how many were rejected.
    pub(crate) fn lists(&self) -> Result<(usize, usize)> {
        let metrics = self.request("GET /metrics", "")?;
        let lines = metrics.lines().filter(|line| {
            line.starts_with("apiserver_request_total{")
                && line.contains(r#"resource="configmaps""#)
                && line.contains(r#"verb="LIST""#)
        });
        let (mut all, mut rejected) = (0, 0);
        for line in lines {
            let count: usize = line.rsplit(' ').next().unwrap_or_default().trim().parse()?;
            all += count;
            if line.contains(r#"code="429""#) {
                rejected += count;
            }
        }
        Ok((all, rejected))
    }

    fn succeed(&self, head: &str, body: &str) -> Result<()> {
        let response = self.request(head, body)?;
        let status = response.lines().next().unwrap_or_default();
        if status.starts_with("HTTP/1.1 20") {
            Ok(())
        } else {
            Err(format!("{head}: {status}").into())
        }
    }

    /// Sends a request as the administrator.
    fn request(&self, head: &str, body: &str) -> Result<String> {
        let address = self.server.url().trim_start_matches("http://");
        let content = if head.starts_with("PATCH") {
            "application/merge-patch+json"
        } else {
            "application/json"
        };
        let length = body.len();
        let mut stream = TcpStream::connect(address)?;
        let head = format!(
            "{head} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: {content}\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        );
        stream.write_all(head.as_bytes())?;
        let mut response = String::new();
        stream.read_to_string(&mut response)?;
        Ok(response)
    }
}

fn kubectl(server: &ApiServer, arguments: &[&str]) -> Result<Vec<u8>> {
    let output = server.kubectl().args(arguments).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(output.stdout)
}
