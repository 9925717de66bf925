//! Owners: which flag each name sets.

use std::collections::HashMap;

use dflag::FlagSchema;

use crate::arguments::normalize;

/// The flags of all names. A flag that no struct covers takes no name from one that is covered.
#[derive(Debug)]
pub(crate) struct Owners {
    /// By the long name.
    long: HashMap<String, Owner>,
    /// By each name as it is declared.
    exact: HashMap<String, Owner>,
    /// By each name as it is compared. Two flags can have names that are the same but for `-` and `_`.
    normalized: HashMap<String, Owner>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    /// The flag with this index.
    One(usize),
    /// Which flag it is, is not known here, or no source can set any by this name.
    Several,
}

impl Owners {
    pub(crate) fn of(flags: &[FlagSchema]) -> Self {
        let names_of = |flag: &FlagSchema| names(flag).map(str::to_owned).collect();
        Self {
            long: owners(flags, |flag| vec![flag.info.name.clone()]),
            exact: owners(flags, names_of),
            normalized: owners(flags, |flag| names(flag).map(normalize).collect()),
        }
    }

    /// Whether two flags have this long name. No source can set either by it.
    pub(crate) fn is_shared(&self, name: &str) -> bool {
        self.long.get(name) == Some(&Owner::Several)
    }

    /// The only flag with a name in this spelling.
    pub(crate) fn by_name(&self, name: &str) -> Option<usize> {
        only(self.exact.get(name)?)
    }

    /// The only flag with a name in any spelling of this one.
    pub(crate) fn by_spelling(&self, name: &str) -> Option<usize> {
        only(self.normalized.get(&normalize(name))?)
    }
}

/// The long name and the aliases of a flag.
pub(crate) fn names(flag: &FlagSchema) -> impl Iterator<Item = &str> {
    let aliases = flag.info.aliases.iter().map(String::as_str);
    [&*flag.info.name].into_iter().chain(aliases)
}

fn owners(
    flags: &[FlagSchema],
    names: impl Fn(&FlagSchema) -> Vec<String>,
) -> HashMap<String, Owner> {
    let of = |covered: bool| {
        let mut owners = HashMap::new();
        let flags = flags.iter().enumerate();
        for (flag, schema) in flags.filter(|(_, schema)| schema.info.covered == covered) {
            for name in names(schema) {
                let owner = owners.entry(name).or_insert(Owner::One(flag));
                if *owner != Owner::One(flag) {
                    *owner = Owner::Several;
                }
            }
        }
        owners
    };
    let mut owners = of(false);
    owners.extend(of(true));
    owners
}

fn only(owner: &Owner) -> Option<usize> {
    match owner {
        Owner::One(flag) => Some(*flag),
        Owner::Several => None,
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use dflag::{DynamicFlags, Flags};

    use super::Owners;

    #[derive(Clone, Debug, Parser, DynamicFlags)]
    struct Args {
        #[arg(long, default_value_t = 1, alias = "old-limit")]
        limit: u8,
        #[arg(long = "a-b", default_value_t = 1)]
        dashed: u8,
        #[arg(long = "a_b", default_value_t = 1)]
        underscored: u8,
        #[command(flatten)]
        foreign: Foreign,
    }

    /// Another crate's, whose alias differs from a covered flag's name in the separator only.
    #[derive(Clone, Debug, clap::Args)]
    struct Foreign {
        #[arg(long, alias = "old_limit", default_value_t = 1)]
        quiet: u8,
    }

    #[test]
    fn a_name_is_a_flags_if_no_other_could_be_meant() {
        let flags = Flags::<Args>::describe(["server"]).unwrap();
        let owners = Owners::of(&flags);
        let name = |flag: Option<usize>| flag.map(|flag| &*flags[flag].info.name);
        assert_eq!(name(owners.by_spelling("old_limit")), Some("limit"));
        assert_eq!(name(owners.by_spelling("quiet")), Some("quiet"));
        assert_eq!(name(owners.by_spelling("a-b")), None);
        assert_eq!(name(owners.by_name("a-b")), Some("a-b"));
        assert_eq!(name(owners.by_name("a_b")), Some("a_b"));
        assert_eq!(name(owners.by_name("ab")), None);
        assert!(!owners.is_shared("a-b"));
    }
}
