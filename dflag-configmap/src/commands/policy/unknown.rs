//! Unknown keys, if the program rejects them.
//!
//! This is the only check that iterates over the keys of a map. It looks each up in a constant, and leaves maps with so
//! many keys that this would cost too much to the program.

use std::collections::BTreeSet;

use clap::Command;
use dflag::FlagSchema;

use super::cel::quoted;
use super::keys::{names_of_command, pure, variables_of_command};
use super::manifest::Variable;
use crate::commands::owners::names;
use crate::commands::syntax::is_key;
use crate::options::Options;

/// The number of keys up to which a map is judged.
const MAX_KEYS: usize = 4000;

/// The size of an expression with constants, so that it stays below the API server's limit of 100,000 characters.
const MAX_SIZE: usize = 40_000;

/// What the evaluation may cost. The API server's limit is 1,000,000.
const MAX_COST: usize = 800_000;

/// What looking a key up costs, at most.
const LOOKUP_COST: usize = 100;

/// What matching a key with an expression costs for each of its characters: a key has up to 253.
const MATCH_COST: usize = 7;

/// The length of the expression for ignored keys, at most.
const MAX_PATTERN: usize = 400;

/// The variables whose problems are the unknown keys.
pub(super) fn variables(
    flags: &[FlagSchema],
    command: &Command,
    options: &Options,
    remarks: &mut Vec<String>,
) -> Vec<Variable> {
    let Some(ignored) = ignored(&options.keys.ignored) else {
        remarks.push("unknown keys: the patterns of ignored keys are too long".to_owned());
        return Vec::new();
    };
    let max_keys = MAX_COST / (LOOKUP_COST + MATCH_COST * ignored.len());
    let max_keys = max_keys.min(MAX_KEYS);
    let mut variables = Vec::new();
    let known: Vec<String> = known(flags, command, options)
        .iter()
        .map(|key| quoted(key))
        .collect();
    let mut entries = String::new();
    for key in known {
        if entries.len() + key.len() > MAX_SIZE {
            variables.push(constants(variables.len(), &entries));
            entries.clear();
        }
        entries.extend(["  ", &key, ": 0,\n"]);
    }
    variables.push(constants(variables.len(), &entries));
    let is_known = variables
        .iter()
        .map(|known| format!("k in variables.{}", known.name));
    let mut is_known: Vec<String> = is_known.collect();
    is_known.push("k.startsWith('.')".to_owned());
    if !options.keys.prefix.is_empty() {
        is_known.push(format!("!k.startsWith({})", quoted(&options.keys.prefix)));
    }
    if !ignored.is_empty() {
        is_known.push(format!("k.matches({})", quoted(&ignored)));
    }
    let is_known = is_known.join(" || ");
    for (field, name, binary) in [
        ("data", "unknown_keys", false),
        ("binaryData", "unknown_binary_keys", true),
    ] {
        let expression = format!(
            "!has(object.{field}) || object.{field}.size() > {max_keys} ? [] : object.{field}\n\
             .filter(k, !({is_known}))\n\
             .map(k, '`' + k + '`: no flag has this name, with `-` only or with `_` only')"
        );
        variables.push(Variable {
            name: name.to_owned(),
            expression,
            has_problems: true,
            binary,
        });
    }
    remarks.push(format!(
        "unknown keys of a map with more than {max_keys} keys"
    ));
    variables
}

fn constants(index: usize, entries: &str) -> Variable {
    Variable {
        name: format!("known_keys_{}", index + 1),
        expression: format!("{{\n{entries}}}"),
        has_problems: false,
        binary: false,
    }
}

/// The keys that the program knows, those of its other subcommands and other sets of flags among them.
fn known(flags: &[FlagSchema], command: &Command, options: &Options) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = flags.iter().flat_map(names).map(str::to_owned).collect();
    let infos = options.others.infos();
    names.extend(infos.iter().flat_map(|info| {
        let aliases = info.aliases.iter().cloned();
        aliases.chain([info.name.clone()])
    }));
    names.extend(names_of_command(command));
    let mut known: BTreeSet<String> = names.iter().flat_map(|name| pure(name)).collect();
    if options.env_names {
        known.extend(variables_of_command(command));
        known.extend(flags.iter().filter_map(|flag| flag.info.env.clone()));
        known.extend(infos.into_iter().filter_map(|info| info.env));
    }
    let keys = known.iter().map(|name| options.keys.key(name));
    keys.filter(|key| is_key(key)).collect()
}

/// The patterns of ignored keys as one regular expression; `None` if it would cost too much.
fn ignored(patterns: &[String]) -> Option<String> {
    if patterns.is_empty() {
        return Some(String::new());
    }
    let mut expression = String::from("^(");
    for (index, pattern) in patterns.iter().enumerate() {
        if index > 0 {
            expression.push('|');
        }
        for character in pattern.chars() {
            match character {
                '*' => expression.push_str(".*"),
                '?' => expression.push('.'),
                _ if character.is_ascii_punctuation() => expression.extend(['\\', character]),
                _ => expression.push(character),
            }
        }
    }
    expression.push_str(")$");
    (expression.len() <= MAX_PATTERN).then_some(expression)
}

#[cfg(test)]
mod tests {
    use super::ignored;

    #[test]
    fn patterns_of_ignored_keys_become_one_expression() {
        let patterns = ["_example".to_owned(), "*.orig".to_owned(), "a?".to_owned()];
        assert_eq!(
            ignored(&patterns).as_deref(),
            Some(r"^(\_example|.*\.orig|a.)$")
        );
        assert_eq!(ignored(&[]).as_deref(), Some(""));
        assert_eq!(ignored(&["a".repeat(500)]), None);
    }
}
