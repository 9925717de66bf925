//! What `--config-check` prints, and how it exits.

#![allow(clippy::unwrap_used, reason = "a test fails loudly")]
#![allow(
    clippy::needless_raw_string_hashes,
    reason = "the snapshots are written by a tool"
)]

use std::fs;
use std::process::{self, Stdio};

use snapbox::cmd::Command;
use snapbox::{assert_data_eq, file, str};

/// The example, in the folder of the repository.
fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_commands"))
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
}

/// The server, whose updater has more options, in the folder of the repository.
fn server() -> Command {
    Command::new(env!("CARGO_BIN_EXE_server_kube"))
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .env_remove("UPSTREAM_TOKEN")
        .env_remove("RUST_LOG")
        .env_remove("SERVER_KUBE_REGION")
}

const TYPOS: &str = "examples/tests/config_check/typos.yaml";

#[test]
fn a_valid_config_map_says_what_it_changes() {
    program()
        .arg("--config-check=examples/commands/configmap.yaml")
        .assert()
        .code(0)
        .stderr_eq("")
        .stdout_eq(str![[r#"
At run time:
  rollout: 0 -> 0.25
  upstream-token: ******** -> ********
By a restart:
  port: 8080 -> 9090
  dsn: (none) -> postgres://db
ConfigMap `prod/server` in examples/commands/configmap.yaml is valid

"#]]);
}

#[test]
fn every_problem_is_reported_at_once() {
    program()
        .args(["--config-check", TYPOS])
        .assert()
        .code(1)
        .stderr_eq("")
        .stdout_eq(str![[r#"
examples/tests/config_check/typos.yaml:7:3: error: `rollout`: invalid value '25%' for '--rollout <ROLLOUT>': invalid float literal
examples/tests/config_check/typos.yaml:8:3: error: `overload`: invalid value 'qeue' for '--overload <OVERLOAD>' [possible values: reject, queue]
examples/tests/config_check/typos.yaml:12:3: error: `port`: the value is a number, which the API server rejects ("cannot unmarshal number into Go struct field ConfigMap.data of type string"); quote it
examples/tests/config_check/typos.yaml: error: `dsn`: the flag is required, and no other layer has a value for it; set it in the source or on the command line
examples/tests/config_check/typos.yaml:9:3: warning: `upstream_tokn`: no flag has this name; did you mean `upstream-token`?

ConfigMap `server` in examples/tests/config_check/typos.yaml is invalid: 4 problems, 1 warning

"#]]);
}

#[test]
fn a_report_is_coloured_if_the_user_wants_it() {
    let report = |variable: &str| {
        let program = program().env(variable, "1");
        let output = program.args(["--config-check", TYPOS]).output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    };
    let coloured = report("CLICOLOR_FORCE");
    let red = "typos.yaml:7:3: \u{1b}[1m\u{1b}[31merror:\u{1b}[0m `rollout`";
    assert!(coloured.contains(red), "{coloured:?}");
    assert!(!report("NO_COLOR").contains('\u{1b}'));
}

#[test]
fn a_report_in_json_is_for_programs() {
    program()
        .args(["--config-check", TYPOS, "--config-format=json", "--dsn=x"])
        .assert()
        .code(1)
        .stdout_eq(file!["typos.json"].raw());
}

#[test]
fn the_standard_input_may_have_the_manifest() {
    let rendered = "{{- if .Values.enabled }}\nkind: ConfigMap\n{{- end }}\n";
    program()
        .args(["--config-check", "-"])
        .stdin(rendered)
        .assert()
        .code(2)
        .stdout_eq("")
        .stderr_eq(str![[r#"
<stdin>:1:3: error: invalid YAML: "-" is only valid inside a block; `{{ … }}` is a template: render it first, and check what `helm template` prints

"#]]);
}

#[test]
fn help_names_the_arguments_and_needs_nothing_else() {
    program().arg("--help").assert().code(0).stdout_eq(str![[r#"
A server whose limits can be changed without a restart

Usage: commands [OPTIONS] --dsn <DSN>

Options:
      --config-dir <DIR>
          Directory in which the ConfigMap is mounted
      --config-check <FILE|DIR|->
          Judge a ConfigMap instead of starting: a manifest, a directory, or `-` for the standard input
      --config-template[=<FLAGS>]
          Print a ConfigMap with the current values of the dynamic flags, or of all, instead of starting [possible values: dynamic, all]
      --config-schema
          Print a JSON Schema of the ConfigMap's data instead of starting
      --config-compat <FILE|->
          Compare the flags with what --config-schema of another version printed, instead of starting
      --config-policy <NAMESPACE/NAME>
          Print an admission policy, with which the API server rejects a ConfigMap that the program would reject
      --config-name <[NAMESPACE/]NAME>
          The ConfigMap that is meant, if a manifest has several, or the one that --config-template prints
      --config-format <FORMAT>
          Format of what --config-check and --config-compat print [default: text] [possible values: text, json]
      --port <PORT>
          Port to listen on [default: 8080]
      --dsn <DSN>
          The database
      --rollout <ROLLOUT>
          Fraction of requests that take the new path [default: 0]
      --overload <OVERLOAD>
          What happens to a request that is over the limit [default: reject] [possible values: reject, queue]
      --upstream-token <UPSTREAM_TOKEN>
          Token for the upstream [default: ""]
  -h, --help
          Print help

"#]]);
}

#[test]
fn the_server_judges_its_manifests() {
    server()
        .arg("--config-check=examples/server_kube/overlay.yaml")
        .assert()
        .code(0)
        .stderr_eq("")
        .stdout_eq(str![[r#"
At run time:
  rollout: 0 -> 50%
  region: local -> us-east-1
ConfigMap `server-kube-overlay` in examples/server_kube/overlay.yaml is valid

"#]]);
    let manifest = server().arg("--config-check=examples/server_kube/configmap.yaml");
    let manifest = manifest.assert().code(0).stderr_eq("");
    let report = String::from_utf8(manifest.get_output().stdout.clone()).unwrap();
    assert!(report.contains("  tone: plain -> formal\n"), "{report}");
    assert!(!report.contains("warning"), "{report}");
    let rule = server().args([
        "--config-check=examples/server_kube/configmap.yaml",
        "--in-flight=5",
    ]);
    rule.assert().code(2);
}

/// The picture in the README: `SNAPSHOTS=overwrite` writes it anew.
#[test]
fn a_report_is_shown_in_a_terminal() {
    let arguments = ["--config-check", "configmap.yaml"];
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/config_check/picture");
    let report = server()
        .current_dir(folder)
        .env("CLICOLOR_FORCE", "1")
        .env_remove("NO_COLOR")
        .args(arguments)
        .assert()
        .code(1);
    let report = String::from_utf8(report.get_output().stdout.clone()).unwrap();
    assert_data_eq!(
        format!("$ server_kube {}\n{report}", arguments.join(" ")),
        file!["../../server_kube/screenshots/check.svg": TermSvg].raw()
    );
}

#[test]
fn the_server_describes_its_flags() {
    let folder = tempfile::tempdir().unwrap();
    let print = |arguments: &[&str]| {
        let printed = server().args(arguments).assert().code(0).stderr_eq("");
        String::from_utf8(printed.get_output().stdout.clone()).unwrap()
    };
    let save = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let template = print(&["--config-template=all", "--config-name=server-kube-flags"]);
    let template = save("template.yaml", &template);
    let report = print(&["--config-check", &template]);
    assert!(
        report.ends_with("is valid, and changes no flag\n"),
        "{report}"
    );

    let schema = save("schema.json", &print(&["--config-schema"]));
    assert!(print(&["--config-compat", &schema]).starts_with("compatible"));

    let policy = print(&["--config-policy=prod/server-kube-flags"]);
    assert!(
        policy.contains("name: 'dflag.prod.server-kube-flags'"),
        "{policy}"
    );
    assert!(policy.contains("'example-my-dynamic-int'"), "{policy}");
}

/// The command line of a check that finds no problem.
#[cfg(unix)]
fn valid() -> process::Command {
    let mut command = process::Command::new(env!("CARGO_BIN_EXE_commands"));
    command
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .args(["--config-check", "-"]);
    command
}

/// Runs a command with the example's manifest as its standard input.
#[cfg(unix)]
fn run(command: &mut process::Command, closes_pipe: bool) -> (Option<i32>, String) {
    let mut child = command.spawn().unwrap();
    if closes_pipe {
        drop(child.stdout.take());
    }
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/commands/configmap.yaml");
    let mut input = child.stdin.take().unwrap();
    std::io::copy(&mut fs::File::open(manifest).unwrap(), &mut input).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    (
        output.status.code(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[cfg(unix)]
#[test]
fn a_verdict_that_nobody_can_read_is_an_error() {
    assert_eq!(run(&mut valid(), false), (Some(0), String::new()));
    // As a shell reports the programs that `SIGPIPE` ends.
    assert_eq!(run(&mut valid(), true), (Some(141), String::new()));
    if let Ok(full) = fs::OpenOptions::new().write(true).open("/dev/full") {
        let (code, error) = run(valid().stdout(full), false);
        assert_eq!(code, Some(2));
        assert!(
            error.starts_with("error: the output can't be written: "),
            "{error}"
        );
    }
}
