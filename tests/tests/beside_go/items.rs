//! The guide names every exported item of the original.

use std::collections::BTreeSet;

use crate::original;

const GUIDE: &str = include_str!("../../../dflag/src/guide/coming_from_go.md");

/// The names of the exported functions, types and methods in what `go doc -all` prints of a package.
fn items(documentation: &str) -> BTreeSet<&str> {
    let declarations = documentation.lines().filter_map(|line| {
        let line = line
            .strip_prefix("func ")
            .or_else(|| line.strip_prefix("type "))?;
        // A method has its receiver first.
        let method = line
            .strip_prefix('(')
            .and_then(|line| line.split_once(") "));
        let name = method.map_or(line, |(_, method)| method);
        name.split(|character: char| !character.is_alphanumeric())
            .next()
    });
    declarations.collect()
}

#[test]
fn guide_names_every_exported_item_of_the_original() {
    let words: BTreeSet<&str> = GUIDE
        .split(|character: char| !character.is_alphanumeric())
        .collect();
    for package in ["", "/configmap", "/dynloglevel", "/endpoint"] {
        let Some(documentation) = original::documentation(&format!("fortio.org/dflag{package}"))
        else {
            return;
        };
        let items = items(&documentation);
        assert!(items.len() >= 2, "{documentation}");
        let missing: Vec<_> = items.difference(&words).collect();
        assert!(missing.is_empty(), "the guide does not name {missing:?}");
    }
}
