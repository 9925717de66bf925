//! The pod of a token that a real API server issues, and an Event that names it.

#![allow(clippy::unwrap_used, reason = "a test fails loudly")]

use std::process::Output;
use std::time::{Duration, SystemTime};

use dflag_tests::api_server::ApiServer;
use dflag_tests::wait;

use super::{Events, EventsOn, Reason, json};
use crate::name::ObjectName;

const POD: &str = "
apiVersion: v1
kind: Pod
metadata: {name: server-1}
spec:
  serviceAccountName: server
  containers: [{name: server, image: server}]
";

#[test]
fn event_names_the_pod_of_a_bound_token_so_that_kubectl_describes_it() {
    let folder = tempfile::tempdir().unwrap();
    let Some(server) = ApiServer::start(folder.path()).unwrap() else {
        return;
    };
    let run = |arguments: &[&str]| -> Output {
        let output = server.kubectl().args(arguments).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {errors}");
        output
    };
    let text = |output: &Output| String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let create = |name: &str, content: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, content).unwrap();
        run(&["create", "--filename", file.to_str().unwrap()]);
    };
    run(&["create", "serviceaccount", "server"]);
    create("pod.yaml", POD);
    let token = text(&run(&[
        "create",
        "token",
        "server",
        "--bound-object-kind=Pod",
        "--bound-object-name=server-1",
    ]));
    let events = Events::new(EventsOn::Pod, std::time::Instant::now());
    let name = ObjectName::new("default", "flags").unwrap();
    let subject = events.subject(&name, "of the ConfigMap", Some(&token));
    let uid = run(&[
        "get",
        "pod",
        "server-1",
        "--output=jsonpath={.metadata.uid}",
    ]);
    assert_eq!((subject.kind, &*subject.name), ("Pod", "server-1"));
    assert_eq!(subject.uid, text(&uid));
    let event = json(
        &subject,
        Reason::Rejected,
        "invalid value 'many'",
        SystemTime::now(),
    );
    create("event.json", &event);
    wait::until(Duration::from_secs(60), "the Event", || {
        let described = text(&run(&["describe", "pod", "server-1"]));
        described.contains("FlagsRejected") && described.contains("invalid value 'many'")
    });
}
