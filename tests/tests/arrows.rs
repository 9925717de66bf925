//! The architecture, as far as manifests and imports show it.
//!
//! A crate depends on no more than the design allows, and the *rooms* of a crate import each other in one
//! direction. A room is a top-level module with everything below it: `src/flags.rs` is the room `flags`,
//! and `src/layers/parse.rs` belongs to the room `layers`.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{fs, process};

struct Crate {
    name: &'static str,
    /// The crates that it may depend on, in what is built for its users.
    dependencies: &'static str,
    /// Arrows that must not exist, cycle or not.
    forbidden: &'static [(&'static str, &'static str)],
    /// Arrows that may close a cycle. Each needs a comment that says why.
    exceptions: &'static [(&'static str, &'static str)],
}

const CRATES: [Crate; 6] = [
    Crate {
        name: "dflag",
        dependencies: "arc-swap base64 clap dflag-derive fnv futures-core humantime regex serde serde_json strsim thiserror tracing",
        forbidden: &[
            ("read", "layers"),
            ("read", "publish"),
            ("fields", "layers"),
        ],
        // The trait `DynamicFlags` yields a `Flags`, and is a bound of it.
        exceptions: &[("flags", "dynamic_flags")],
    },
    Crate {
        name: "dflag-derive",
        dependencies: "proc-macro2 quote strsim syn",
        forbidden: &[("attr", "check"), ("check", "expand")],
        exceptions: &[],
    },
    Crate {
        name: "dflag-configmap",
        dependencies: "anstream base64 clap dflag fnv libc notify regex-syntax saphyr-parser serde serde_json thiserror tracing",
        forbidden: &[
            ("volume", "sync"),
            ("volume", "watch"),
            ("apply", "sync"),
            ("apply", "watch"),
            ("apply", "source"),
            ("parse", "commands"),
        ],
        exceptions: &[],
    },
    Crate {
        name: "dflag-endpoint",
        dependencies: "askama axum base64 dflag flate2 form_urlencoded futures-core futures-util humantime metrics \
                       serde serde_json subtle thiserror tokio tower-http tracing",
        forbidden: &[("security", "page"), ("json", "page"), ("metrics", "page")],
        exceptions: &[],
    },
    Crate {
        name: "dflag-kube",
        dependencies: "base64 clap dflag dflag-configmap fastrand http http-body-util humantime hyper-util \
                       k8s-openapi kube serde serde_json thiserror tokio tower tracing",
        // What decides knows neither the network nor a clock.
        forbidden: &[
            ("judge", "client"),
            ("judge", "watch"),
            ("client", "watch"),
            ("watch", "worker"),
        ],
        exceptions: &[],
    },
    Crate {
        name: "dflag-tracing",
        dependencies: "arc-swap clap dflag strsim thiserror tracing tracing-log tracing-subscriber",
        forbidden: &[
            ("log_filter", "dynamic_filter"),
            ("directive", "log_filter"),
        ],
        exceptions: &[],
    },
];

#[test]
fn crates_depend_on_no_more_than_the_design_allows() {
    let metadata = process::Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version=1"])
        .output();
    let metadata: serde_json::Value = serde_json::from_slice(&metadata.unwrap().stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    for of in CRATES {
        let allowed: BTreeSet<&str> = of.dependencies.split_whitespace().collect();
        let package = packages.iter().find(|package| package["name"] == of.name);
        for dependency in package.unwrap()["dependencies"].as_array().unwrap() {
            let name = dependency["name"].as_str().unwrap();
            let is_allowed = dependency["kind"] == "dev" || allowed.contains(name);
            assert!(is_allowed, "{} must not depend on {name}", of.name);
        }
    }
}

#[test]
fn rooms_import_each_other_in_one_direction() {
    let problems = CRATES.iter().flat_map(|of| problems(of, &sources(of.name)));
    let problems: Vec<String> = problems.collect();
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

/// Hidden items exist for the code that the derive generates, and for nothing else.
#[test]
fn crates_use_only_the_public_interface_of_dflag() {
    for name in [
        "dflag-configmap",
        "dflag-endpoint",
        "dflag-kube",
        "dflag-tracing",
    ] {
        for (file, text) in sources(name) {
            assert!(!text.contains("::__"), "{name}/{file} uses a hidden item");
        }
    }
}

/// A crate's source files, by their paths below `src`.
fn sources(name: &str) -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name);
    let src = root.join("src");
    let (mut files, mut folders) = (BTreeMap::new(), vec![src.clone()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let file = path.strip_prefix(&src).unwrap().to_str().unwrap();
                files.insert(file.to_owned(), fs::read_to_string(&path).unwrap());
            }
        }
    }
    files
}

/// An importing room and an imported one.
type Arrow<'a> = (&'a str, &'a str);

/// What is wrong with the imports of a crate.
fn problems<'a>(of: &Crate, files: &'a BTreeMap<String, String>) -> BTreeSet<String> {
    let room_of = |file: &'a str| file.split(['/', '.']).next().unwrap();
    // By convention, these modules exist in tests only.
    let is_test = |file: &str| file.ends_with("tests.rs") || file.ends_with("loom.rs");
    let files = files
        .iter()
        .filter(|(file, _)| *file != "lib.rs" && !is_test(file));
    let rooms: BTreeSet<&str> = files.clone().map(|(file, _)| room_of(file)).collect();

    let mut problems = BTreeSet::new();
    let mut arrows: BTreeMap<Arrow<'_>, &str> = BTreeMap::new();
    for (file, text) in files {
        for name in names_in_root(file, text) {
            // `private.rs` is the module `__private`.
            let Some(room) = rooms.get(name.trim_start_matches("__")) else {
                let advice = "import it from the module that defines it";
                problems.insert(format!("{file} imports `crate::{name}`: {advice}"));
                continue;
            };
            if *room != room_of(file) {
                arrows.insert((room_of(file), room), file);
            }
        }
    }
    for (from, to) in of.forbidden {
        if let Some(file) = arrows.get(&(*from, *to)) {
            problems.insert(format!("{from} must not import {to}, but {file} does"));
        }
        for room in [from, to].into_iter().filter(|room| !rooms.contains(*room)) {
            problems.insert(format!("{room} of a forbidden import does not exist"));
        }
    }
    for (from, to) in of.exceptions {
        if arrows.remove(&(*from, *to)).is_none() {
            problems.insert(format!("{from} does not import {to}: remove the exception"));
        }
    }
    remove_acyclic(&mut arrows);
    for ((from, to), file) in arrows {
        let cycle = "which closes a cycle";
        problems.insert(format!("{from} imports {to} in {file}, {cycle}"));
    }
    problems
        .iter()
        .map(|problem| format!("{}: {problem}", of.name))
        .collect()
}

/// The names that follow `crate::`, or as many `super::` as mean the same in this file.
/// Comments and items for tests are left out.
fn names_in_root(file: &str, text: &str) -> BTreeSet<String> {
    let mut code = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("#[cfg(") && line.contains("test") {
            // rustfmt ends each item this way.
            lines.find(|line| *line == "}" || (line.ends_with(';') && !line.starts_with(' ')));
        } else {
            code.extend(line.split("//").take(1).chain(["\n"]));
        }
    }
    let depth = file.trim_end_matches("/mod.rs").split('/').count();
    let code = code.replace(&"super::".repeat(depth), "crate::");
    let paths = code.split("crate::").skip(1);
    let names = paths.map(|path| {
        path.split(|c: char| !c.is_alphanumeric() && c != '_')
            .next()
    });
    names.map(|name| name.unwrap().to_owned()).collect()
}

/// Removes each arrow that no cycle leads to or comes from.
fn remove_acyclic(arrows: &mut BTreeMap<Arrow<'_>, &str>) {
    let mut before = usize::MAX;
    while arrows.len() < before {
        before = arrows.len();
        let (from, to): (BTreeSet<&str>, BTreeSet<&str>) = arrows.keys().copied().unzip();
        arrows.retain(|arrow, _| to.contains(arrow.0) && from.contains(arrow.1));
    }
}

#[test]
fn problems_are_found() {
    let of = Crate {
        name: "made-up",
        dependencies: "",
        forbidden: &[("low", "high")],
        exceptions: &[("excepted", "high")],
    };
    let in_tests = "#[cfg(test)]\nmod tests {\n    use crate::high;\n}";
    let after_tests = "#[cfg(test)]\nuse a;\nuse super::super::high;";
    for (file, code, expected) in [
        ("mid/b.rs", "use crate::low::Low;", ""),
        ("mid/b.rs", "use super::Mid; // not crate::high", ""),
        ("mid/b.rs", in_tests, ""),
        ("mid/tests.rs", "use crate::high;", ""),
        ("mid/b.rs", "use crate::high::High;", "high imports mid in"),
        (
            "mid/b.rs",
            "fn b() { crate::high::b() }",
            "mid imports high",
        ),
        ("mid/b.rs", after_tests, "mid imports high in mid/b.rs"),
        (
            "low.rs",
            "use super::mid::Mid;",
            "low imports mid in low.rs",
        ),
        (
            "low.rs",
            "use crate::high::High;",
            "low must not import high",
        ),
        ("low.rs", "use crate::High;", "imports `crate::High`"),
        ("low.rs", "use crate::{mid, High};", "imports `crate::`"),
    ] {
        let mut files = BTreeMap::from([
            ("lib.rs", "pub use high::High;"),
            ("excepted.rs", "use crate::high::High;"),
            ("high.rs", "use crate::excepted::E; use crate::mid::Mid;"),
            ("low.rs", ""),
            ("mid/mod.rs", "use crate::low::Low;"),
        ]);
        files.insert(file, code);
        let files = files
            .iter()
            .map(|(file, code)| (file.to_string(), code.to_string()));
        let problems: String = problems(&of, &files.collect()).into_iter().collect();
        assert!(problems.contains(expected), "{code}: {problems}");
        assert_eq!(
            problems.is_empty(),
            expected.is_empty(),
            "{code}: {problems}"
        );
    }
}
