//! What a policy looks like. These tests need no API server.

use std::path::Path;

use crate::args;

#[test]
fn policy_equals_the_snapshot() {
    let policy = args::policy(|builder| builder.deny_unknown(true).ignore(["_example", "*.orig"]));
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/admission/policy.yaml");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&file, &policy).unwrap();
    }
    let expected = std::fs::read_to_string(&file).unwrap();
    assert!(
        policy == expected,
        "it differs from {}. If the change is intended, run the test with UPDATE_EXPECT=1 and read the diff.",
        file.display()
    );
}

/// The expressions of a policy, each on one line.
fn expressions(policy: &str, key: &str) -> Vec<String> {
    let head = format!("{key}: |-\n");
    let blocks = policy.split(&head).skip(1);
    let lines = blocks.map(|block| block.lines().take_while(|line| line.starts_with("      ")));
    lines
        .map(|lines| lines.map(str::trim).collect::<Vec<_>>().join(" "))
        .collect()
}

#[test]
fn each_validation_passes_a_map_without_data() {
    let policy = args::policy(|builder| builder.deny_unknown(true));
    let expressions = expressions(&policy, "- expression");
    assert_eq!(expressions.len(), 2);
    assert!(
        expressions[0].starts_with("!has(object.data) || "),
        "{}",
        expressions[0]
    );
    assert!(
        expressions[1].starts_with("!has(object.binaryData) || "),
        "{}",
        expressions[1]
    );
}

#[test]
fn only_the_check_of_unknown_keys_iterates_over_the_keys_of_a_map() {
    let iterates = |expression: &String| {
        let fields = ["object.data", "object.binaryData"];
        let macros = [
            ".all(",
            ".exists(",
            ".filter(",
            ".map(",
            ".exists_one(",
            " .filter(",
            " .map(",
        ];
        let calls = fields
            .iter()
            .flat_map(|field| macros.map(|name| format!("{field}{name}")));
        calls.into_iter().any(|call| expression.contains(&call))
    };
    let of = |deny| {
        let policy = args::policy(|builder| builder.deny_unknown(deny));
        let expressions = expressions(&policy, "  expression");
        expressions
            .iter()
            .filter(|expression| iterates(expression))
            .count()
    };
    assert_eq!((of(false), of(true)), (0, 2));
}

#[test]
fn a_policy_is_ascii_and_names_what_is_left_to_the_program() {
    let policy = args::policy(|builder| builder);
    assert!(policy.is_ascii());
    for remark in [
        "`json`: JSON",
        "`bytes`: raw bytes",
        "`timeout`: its values",
        "`digits`: the pattern ^\\P{Greek}*$",
    ] {
        assert!(policy.contains(&format!("# - {remark}")), "{remark}");
    }
}

#[test]
fn a_secrets_value_is_not_in_the_policy() {
    let flags = |pin: &str| {
        let line = ["server", "--switches=true", pin];
        dflag::Flags::<args::Args>::describe(line).unwrap()
    };
    // Its bounds are: they are needed to reject what the program would.
    let policies = ["--pin=7", "--pin=5"].map(|pin| {
        let builder = dflag_configmap::Updater::builder(&args::flags(), "/etc/dflag");
        let command = <args::Args as clap::CommandFactory>::command();
        builder
            .admission_policy(&flags(pin), &command, "default", "flags")
            .unwrap()
    });
    assert_eq!(policies[0], policies[1]);
    assert!(policies[0].contains("an integer from 1 to 8 is required"));
    assert!(policies[0].contains("invalid value of a secret"));
}
