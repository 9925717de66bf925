//! Our keys: which is allowed where, and what an error says of one that isn't.
//!
//! Keys are known by name only; [`flag`](super::flag) knows what they mean.

use proc_macro2::Ident;

/// How similar two words must be for one to be suggested for the other, from 0 to 1.
///
/// At 0.85, `dinamic`, `flat` and `validator` match their key, and none of clap's keys matches.
const SIMILAR: f64 = 0.85;

/// What an attribute stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Struct,
    Field,
}

impl Target {
    /// The attribute for this target.
    pub(crate) const fn attribute(self) -> &'static str {
        match self {
            Self::Struct => "flags",
            Self::Field => "flag",
        }
    }

    const fn other(self) -> Self {
        match self {
            Self::Struct => Self::Field,
            Self::Field => Self::Struct,
        }
    }

    pub(crate) const fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Struct => &["validate", "finish", "handles", "mark_dynamic", "crate"],
            Self::Field => &[
                "dynamic",
                "validate",
                "secret",
                "trim",
                "salt",
                "unit",
                "deprecated",
                "flatten",
                "subcommand",
                "show",
            ],
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Struct => "the struct or enum",
            Self::Field => "a field or variant",
        }
    }

    /// The error for the attribute of the other target, with the items in it.
    pub(crate) fn misplaced_attribute(self, items: &[String]) -> String {
        let other = self.other();
        let items = if items.is_empty() {
            "...".to_owned()
        } else {
            items.join(", ")
        };
        format!(
            "`#[{}(...)]` is allowed only on {}; on {} write `#[{}({items})]`",
            other.attribute(),
            other.name(),
            self.name(),
            self.attribute(),
        )
    }

    /// The error for an attribute without keys.
    pub(crate) fn empty_attribute(self) -> String {
        let attribute = self.attribute();
        let keys = self.keys().join("`, `");
        match self {
            Self::Struct => {
                format!("`#[{attribute}()]` has no effect: add one of `{keys}`, or remove it")
            }
            Self::Field => format!(
                "`#[{attribute}()]` has no effect: write `#[{attribute}(dynamic)]` for a flag that may \
                 change while the program runs, add another of `{keys}`, or remove it"
            ),
        }
    }

    /// The error for a key that this target does not have.
    pub(crate) fn unknown_key(self, key: &Ident) -> String {
        let name = key.to_string();
        let other = self.other();
        let elsewhere = format!("on {}, in `#[{}(...)]`", other.name(), other.attribute());
        if other.keys().contains(&name.as_str()) {
            return format!("`{name}` is not allowed here; it belongs {elsewhere}");
        }
        if let Some(similar) = most_similar(&name, self.keys()) {
            return format!("unknown key `{name}`; did you mean `{similar}`?");
        }
        if let Some(similar) = most_similar(&name, other.keys()) {
            return format!(
                "unknown key `{name}`; did you mean `{similar}`, which belongs {elsewhere}?"
            );
        }
        let keys = self.keys().join("`, `");
        let clap = match self {
            Self::Struct => "#[command(...)]",
            Self::Field => "#[arg(...)]",
        };
        format!("unknown key `{name}`: expected one of `{keys}`; clap's keys go in `{clap}`")
    }
}

/// The key that is most similar to `name`, if any is similar enough.
fn most_similar(name: &str, keys: &[&'static str]) -> Option<&'static str> {
    keys.iter()
        .map(|key| (strsim::jaro_winkler(name, key), *key))
        .filter(|(similarity, _)| *similarity >= SIMILAR)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, key)| key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelt_key_suggests_the_right_one() {
        for (misspelt, meant) in [
            ("dinamic", "dynamic"),
            ("dyn", "dynamic"),
            ("validator", "validate"),
            ("secert", "secret"),
            ("trimmed", "trim"),
            ("flat", "flatten"),
        ] {
            assert_eq!(
                most_similar(misspelt, Target::Field.keys()),
                Some(meant),
                "{misspelt}"
            );
        }
    }

    #[test]
    fn clap_keys_suggest_nothing() {
        for key in [
            "long",
            "short",
            "env",
            "action",
            "alias",
            "default_value",
            "default_value_t",
            "help",
            "hide",
            "required",
            "value_name",
            "value_parser",
            "value_delimiter",
            "num_args",
            "about",
            "version",
            "name",
            "author",
            "group",
            "global",
        ] {
            assert_eq!(most_similar(key, Target::Field.keys()), None, "{key}");
            assert_eq!(most_similar(key, Target::Struct.keys()), None, "{key}");
        }
    }
}
