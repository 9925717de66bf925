//! Keys: under which a map sets each flag.

use std::collections::BTreeSet;

use clap::Command;
use dflag::FlagSchema;

use crate::arguments::{self, all_flags, normalize};
use crate::commands::owners::{Owners, names};
use crate::commands::syntax::is_key;
use crate::options::Options;

/// The number of separators in a name up to which its mixed spellings are named: they are 14 then.
const MAX_SEPARATORS: usize = 4;

/// The keys of a flag.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Keys {
    /// Keys that set the flag: each name as it is declared, and with `-` only and with `_` only; its variable.
    pub(super) accepted: Vec<String>,
    /// Keys that mix `-` and `_`.
    pub(super) mixed: Vec<String>,
    /// Pairs of accepted keys that have to agree if a map has both: spellings of one name, and the flag's variable.
    pub(super) pairs: Vec<[String; 2]>,
}

/// The keys of each flag.
pub(super) fn of_flags(flags: &[FlagSchema], command: &Command, options: &Options) -> Vec<Keys> {
    let owners = Owners::of(flags);
    let elsewhere: BTreeSet<String> = names_of_command(command)
        .map(|name| normalize(&name))
        .collect();
    let of_flag = |(index, flag): (usize, &FlagSchema)| {
        let owned = |name: &&str| owners.by_spelling(name) == Some(index);
        let mut keys = Keys::default();
        for (position, name) in names(flag).filter(owned).enumerate() {
            let pure = pure(name);
            let mut same: Vec<String> = pure.iter().filter_map(|name| key(options, name)).collect();
            let is_named = position == 0 && *name == *flag.info.name;
            if let Some(variable) = flag.info.env.as_deref().filter(|_| is_named) {
                // A name takes precedence over a variable.
                let is_free = !elsewhere.contains(&normalize(variable));
                same.extend(key(options, variable).filter(|_| options.env_names && is_free));
            }
            let others = same.iter().enumerate();
            keys.pairs.extend(others.flat_map(|(index, one)| {
                let after = same.iter().skip(index + 1);
                after.map(|other| [one.clone(), other.clone()])
            }));
            add_new(&mut keys.accepted, same);
            let mixed = mixed(name)
                .into_iter()
                .filter(|mixed| !pure.contains(mixed));
            add_new(
                &mut keys.mixed,
                mixed.filter_map(|name| key(options, &name)),
            );
        }
        let Keys {
            accepted, mixed, ..
        } = &mut keys;
        mixed.retain(|key| !accepted.contains(key));
        keys
    };
    flags.iter().enumerate().map(of_flag).collect()
}

fn add_new(keys: &mut Vec<String>, more: impl IntoIterator<Item = String>) {
    for key in more {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
}

/// The key of a name or variable, unless the program ignores it or no ConfigMap can have it.
fn key(options: &Options, name: &str) -> Option<String> {
    let key = options.keys.key(name);
    let is_read = !key.starts_with('.') && options.keys.name(&key).is_some() && is_key(&key);
    is_read.then_some(key)
}

/// The names of all arguments of a command and its subcommands.
pub(super) fn names_of_command(command: &Command) -> impl Iterator<Item = String> + '_ {
    all_flags(command).flat_map(|arg| arguments::names(arg).map(str::to_owned))
}

/// The variables of all arguments of a command and its subcommands.
pub(super) fn variables_of_command(command: &Command) -> impl Iterator<Item = String> + '_ {
    let variables = all_flags(command).filter_map(|arg| arg.get_env()?.to_str());
    variables.map(str::to_owned)
}

/// A name as it is declared, and with one kind of separator only.
pub(super) fn pure(name: &str) -> Vec<String> {
    let mut pure = vec![name.to_owned()];
    add_new(&mut pure, [name.replace('-', "_"), name.replace('_', "-")]);
    pure
}

/// All spellings of a name; none if they are too many.
fn mixed(name: &str) -> Vec<String> {
    let parts: Vec<&str> = name.split(['-', '_']).collect();
    let separators = parts.len() - 1;
    if separators > MAX_SEPARATORS {
        return Vec::new();
    }
    let spelling = |bits: usize| {
        let mut spelling = String::new();
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                let is_dash = bits >> (index - 1) & 1 == 1;
                spelling.push(if is_dash { '-' } else { '_' });
            }
            spelling.push_str(part);
        }
        spelling
    };
    (0..1 << separators).map(spelling).collect()
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser};
    use dflag::{DynamicFlags, Flags};

    use super::{Keys, mixed, of_flags, pure};
    use crate::options::Options;

    #[derive(Clone, Debug, Parser, DynamicFlags)]
    struct Args {
        #[arg(long, default_value_t = 1, env = "KEYS_TEST_MAX", alias = "old-max")]
        #[flag(dynamic)]
        max_open_files: u8,
        #[arg(long, default_value_t = 1)]
        a_b: u8,
        #[arg(id = "other", long = "a_b", default_value_t = 1)]
        a_b_too: u8,
    }

    fn keys(change: impl FnOnce(&mut Options)) -> Vec<Keys> {
        let mut options = Options::default();
        change(&mut options);
        let flags = Flags::<Args>::describe(["test"]).unwrap();
        of_flags(&flags, &Args::command(), &options)
    }

    #[test]
    fn flag_is_set_by_each_name_and_its_variable() {
        let keys = keys(|options| options.env_names = true);
        assert_eq!(
            keys[0],
            Keys {
                accepted: [
                    "max-open-files",
                    "max_open_files",
                    "KEYS_TEST_MAX",
                    "old-max",
                    "old_max"
                ]
                .map(str::to_owned)
                .to_vec(),
                mixed: ["max-open_files", "max_open-files"]
                    .map(str::to_owned)
                    .to_vec(),
                pairs: [
                    ["max-open-files", "max_open_files"],
                    ["max-open-files", "KEYS_TEST_MAX"],
                    ["max_open_files", "KEYS_TEST_MAX"],
                    ["old-max", "old_max"],
                ]
                .map(|pair| pair.map(str::to_owned))
                .to_vec(),
            }
        );
    }

    #[test]
    fn name_that_two_flags_declare_is_not_judged() {
        let keys = keys(|_| {});
        assert!(keys[1].accepted.is_empty());
        assert_eq!(keys[2].accepted, ["other"]);
    }

    #[test]
    fn keys_have_the_prefix_and_ignored_ones_are_left_out() {
        let keys = keys(|options| {
            options.keys.prefix = "app.".to_owned();
            options.keys.ignored = vec!["*old*".to_owned(), "*-*_*".to_owned()];
        });
        assert_eq!(
            keys[0].accepted,
            ["app.max-open-files", "app.max_open_files"]
        );
        assert_eq!(keys[0].mixed, ["app.max_open-files"]);
        let hidden = self::keys(|options| options.keys.prefix = ".".to_owned());
        assert!(hidden.iter().all(|keys| *keys == Keys::default()));
    }

    #[test]
    fn keys_that_no_config_map_can_have_are_left_out() {
        #[derive(Clone, Debug, Parser, DynamicFlags)]
        struct Named {
            #[arg(long = "größe", alias = "size", id = "länge", default_value_t = 1)]
            one: u8,
        }
        let flags = Flags::<Named>::describe(["test"]).unwrap();
        let keys = of_flags(&flags, &Named::command(), &Options::default());
        assert_eq!(keys[0].accepted, ["size"]);
    }

    #[test]
    fn names_are_spelled_with_either_separator() {
        assert_eq!(pure("limit"), ["limit"]);
        assert_eq!(pure("max-items"), ["max-items", "max_items"]);
        assert_eq!(pure("a-b_c"), ["a-b_c", "a_b_c", "a-b-c"]);
        assert_eq!(mixed("a_b_c"), ["a_b_c", "a-b_c", "a_b-c", "a-b-c"]);
        assert_eq!(mixed("limit"), ["limit"]);
        assert!(mixed("a_b_c_d_e_f").is_empty());
    }
}
