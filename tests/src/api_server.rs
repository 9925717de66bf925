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
    folder: PathBuf,
    kubeconfig: PathBuf,
    ports: [u16; 3],
    /// The address of a proxy that needs no credentials.
    url: String,
    proxy: Option<Process>,
    server: Option<Process>,
    etcd: Option<Process>,
}

/// A process, which ends when this is dropped.
#[derive(Debug)]
struct Process(Child);

impl Process {
    /// Asks it to end, and waits until it has.
    fn terminate(mut self) -> io::Result<()> {
        let id = self.0.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status()?;
        self.0.wait().map(|_| ())
    }
}

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
        let ports = free_ports()?;
        let kubeconfig = folder.join("kubeconfig");
        let [.., port] = ports;
        fs::write(&kubeconfig, kubeconfig_text(port))?;
        let mut server = Self {
            binaries,
            folder: folder.to_owned(),
            kubeconfig,
            ports,
            url: String::new(),
            proxy: None,
            server: None,
            etcd: None,
        };
        server.start_etcd()?;
        server.start_server()?;
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

    /// Writes a kubeconfig whose token is in a file of its own, and which trusts the server's certificate.
    ///
    /// # Errors
    /// If the file can't be written.
    pub fn write_kubeconfig(&self, path: &Path, token_file: &Path) -> io::Result<()> {
        let [.., port] = self.ports;
        let (folder, token_file) = (self.folder.display(), token_file.display());
        let text = format!(
            "apiVersion: v1
kind: Config
clusters: [{{name: test, cluster: {{server: 'https://127.0.0.1:{port}', certificate-authority: '{folder}/certificates/apiserver.crt'}}}}]
users: [{{name: test, user: {{tokenFile: '{token_file}'}}}}]
contexts: [{{name: test, context: {{cluster: test, user: test, namespace: default}}}}]
current-context: test
"
        );
        fs::write(path, text)
    }

    /// Starts the API server, and waits until it is ready.
    ///
    /// # Errors
    /// If it can't be run.
    ///
    /// # Panics
    /// If it is not ready after two minutes.
    pub fn start_server(&mut self) -> io::Result<()> {
        let [etcd_port, _, port] = self.ports;
        let mut command = Command::new(self.binaries.join("kube-apiserver"));
        command.args([
            &format!("--etcd-servers=http://127.0.0.1:{etcd_port}"),
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
        self.server = Some(spawn(command, &self.folder, "kube-apiserver.log")?);
        wait::until(START, "the API server", || {
            let ready = self.kubectl().args(["get", "--raw=/readyz"]).output();
            ready.is_ok_and(|ready| ready.stdout.starts_with(b"ok"))
        });
        Ok(())
    }

    /// Ends the API server, at once or as a node does that is drained.
    ///
    /// # Errors
    /// If it can't be asked to end.
    pub fn stop_server(&mut self, at_once: bool) -> io::Result<()> {
        match self.server.take() {
            Some(server) if !at_once => server.terminate(),
            _ => Ok(()),
        }
    }

    /// Puts the data of etcd into a copy.
    ///
    /// # Errors
    /// If it can't be copied.
    pub fn back_up(&mut self) -> io::Result<()> {
        self.stop_etcd()?;
        let backup = self.folder.join("backup");
        if backup.exists() {
            fs::remove_dir_all(&backup)?;
        }
        copy_folder(&self.folder.join("etcd"), &backup)?;
        self.start_etcd()
    }

    /// Replaces the data of etcd by the copy, and starts the API server anew, as whoever restores a cluster does.
    ///
    /// # Errors
    /// If it can't be copied, or a program can't be run.
    pub fn restore(&mut self) -> io::Result<()> {
        self.stop_server(true)?;
        self.stop_etcd()?;
        fs::remove_dir_all(self.folder.join("etcd"))?;
        copy_folder(&self.folder.join("backup"), &self.folder.join("etcd"))?;
        self.start_etcd()?;
        self.start_server()
    }

    fn start_etcd(&mut self) -> io::Result<()> {
        let [etcd_port, peer_port, _] = self.ports;
        let etcd = format!("http://127.0.0.1:{etcd_port}");
        let peer = format!("http://127.0.0.1:{peer_port}");
        let mut command = Command::new(self.binaries.join("etcd"));
        command.arg("--unsafe-no-fsync").args([
            "--data-dir=etcd",
            &format!("--listen-client-urls={etcd}"),
            &format!("--advertise-client-urls={etcd}"),
            &format!("--listen-peer-urls={peer}"),
        ]);
        self.etcd = Some(spawn(command, &self.folder, "etcd.log")?);
        Ok(())
    }

    fn stop_etcd(&mut self) -> io::Result<()> {
        self.etcd.take().map_or(Ok(()), Process::terminate)
    }

    fn start_proxy(&mut self) -> io::Result<()> {
        let mut command = self.kubectl();
        command
            .args(["proxy", "--port=0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut proxy = command.spawn()?;
        let stdout = proxy.stdout.take();
        self.proxy = Some(Process(proxy));
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

fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Says that tests are skipped.
#[expect(clippy::print_stderr, reason = "whoever runs the tests has to know")]
fn skipped(why: &str) {
    eprintln!("skipped: {why}");
}

/// The folder of the binaries, whether there are any or not.
pub(crate) fn assets() -> PathBuf {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/kube");
    std::env::var_os("KUBEBUILDER_ASSETS").map_or(target, PathBuf::from)
}

fn binaries() -> Option<PathBuf> {
    let folder = assets();
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
