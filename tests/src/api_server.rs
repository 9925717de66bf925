//! A real API server of Kubernetes, with its etcd, on loopback.
//!
//! The binaries are in the folder that `KUBEBUILDER_ASSETS` names, as is the convention of Kubernetes' own
//! tests, or else of `target/kube`, where `tests/kube/apiserver/build` puts them. Where there are none, tests that
//! need them are skipped, and say so.

use std::fs;
use std::io::{self, BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::wait;

/// How long it may take to start. It takes 5 s on an idle machine.
const START: Duration = Duration::from_secs(120);

/// An API server, which ends when this is dropped.
#[derive(Debug)]
pub struct ApiServer {
    binaries: PathBuf,
    kubeconfig: PathBuf,
    /// The address of a proxy that needs no credentials.
    url: String,
    processes: Vec<Process>,
}

/// A process, which ends when this is dropped.
#[derive(Debug)]
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl ApiServer {
    /// Starts a server whose state is in `folder`. `None`, with a word, if there are no binaries.
    ///
    /// # Errors
    /// If a program can't be run, or `folder` not be written to.
    ///
    /// # Panics
    /// If it is not ready after two minutes.
    pub fn start(folder: &Path) -> io::Result<Option<Self>> {
        let Some(binaries) = binaries() else {
            skipped("no API server: set KUBEBUILDER_ASSETS, or run tests/kube/apiserver/build");
            return Ok(None);
        };
        if !write_credentials(folder)? {
            skipped("no API server: there is no openssl to make its key");
            return Ok(None);
        }
        let [etcd_port, peer_port, port] = free_ports()?;
        let etcd = format!("http://127.0.0.1:{etcd_port}");
        let peer = format!("http://127.0.0.1:{peer_port}");
        let mut command = Command::new(binaries.join("etcd"));
        command.arg("--unsafe-no-fsync").args([
            "--data-dir=etcd",
            &format!("--listen-client-urls={etcd}"),
            &format!("--advertise-client-urls={etcd}"),
            &format!("--listen-peer-urls={peer}"),
        ]);
        let etcd_process = spawn(command, folder, "etcd.log")?;
        let mut command = Command::new(binaries.join("kube-apiserver"));
        command.args([
            &format!("--etcd-servers={etcd}"),
            &format!("--secure-port={port}"),
            "--bind-address=127.0.0.1",
            "--cert-dir=certificates",
            "--token-auth-file=tokens.csv",
            "--authorization-mode=RBAC",
            "--service-account-issuer=https://kubernetes.default.svc",
            "--service-account-signing-key-file=accounts.key",
            "--service-account-key-file=accounts.key",
            "--service-cluster-ip-range=10.0.0.0/24",
            "--disable-admission-plugins=ServiceAccount",
        ]);
        let server_process = spawn(command, folder, "kube-apiserver.log")?;
        let kubeconfig = folder.join("kubeconfig");
        fs::write(&kubeconfig, kubeconfig_text(port))?;
        let mut server = Self {
            binaries,
            kubeconfig,
            url: String::new(),
            processes: vec![server_process, etcd_process],
        };
        wait::until(START, "the API server", || {
            let ready = server.kubectl().args(["get", "--raw=/readyz"]).output();
            ready.is_ok_and(|ready| ready.stdout.starts_with(b"ok"))
        });
        wait::until(START, "the namespace `default`", || {
            let found = server
                .kubectl()
                .args(["get", "namespace", "default"])
                .output();
            found.is_ok_and(|found| found.status.success())
        });
        server.start_proxy()?;
        Ok(Some(server))
    }

    /// `kubectl`, with an administrator's rights.
    pub fn kubectl(&self) -> Command {
        let mut command = Command::new(self.binaries.join("kubectl"));
        command
            .arg("--kubeconfig")
            .arg(&self.kubeconfig)
            .stdin(Stdio::null());
        command
    }

    /// The server's address without encryption and credentials, for an administrator's requests.
    pub fn url(&self) -> &str {
        &self.url
    }

    fn start_proxy(&mut self) -> io::Result<()> {
        let mut command = self.kubectl();
        command
            .args(["proxy", "--port=0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut proxy = command.spawn()?;
        let stdout = proxy.stdout.take();
        self.processes.insert(0, Process(proxy));
        let mut line = String::new();
        if let Some(stdout) = stdout {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        // `Starting to serve on 127.0.0.1:43211`
        let address = line.trim().rsplit(' ').next().unwrap_or_default();
        self.url = format!("http://{address}");
        Ok(())
    }
}

/// Says that tests are skipped.
#[expect(clippy::print_stderr, reason = "whoever runs the tests has to know")]
fn skipped(why: &str) {
    eprintln!("skipped: {why}");
}

fn binaries() -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/kube");
    let folder = std::env::var_os("KUBEBUILDER_ASSETS").map_or(target, PathBuf::from);
    let programs = ["etcd", "kube-apiserver", "kubectl"];
    let is_complete = programs.iter().all(|name| folder.join(name).is_file());
    is_complete.then(|| folder.canonicalize().unwrap_or(folder))
}

/// Makes the key of service accounts, which the server does not make itself, and an administrator's token. Returns
/// whether there is a program for it.
fn write_credentials(folder: &Path) -> io::Result<bool> {
    let token = "administrator,administrator,1,system:masters\n";
    fs::write(folder.join("tokens.csv"), token)?;
    let mut openssl = Command::new("openssl");
    openssl
        .args(["genrsa", "-out", "accounts.key", "2048"])
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    Ok(openssl.status().is_ok_and(|made| made.success()))
}

fn kubeconfig_text(port: u16) -> String {
    format!(
        "apiVersion: v1
kind: Config
clusters: [{{name: test, cluster: {{server: 'https://127.0.0.1:{port}', insecure-skip-tls-verify: true}}}}]
users: [{{name: administrator, user: {{token: administrator}}}}]
contexts: [{{name: test, context: {{cluster: test, user: administrator, namespace: default}}}}]
current-context: test
"
    )
}

fn spawn(mut command: Command, folder: &Path, log: &str) -> io::Result<Process> {
    let log = fs::File::create(folder.join(log))?;
    let errors = log.try_clone()?;
    let command = command.current_dir(folder).stdin(Stdio::null());
    let process = command.stdout(log).stderr(errors).spawn()?;
    Ok(Process(process))
}

fn free_ports() -> io::Result<[u16; 3]> {
    let listeners = [(); 3].map(|()| TcpListener::bind("127.0.0.1:0"));
    let mut ports = [0; 3];
    for (port, listener) in ports.iter_mut().zip(&listeners) {
        let listener = listener
            .as_ref()
            .map_err(|error| io::Error::from(error.kind()))?;
        *port = listener.local_addr()?.port();
    }
    Ok(ports)
}
