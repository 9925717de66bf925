//! `--config-template`, `--config-schema` and `--config-compat` of whole programs.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails loudly")]

use std::fs;
use std::path::Path;

use clap::error::ErrorKind;
use clap::{Args as _, Parser, Subcommand};
use dflag::DynamicFlags;
use dflag_configmap::commands::{Output, Stream};
use dflag_configmap::{Builder, ConfigMapArgs, ParseError};

#[derive(Clone, Parser, DynamicFlags)]
struct Server {
    #[command(flatten)]
    #[flag(flatten)]
    config: ConfigMapArgs,

    /// The database. It has no default.
    #[arg(long)]
    dsn: String,

    /// Requests in flight
    #[arg(long, default_value_t = 3, env = "DFLAG_DESCRIBE_LIMIT")]
    #[flag(dynamic)]
    limit: u8,

    /// Text on each page
    #[arg(long, default_value = "")]
    #[flag(dynamic, trim = false)]
    banner: String,

    /// Zones to serve
    #[arg(long)]
    #[flag(dynamic)]
    zones: Vec<String>,

    #[command(subcommand)]
    #[flag(subcommand)]
    command: Option<Run>,
}

#[derive(Clone, Subcommand, DynamicFlags)]
enum Run {
    #[flag(subcommand)]
    Serve(Serve),
    #[flag(subcommand)]
    Migrate(Migrate),
}

#[derive(Clone, clap::Args, DynamicFlags)]
struct Serve {
    #[arg(long, default_value_t = 8080)]
    port: u16,
}

#[derive(Clone, clap::Args, DynamicFlags)]
struct Migrate {
    #[arg(long)]
    dry_run: bool,
}

/// The same program, a version later.
#[derive(Clone, Parser, DynamicFlags)]
struct Later {
    #[command(flatten)]
    #[flag(flatten)]
    config: ConfigMapArgs,

    #[arg(long, default_value_t = 3)]
    #[flag(dynamic)]
    limit: i8,
}

type Options = fn(Builder<()>) -> Builder<()>;

const PLAIN: Options = |builder| builder;
const STRICT: Options = |builder| builder.deny_unknown(true).env_names(true).prefix("server.");

fn try_command<A>(line: &[&str], options: Options) -> Result<Output, ParseError>
where
    A: DynamicFlags + clap::CommandFactory,
{
    let line = [&["server"], line].concat();
    match ConfigMapArgs::try_parse_from_with::<A, _, _>(line, options) {
        Err(ParseError::Command(output)) => Ok(*output),
        Err(error) => Err(error),
        Ok(_) => panic!("the line asks for no command"),
    }
}

fn command(line: &[&str], options: Options) -> Output {
    try_command::<Server>(line, options).unwrap()
}

fn write(directory: &Path, name: &str, text: &str) -> String {
    let path = directory.join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_template_passes_the_check_and_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let values = [
        "--limit=9",
        "--banner= # a\n\n\tb\n",
        "--zones=- a",
        "--zones=~",
        "--dsn=db",
    ];
    for (options, arguments) in [(PLAIN, &[] as &[&str]), (STRICT, &["serve", "--port=80"])] {
        for which in ["--config-template", "--config-template=all"] {
            let line = [&[which, "--config-name=a/b"], &values[..], arguments].concat();
            let template = command(&line, options);
            assert_eq!(
                (template.exit_code(), template.stream()),
                (0, Stream::Stdout)
            );
            assert!(template.text().contains("namespace: \"a\""), "{template}");
            assert_eq!(
                template.text().contains("\"80\""),
                which.contains("all") && !arguments.is_empty()
            );
            let file = write(directory.path(), "template.yaml", &template.text());
            let line = [&["--config-check", &file], &values[..], arguments].concat();
            let check = command(&line, options);
            assert_eq!(check.exit_code(), 0, "{check}\n{template}");
            assert!(
                check.text().ends_with("is valid, and changes no flag\n"),
                "{check}"
            );
            // On another command line, it says what this one says.
            let line = [&["--config-check", &file, "--dsn=db"], arguments].concat();
            assert!(command(&line, options).text().contains("limit: 3 -> 9"));
        }
    }
}

#[test]
fn commands_need_no_required_argument() {
    let template = command(&["--config-template=all"], PLAIN);
    assert!(
        template
            .text()
            .contains("  # Required, and not set.\n  # dsn: \"\"\n"),
        "{template}"
    );
    assert_eq!(command(&["--config-schema"], PLAIN).exit_code(), 0);
    // The arguments of the commands are no flags.
    assert!(!template.text().contains("config-"), "{template}");
    let error = try_command::<Server>(&["--config-schema", "--limit=many"], PLAIN).unwrap_err();
    let ParseError::CommandLine(error) = error else {
        panic!("{error}");
    };
    assert_eq!(error.kind(), ErrorKind::ValueValidation);
}

#[test]
fn a_line_asks_for_one_command() {
    let error =
        try_command::<Server>(&["--config-schema", "--config-template"], PLAIN).unwrap_err();
    let ParseError::CommandLine(error) = error else {
        panic!("{error}");
    };
    assert_eq!(error.kind(), ErrorKind::ArgumentConflict);
    let help = ConfigMapArgs::augment_args(clap::Command::new("server"))
        .render_help()
        .to_string();
    assert!(help.contains("--config-template[=<FLAGS>]"), "{help}");
}

#[test]
fn a_schema_judges_keys_as_the_program_does() {
    let schema = command(&["--config-schema", "serve"], STRICT);
    let schema = serde_json::from_str(&schema.text()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let directory = tempfile::tempdir().unwrap();
    for (key, text, is_valid) in [
        ("server.limit", "5", true),
        ("server.limit", "many", false),
        ("server.port", "80", true),
        ("server.DFLAG_DESCRIBE_LIMIT", "5", true),
        ("server.dry_run", "many", true),
        ("server.lmit", "5", false),
        ("server.config-dir", "x", false),
        ("server.config_format", "json", false),
        ("limit", "many", true),
    ] {
        let data = serde_json::json!({ key: text });
        assert_eq!(validator.is_valid(&data), is_valid, "{key}: {text}");
        let folder = directory.path().join(format!("{key}-{text}"));
        fs::create_dir(&folder).unwrap();
        write(&folder, key, text);
        let line = [
            "--dsn=db",
            "--config-check",
            folder.to_str().unwrap(),
            "serve",
        ];
        assert_eq!(
            command(&line, STRICT).exit_code() == 0,
            is_valid,
            "{key}: {text}"
        );
    }
}

#[test]
fn the_exit_code_says_whether_a_version_is_compatible() {
    let directory = tempfile::tempdir().unwrap();
    let schema = command(&["--config-schema"], PLAIN).text();
    let file = write(directory.path(), "schema.json", &schema);

    let same = command(&["--config-compat", &file, "--limit=9"], PLAIN);
    assert_eq!(
        (same.exit_code(), same.stream()),
        (0, Stream::Stdout),
        "{same}"
    );

    let later = try_command::<Later>(&["--config-compat", &file], PLAIN).unwrap();
    assert_eq!(later.exit_code(), 1);
    let expected = "\
        break: `banner`: removed: if it has a new name, make the old one an alias\n\
        break: `dsn`: removed: if it has a new name, make the old one an alias\n\
        break: `limit`: the greatest value is 127, before 255\n\
        break: `zones`: removed: if it has a new name, make the old one an alias\n\
        note: `limit`: the least value is -128, before 0\n\
        not compatible: 4 breaks\n";
    assert_eq!(later.text(), expected);

    let json = ["--config-compat", &file, "--config-format=json"];
    let json = try_command::<Later>(&json, PLAIN).unwrap();
    assert_eq!(json.exit_code(), 1);
    let json: serde_json::Value = serde_json::from_str(&json.text()).unwrap();
    assert_eq!(json["verdict"], "incompatible");
    assert_eq!(json["findings"].as_array().unwrap().len(), 5);
}

#[test]
fn what_is_no_schema_is_unusable() {
    let directory = tempfile::tempdir().unwrap();
    let other = write(directory.path(), "config.yaml", "apiVersion: v1");
    let binary = directory.path().join("binary");
    fs::write(&binary, [0xff]).unwrap();
    for file in [
        &*other,
        binary.to_str().unwrap(),
        "/nonexistent/schema.json",
    ] {
        let output = command(&["--config-compat", file], PLAIN);
        assert_eq!((output.exit_code(), output.stream()), (2, Stream::Stderr));
        assert!(
            output.text().contains(file) && output.text().contains("error: "),
            "{output}"
        );
        let output = command(&["--config-compat", file, "--config-format=json"], PLAIN);
        assert_eq!(output.exit_code(), 2);
        let json: serde_json::Value = serde_json::from_str(&output.text()).unwrap();
        assert_eq!(json["verdict"], "unusable");
        assert!(json["error"]["message"].is_string());
    }
}

/// A program with a secret of each kind of value.
#[derive(Clone, Parser, DynamicFlags)]
struct Secrets {
    #[command(flatten)]
    #[flag(flatten)]
    config: ConfigMapArgs,

    #[arg(long, default_value = "default-secret")]
    #[flag(dynamic, secret, validate = dflag::validate::min_len(6))]
    token: String,

    #[arg(long, default_value_t = 471_147)]
    #[flag(secret, validate = dflag::validate::range(..=999_999))]
    pin: u32,

    #[arg(long, value_delimiter = ',', default_value = "old-secret")]
    #[flag(dynamic, secret)]
    keys: Vec<String>,
}

#[test]
fn no_command_prints_the_value_of_a_secret() {
    let directory = tempfile::tempdir().unwrap();
    let line = ["--token=given-secret", "--pin=123321", "--keys=a-secret,b"];
    let schema = try_command::<Secrets>(&["--config-schema"], PLAIN).unwrap();
    let old = write(directory.path(), "schema.json", &schema.text());
    let manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  pin: \"321123\"\n  token: new-secret\n  \
                    keys: '[c-secret, d]'\n";
    let manifest = write(directory.path(), "manifest.yaml", manifest);
    let wrong = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  pin: 9321123\n  token: [new-secret]\n";
    let wrong = write(directory.path(), "wrong.yaml", wrong);
    for (asks, exit_code) in [
        (&["--config-template=all"][..], 0),
        (&["--config-schema"], 0),
        (&["--config-policy=a/b"], 0),
        (&["--config-compat", &old], 0),
        (&["--config-check", &manifest], 0),
        (&["--config-check", &wrong], 1),
    ] {
        for format in ["text", "json"] {
            let format = format!("--config-format={format}");
            let line = [asks, &line[..], &[&format]].concat();
            let output = try_command::<Secrets>(&line, PLAIN).unwrap();
            assert_eq!(output.exit_code(), exit_code, "{output}");
            for value in ["-secret", "471147", "123321", "321123"] {
                assert!(!output.text().contains(value), "{asks:?}: {output}");
            }
        }
    }
}
