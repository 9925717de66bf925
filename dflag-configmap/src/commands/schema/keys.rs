//! Keys: under which keys a ConfigMap has which flag.
//!
//! A key is a flag's name, alias or id, in which `-` and `_` are the same, after the prefix.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use dflag::FlagSchema;

use crate::arguments::normalize;
use crate::commands::owners::{Owners, names};
use crate::commands::syntax::is_key;
use crate::options::Options;

use super::expression::{any, literal};

/// The keys of all flags.
pub(super) struct Keys {
    /// Each name, and each environment variable where these are keys.
    pub(super) properties: Vec<Key>,
    /// Expressions of further keys, and the flag that they set. Of `None`, nothing is known of the texts.
    pub(super) patterns: Vec<(String, Option<usize>)>,
    /// Whether any other key is an error.
    pub(super) deny_others: bool,
}

pub(super) struct Key {
    pub(super) name: String,
    /// The flag whose texts are the valid ones, if that is certain.
    pub(super) constrained_by: Option<usize>,
    /// The flag that it is the name of.
    pub(super) describes: Option<usize>,
}

impl Keys {
    pub(super) fn new(flags: &[FlagSchema], options: &Options, ignored: &[String]) -> Self {
        let owners = Owners::of(flags);
        let mut keys = Self {
            properties: Vec::new(),
            patterns: Vec::new(),
            deny_others: options.deny_unknown && options.others.is_empty(),
        };
        for (flag, schema) in flags.iter().enumerate() {
            let name = &*schema.info.name;
            // Without its own name, it is as unknown as any other.
            if owners.is_shared(name) {
                let key = literal(&options.keys.key(name));
                keys.patterns.push((exactly(&key), None));
            } else if let Some(name) = describing(flag, schema, &owners, options) {
                keys.properties.push(Key {
                    constrained_by: owners.by_name(name).filter(|only| *only == flag),
                    name: options.keys.key(name),
                    describes: Some(flag),
                });
            }
            keys.add_spellings(flag, schema, &owners, options);
        }
        if options.env_names {
            keys.add_variables(flags, options);
        }
        if keys.deny_others {
            keys.add_ignored(options, ignored);
        }
        keys
    }

    /// Adds the other ways to write the names of a flag.
    fn add_spellings(
        &mut self,
        flag: usize,
        schema: &FlagSchema,
        owners: &Owners,
        options: &Options,
    ) {
        let names = names(schema).filter(|name| is_key(&options.keys.key(name)));
        let (mut certain, mut uncertain) = (Vec::new(), Vec::new());
        for name in names {
            if name == schema.info.name && !name.contains(['-', '_']) {
                continue;
            }
            let spellings = literal(&options.keys.prefix) + &spellings(name);
            let is_certain =
                owners.by_spelling(name) == Some(flag) && !may_be_ignored(options, name);
            if is_certain {
                &mut certain
            } else {
                &mut uncertain
            }
            .push(spellings);
        }
        for (names, flag) in [(certain, Some(flag)), (uncertain, None)] {
            if !names.is_empty() {
                self.patterns.push((exactly(&any(&names)), flag));
            }
        }
    }

    fn add_variables(&mut self, flags: &[FlagSchema], options: &Options) {
        let mut variables: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (flag, schema) in flags.iter().enumerate() {
            if let Some(variable) = &schema.info.env {
                variables.entry(variable).or_default().push(flag);
            }
        }
        for (variable, flags) in variables {
            let name = options.keys.key(variable);
            let is_new = self.properties.iter().all(|key| key.name != name);
            if is_new && is_key(&name) && options.keys.name(&name).is_some() {
                let constrained_by = match flags[..] {
                    [flag] => Some(flag),
                    _ => None,
                };
                self.properties.push(Key {
                    name,
                    constrained_by,
                    describes: None,
                });
            }
        }
    }

    /// Adds the keys that are no error although they set no flag.
    fn add_ignored(&mut self, options: &Options, ignored: &[String]) {
        let prefix = literal(&options.keys.prefix);
        let mut expressions = vec!["\\.[^\\n]*".to_owned()];
        expressions.extend(
            options
                .keys
                .ignored
                .iter()
                .map(|glob| glob_expression(glob)),
        );
        expressions.extend(
            ignored
                .iter()
                .filter(|name| is_key(&options.keys.key(name)))
                .map(|name| format!("{prefix}{}", spellings(name))),
        );
        expressions.extend(without(&options.keys.prefix));
        let expressions = expressions
            .iter()
            .map(|expression| (exactly(expression), None));
        self.patterns.extend(expressions);
    }
}

/// The name whose key describes a flag: its long name or, if no ConfigMap can have that, an alias.
fn describing<'a>(
    flag: usize,
    schema: &'a FlagSchema,
    owners: &Owners,
    options: &Options,
) -> Option<&'a str> {
    let is_own = |name: &str| name == schema.info.name || owners.by_name(name) == Some(flag);
    let mut names = names(schema).filter(|name| is_own(name));
    let name = names.find(|name| is_key(&options.keys.key(name)))?;
    options.keys.name(&options.keys.key(name)).map(|_| name)
}

/// Whether the program ignores some spelling of a name. More may seem so than are.
fn may_be_ignored(options: &Options, name: &str) -> bool {
    if options.keys.ignored.is_empty() {
        return false;
    }
    let mut keys = options.keys.clone();
    keys.ignored
        .iter_mut()
        .for_each(|pattern| *pattern = normalize(pattern));
    keys.prefix = normalize(&keys.prefix);
    keys.name(&normalize(&options.keys.key(name))).is_none()
}

/// An expression for a name in every spelling.
fn spellings(name: &str) -> String {
    literal(name)
        .replace("\\-", "-")
        .replace(['-', '_'], "[-_]")
}

fn exactly(expression: &str) -> String {
    format!("^{expression}$")
}

/// The expression of a pattern in which `*` stands for any text and `?` for one character.
fn glob_expression(glob: &str) -> String {
    let mut expression = String::new();
    for character in glob.chars() {
        match character {
            '*' => expression.push_str("[^\\n]*"),
            '?' => expression.push_str("[^\\n]"),
            _ => expression += &literal(&character.to_string()),
        }
    }
    expression
}

/// An expression for the keys that do not begin with a prefix.
fn without(prefix: &str) -> Option<String> {
    let mut expressions = Vec::new();
    let mut before = String::new();
    for character in prefix.chars() {
        let text = literal(&character.to_string());
        let mut expression = before.clone();
        let _ = write!(expression, "(?:[^\\n{}][^\\n]*)?", in_class(character));
        expressions.push(expression);
        before += &text;
    }
    (!expressions.is_empty()).then(|| any(&expressions))
}

/// A character within the brackets of a class.
pub(super) fn in_class(character: char) -> String {
    let is_special = matches!(character, '\\' | ']' | '[' | '^' | '-');
    let escape = if is_special { "\\" } else { "" };
    format!("{escape}{character}")
}
