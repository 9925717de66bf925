//! Mutations of real manifests: nothing panics, and every reported position is that of the reported key.
//!
//! `DFLAG_MUTATIONS` is the number of mutations, and `DFLAG_MUTATIONS_SEED` the first seed.

use std::env;
use std::fs;
use std::path::Path;

use crate::oracle;

/// What is inserted: everything that means something in YAML.
const TOKENS: [&str; 52] = [
    ":",
    ": ",
    "\n",
    "\r\n",
    "\r",
    "\t",
    "  ",
    " ",
    "- ",
    "#",
    " #",
    "\"",
    "'",
    "|",
    "|-",
    ">+",
    "{",
    "}",
    "[",
    "]",
    ",",
    "&a ",
    "*a",
    "<<: ",
    "<<: *defaults\n",
    "!!str ",
    "!!binary ",
    "!x ",
    "---\n",
    "...\n",
    "? ",
    "on",
    "0x1F",
    "~",
    "\\u00e9",
    "\\ud83d\\ude00",
    "\\",
    "é",
    "😀",
    "\u{feff}",
    "\u{85}",
    "data:",
    "binaryData:",
    "kind: ConfigMap",
    "%",
    "@",
    "`",
    "\n  a: b",
    "\n  limit: \"5\"",
    "{{ .x }}",
    "items:",
    "\u{0}",
];

#[test]
fn no_mutation_of_a_manifest_panics_or_moves_a_key() {
    let number = |name: &str, default| {
        let text = env::var(name).ok();
        text.map_or(default, |text| text.parse().unwrap())
    };
    let mutations = number("DFLAG_MUTATIONS", 4_000);
    let mut random = fastrand::Rng::with_seed(number("DFLAG_MUTATIONS_SEED", 1));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/check/manifests");
    let mut manifests: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect();
    manifests.sort();
    let dir = crate::common::memory_dir();
    let path = dir.path().join("cm.yaml");
    let (mut usable, mut keys) = (0, 0);
    for _ in 0..mutations {
        let mut manifest = random.choice(&manifests).unwrap().clone();
        for _ in 0..random.usize(1..4) {
            mutate(&mut manifest, &mut random);
        }
        let checked = oracle::check(&path, &manifest);
        usable += u64::from(checked.is_usable);
        keys += checked.keys;
    }
    assert!(
        usable * 4 > mutations && keys * 2 > mutations,
        "{usable} usable, {keys} keys"
    );
}

fn mutate(manifest: &mut String, random: &mut fastrand::Rng) {
    let position = |manifest: &str, random: &mut fastrand::Rng| {
        let mut at = random.usize(..=manifest.len());
        while !manifest.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let at = position(manifest, random);
    let token = *random.choice(&TOKENS).unwrap();
    let after = |count: usize| {
        let length: usize = manifest[at..].chars().take(count).map(char::len_utf8).sum();
        at + length
    };
    let start = manifest[..at].rfind('\n').map_or(0, |index| index + 1);
    let end = manifest[at..]
        .find('\n')
        .map_or(manifest.len(), |index| at + index + 1);
    match random.u8(..6) {
        0 => manifest.insert_str(at, token),
        1 => {
            let end = after(token.len());
            manifest.replace_range(at..end, token);
        }
        2 => {
            let end = after(random.usize(1..4));
            manifest.replace_range(at..end, "");
        }
        3 => manifest.replace_range(start..end, ""),
        4 => {
            let line = manifest[start..end].to_owned();
            let to = position(manifest, random);
            let to = manifest[..to].rfind('\n').map_or(0, |index| index + 1);
            manifest.insert_str(to, &line);
        }
        _ => {
            let spaces = " ".repeat(random.usize(1..4));
            manifest.insert_str(start, &spaces);
        }
    }
}
