//! Tests of the whole derive on tokens: snapshots of expansions, and errors.

use proc_macro2::TokenStream;

use crate::derive;

/// Users' items, each with the file that has its expansion.
const SNAPSHOTS: [(&str, &str); 3] = [
    (include_str!("../snapshot/input.rs"), "expansion.rs"),
    (
        include_str!("../snapshot/subcommand_input.rs"),
        "subcommand_expansion.rs",
    ),
    (
        include_str!("../snapshot/enum_input.rs"),
        "enum_expansion.rs",
    ),
];

fn pretty(tokens: TokenStream) -> String {
    prettyplease::unparse(&syn::parse2(tokens).unwrap())
}

#[test]
fn expansions_match_the_snapshots() {
    for (input, file) in SNAPSHOTS {
        let expansion = pretty(derive(input.parse().unwrap()));
        let path = format!("{}/snapshot/{file}", env!("CARGO_MANIFEST_DIR"));
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(&path, &expansion).unwrap();
        }
        let snapshot = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            snapshot == expansion,
            "snapshot/{file} differs from the expansion:\n\n{expansion}\n\
             If the change is intended, run the test with UPDATE_EXPECT=1 and read the diff.",
        );
    }
}

fn messages(input: &str) -> Vec<String> {
    let expansion = derive(input.parse().unwrap()).to_string();
    expansion
        .split(":: core :: compile_error ! { \"")
        .skip(1)
        .filter_map(|rest| rest.split_once("\" }"))
        .map(|(message, _)| message.to_owned())
        .collect()
}

#[test]
fn every_mistake_is_reported_and_the_rest_of_a_list_is_read() {
    let messages = messages(
        "struct Args {
            #[arg(long)]
            #[flag(dinamic, validate = oops(1 2), secret, secret)]
            #[flag(trim)]
            one: u8,
            #[flag(dynamic)]
            two: u8,
        }",
    );
    assert_eq!(
        messages,
        [
            "expected `,`",
            "unknown key `dinamic`; did you mean `dynamic`?",
            "duplicate key `secret`",
            "`trim` requires a value: `trim = false`",
            "`dynamic` applies only to a flag; this argument has no long name: add `long` to its `#[arg(...)]`",
        ]
    );
}

#[test]
fn errors_come_with_a_stub() {
    let expansion = pretty(derive(
        "struct Args { #[arg(long)] #[flag(dinamic)] one: u8 }"
            .parse()
            .unwrap(),
    ));
    assert!(expansion.contains("compile_error!"), "{expansion}");
    assert!(
        expansion.contains("one: ::dflag::Dynamic<u8>"),
        "{expansion}"
    );
    assert!(
        expansion.contains("::dflag::DynamicFlags for Args"),
        "{expansion}"
    );
}
