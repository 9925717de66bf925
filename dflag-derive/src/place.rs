//! Places: which key is allowed where, and what to say of one that isn't.
//!
//! This room knows the keys by name only, and nothing of what they mean.

use proc_macro2::Ident;

/// How alike two words must be for one to be taken as the other misspelt, from 0 to 1.
///
/// At 0.85 `dinamic`, `flat` and `validator` find their key, and no key of clap's finds one.
const ALIKE: f64 = 0.85;

/// Where an attribute of ours may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Struct,
    Field,
}

impl Place {
    /// The attribute that may stand here.
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

    const fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Struct => &["validate", "crate"],
            Self::Field => &["dynamic", "validate", "secret", "trim", "flatten"],
        }
    }

    /// Where this is, for the end of a sentence.
    const fn on(self) -> &'static str {
        match self {
            Self::Struct => "on the struct, in `#[flags(...)]`",
            Self::Field => "on a field, in `#[flag(...)]`",
        }
    }

    /// What to say of an attribute that belongs to the other place.
    pub(crate) fn misplaced_attribute(self) -> String {
        let other = self.other();
        let (there, here) = match self {
            Self::Struct => ("a field", "the struct"),
            Self::Field => ("the struct", "a field"),
        };
        format!(
            "`#[{}(...)]` is allowed on {there}; {here} takes `#[{}(...)]`",
            other.attribute(),
            self.attribute(),
        )
    }

    /// What to say of a key that is not one of this place's.
    pub(crate) fn unknown_key(self, key: &Ident) -> String {
        let name = key.to_string();
        if self.other().keys().contains(&name.as_str()) {
            return format!(
                "`{name}` is not allowed here; it goes {}",
                self.other().on()
            );
        }
        if let Some(nearest) = nearest(&name, self.keys()) {
            return format!("unknown key `{name}`; did you mean `{nearest}`?");
        }
        if let Some(nearest) = nearest(&name, self.other().keys()) {
            return format!(
                "unknown key `{name}`; did you mean `{nearest}`, which is allowed {}?",
                self.other().on(),
            );
        }
        let known = self.keys().join("`, `");
        let clap = match self {
            Self::Struct => "#[command(...)]",
            Self::Field => "#[arg(...)]",
        };
        format!(
            "unknown key `{name}`; `#[{}(...)]` takes `{known}`, and what clap is told goes in `{clap}`",
            self.attribute(),
        )
    }
}

/// The key that is most like `name`, if one is alike enough.
fn nearest(name: &str, keys: &[&'static str]) -> Option<&'static str> {
    keys.iter()
        .map(|key| (strsim::jaro_winkler(name, key), *key))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, key)| key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_key_finds_its_own() {
        for (misspelt, meant) in [
            ("dinamic", "dynamic"),
            ("dyn", "dynamic"),
            ("validator", "validate"),
            ("secert", "secret"),
            ("trimmed", "trim"),
            ("flat", "flatten"),
        ] {
            assert_eq!(
                nearest(misspelt, Place::Field.keys()),
                Some(meant),
                "{misspelt}"
            );
        }
    }

    #[test]
    fn no_key_of_claps_is_taken_for_one_of_ours() {
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
            assert_eq!(nearest(key, Place::Field.keys()), None, "{key}");
            assert_eq!(nearest(key, Place::Struct.keys()), None, "{key}");
        }
    }
}
