//! Selection: which keys of a directory are this program's, if several programs share it.

use std::sync::Arc;

use crate::volume::{Contents, KnownKeys};

/// Selects the keys of this program.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeyFilter {
    /// The beginning of each key of this program, which is no part of the flag's name.
    pub(crate) prefix: String,
    /// Patterns of keys that are ignored.
    pub(crate) ignored: Vec<String>,
}

impl KeyFilter {
    /// The name of the flag that `key` sets; `None` if the key is not this program's.
    pub(crate) fn name<'a>(&self, key: &'a str) -> Option<&'a str> {
        let name = key.strip_prefix(&*self.prefix)?;
        let is_ignored = self.ignored.iter().any(|pattern| matches(pattern, key));
        (!is_ignored).then_some(name)
    }

    /// The key that sets the flag `name`.
    pub(crate) fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// The keys of this program whose name `is_flag`.
    pub(crate) fn known_keys(
        &self,
        is_flag: impl Fn(&str) -> bool + Send + Sync + 'static,
    ) -> KnownKeys {
        let filter = self.clone();
        KnownKeys::new(move |key| filter.name(key).is_some_and(&is_flag))
    }

    /// The contents of this program.
    pub(crate) fn select(&self, contents: &Arc<Contents>) -> Arc<Contents> {
        if self.prefix.is_empty() && self.ignored.is_empty() {
            return Arc::clone(contents);
        }
        let selected = contents.iter().filter(|(key, _)| self.name(key).is_some());
        let selected = selected.map(|(key, content)| (Arc::clone(key), content.clone()));
        Arc::new(selected.collect())
    }
}

/// Whether `pattern` matches the whole text. `*` stands for any text and `?` for one character.
fn matches(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    // Where to go on if a character does not match: the last `*` then stands for one more character.
    let mut retry = None;
    loop {
        match (pattern.next(), text.clone().next()) {
            (Some('*'), _) => retry = Some((pattern.clone(), text.clone())),
            (Some('?'), Some(_)) => _ = text.next(),
            (Some(expected), Some(actual)) if expected == actual => _ = text.next(),
            (None, None) => return true,
            _ => {
                let Some((after_star, from)) = &mut retry else {
                    return false;
                };
                if from.next().is_none() {
                    return false;
                }
                (pattern, text) = (after_star.clone(), from.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{KeyFilter, matches};

    #[test]
    fn patterns_match_as_in_the_table() {
        for (pattern, text, expected) in [
            ("_example", "_example", true),
            ("_example", "_example2", false),
            ("_example", "an_example", false),
            ("*.orig", "a.orig", true),
            ("*.orig", ".orig", true),
            ("*.orig", "a.orig.b", false),
            ("*.orig", "a.orig.orig", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("?", "ß", true),
            ("?", "", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*", "", true),
            ("**", "a", true),
            ("", "", true),
            ("", "a", false),
            ("[a]", "a", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
        // It takes no exponential time.
        assert!(!matches(&"a*".repeat(40), &"a".repeat(39)));
        assert!(!matches(&("*a".repeat(40) + "b"), &"a".repeat(250)));
    }

    #[test]
    fn keys_without_the_prefix_and_ignored_ones_are_not_the_programs() {
        let filter = KeyFilter {
            prefix: "server.".into(),
            ignored: vec!["server._*".into()],
        };
        for (key, name) in [
            ("server.rollout", Some("rollout")),
            ("worker.rollout", None),
            ("rollout", None),
            ("server._example", None),
        ] {
            assert_eq!(filter.name(key), name, "{key}");
        }
        assert_eq!(filter.key("rollout"), "server.rollout");
    }
}
