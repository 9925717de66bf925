//! What an API server answers about one ConfigMap, as far as a follower asks. It needs no binaries.
//!
//! What is tested against it is tested against a real server as well, where there is one.

use std::io;
use std::net::TcpStream;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::http::{Request, Server, begin_chunks, respond, write_chunk};

/// How long a watch waits before it looks whether its client is gone.
const TICK: Duration = Duration::from_millis(50);

/// A server of the ConfigMap `default/flags`.
#[derive(Debug)]
pub struct FakeApi {
    server: Server,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    inner: Mutex<Inner>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Inner {
    version: u64,
    objects: u64,
    object: Option<Value>,
    /// Events, by the version that they lead to.
    events: Vec<(u64, Value)>,
    /// Watches from before this version are too old.
    compacted: u64,
    bookmarks: bool,
    posted: Vec<Value>,
}

impl State {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FakeApi {
    /// Starts a server without the object.
    ///
    /// # Errors
    /// If there is no free port.
    pub fn start() -> io::Result<Self> {
        let state = Arc::new(State::default());
        state.lock().version = 100;
        let of_server = Arc::clone(&state);
        let server = Server::start(move |request, stream| answer(&of_server, &request, stream))?;
        Ok(Self { server, state })
    }

    /// Its address, `127.0.0.1:PORT`.
    pub fn address(&self) -> String {
        self.server.address()
    }

    /// Creates the object, or replaces its `data`.
    pub fn write(&self, data: &[(&str, &str)]) {
        let data: Value = data.iter().map(|(key, value)| (*key, *value)).collect();
        let mut inner = self.state.lock();
        inner.version += 1;
        let kind = if inner.object.is_some() {
            "MODIFIED"
        } else {
            "ADDED"
        };
        if inner.object.is_none() {
            inner.objects += 1;
        }
        let object = json!({
            "kind": "ConfigMap", "apiVersion": "v1",
            "metadata": {
                "name": "flags", "namespace": "default", "uid": format!("uid-{}", inner.objects),
                "resourceVersion": inner.version.to_string(),
                "managedFields": [{"manager": "test", "time": "2026-01-01T00:00:00Z"}],
            },
            "data": data,
        });
        inner.object = Some(object.clone());
        let version = inner.version;
        inner
            .events
            .push((version, json!({"type": kind, "object": object})));
        self.state.changed.notify_all();
    }

    /// Deletes the object.
    pub fn delete(&self) {
        let mut inner = self.state.lock();
        inner.version += 1;
        let version = inner.version;
        if let Some(object) = inner.object.take() {
            inner
                .events
                .push((version, json!({"type": "DELETED", "object": object})));
        }
        self.state.changed.notify_all();
    }

    /// Makes versions go back, as a restore of etcd does: the object has `data` and the version of before. Watches are
    /// silent.
    pub fn restore(&self, version: u64, data: &[(&str, &str)]) {
        let data: Value = data.iter().map(|(key, value)| (*key, *value)).collect();
        let mut inner = self.state.lock();
        inner.version = version;
        inner.events.clear();
        if let Some(object) = &mut inner.object {
            if let Some(of_object) = object.get_mut("data") {
                *of_object = data;
            }
            if let Some(of_object) = object.pointer_mut("/metadata/resourceVersion") {
                *of_object = version.to_string().into();
            }
        }
    }

    /// Forgets the events until now, so that a watch from before is answered 410.
    pub fn compact(&self) {
        let mut inner = self.state.lock();
        inner.version += 1;
        inner.compacted = inner.version;
        inner.events.clear();
    }

    /// Makes watches send bookmarks all the time.
    pub fn send_bookmarks(&self) {
        self.state.lock().bookmarks = true;
    }

    /// The objects that were created by a POST.
    pub fn posted(&self) -> Vec<Value> {
        self.state.lock().posted.clone()
    }
}

fn answer(state: &State, request: &Request, mut stream: TcpStream) -> io::Result<()> {
    if request.line.starts_with("POST") {
        let body = serde_json::from_slice(&request.body).unwrap_or_default();
        state.lock().posted.push(body);
        return respond(&mut stream, 201, &[], "{}");
    }
    if request.is_watch() {
        return watch(state, request, &mut stream);
    }
    let list = {
        let inner = state.lock();
        let items: Vec<&Value> = inner.object.iter().collect();
        let metadata = json!({"resourceVersion": inner.version.to_string()});
        json!({"kind": "ConfigMapList", "metadata": metadata, "items": items})
    };
    respond(&mut stream, 200, &[], &list.to_string())
}

fn watch(state: &State, request: &Request, stream: &mut TcpStream) -> io::Result<()> {
    let from = request.parameter("resourceVersion");
    let mut sent: u64 = from.and_then(|version| version.parse().ok()).unwrap_or(0);
    begin_chunks(stream)?;
    loop {
        let mut inner = state.lock();
        if sent < inner.compacted {
            drop(inner);
            let status =
                json!({"kind": "Status", "message": "too old resource version", "code": 410});
            let line = json!({"type": "ERROR", "object": status});
            write_chunk(stream, format!("{line}\n").as_bytes())?;
            return write_chunk(stream, b"");
        }
        if !inner.events.iter().any(|(version, _)| *version > sent) {
            let waited = state.changed.wait_timeout(inner, TICK);
            inner = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        if sent < inner.compacted {
            continue;
        }
        let new = inner.events.iter().filter(|(version, _)| *version > sent);
        let mut lines: Vec<Value> = new.map(|(_, event)| event.clone()).collect();
        // A version from the future stays one.
        sent = sent.max(inner.version);
        if inner.bookmarks {
            let metadata = json!({"resourceVersion": inner.version.to_string()});
            lines.push(
                json!({"type": "BOOKMARK", "object": {"kind": "ConfigMap", "metadata": metadata}}),
            );
        }
        drop(inner);
        for line in lines {
            write_chunk(stream, format!("{line}\n").as_bytes())?;
        }
    }
}
