//! The ConfigMap that a policy is for, and the policy's own name.

use std::fmt::Write as _;
use std::hash::Hasher;

use crate::commands::syntax::{MAX_NAME, NAME, NAMESPACE, is_name, is_namespace};
use crate::escape::Escaped;

/// Kubernetes permits no such ConfigMap.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// The namespace is invalid.
    #[error("`{}` is no namespace of Kubernetes: write {NAMESPACE}", Escaped(.namespace))]
    #[non_exhaustive]
    Namespace {
        /// The namespace as it was given.
        namespace: String,
    },
    /// The name is invalid.
    #[error("`{}` is no name of a ConfigMap: write {NAME}", Escaped(.name))]
    #[non_exhaustive]
    Name {
        /// The name as it was given.
        name: String,
    },
}

/// A ConfigMap and the name of its policy.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) namespace: String,
    pub(super) name: String,
    /// The name of the policy and of its binding. Both are objects of the cluster, so it has the namespace, too.
    pub(super) policy: String,
}

impl Object {
    /// A ConfigMap that programs with different key prefixes share has a policy for each.
    pub(super) fn new(namespace: &str, name: &str, prefix: &str) -> Result<Self, PolicyError> {
        if !is_namespace(namespace) {
            let namespace = namespace.to_owned();
            return Err(PolicyError::Namespace { namespace });
        }
        if !is_name(name) {
            let name = name.to_owned();
            return Err(PolicyError::Name { name });
        }
        Ok(Self {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            policy: policy_name(namespace, name, prefix),
        })
    }
}

/// A namespace has no dot, so each name belongs to one ConfigMap.
fn policy_name(namespace: &str, name: &str, prefix: &str) -> String {
    let plain = format!("dflag.{namespace}.{name}");
    if prefix.is_empty() && plain.len() <= MAX_NAME {
        return plain;
    }
    // A prefix may have other characters than a name.
    let mut hasher = Fnv(0xcbf2_9ce4_8422_2325);
    hasher.write(plain.as_bytes());
    hasher.write(&[0]);
    hasher.write(prefix.as_bytes());
    let mut short: String = plain.chars().take(MAX_NAME - 18).collect();
    short.truncate(short.trim_end_matches(['.', '-']).len());
    let _ = write!(short, "-{:016x}", hasher.finish());
    short
}

/// FNV-1a: the same name on every machine and in every version.
struct Fnv(u64);

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::{Object, PolicyError};

    fn policy(namespace: &str, name: &str, prefix: &str) -> String {
        Object::new(namespace, name, prefix).unwrap().policy
    }

    #[test]
    fn policies_of_different_objects_have_different_names() {
        assert_eq!(policy("default", "flags", ""), "dflag.default.flags");
        let long = "a".repeat(253);
        let names = [
            policy("default", "flags", "server."),
            policy("default", "flags", "server_"),
            policy("default", &long, ""),
            policy("other", &long, ""),
            policy("default", &long, "server."),
        ];
        for (index, name) in names.iter().enumerate() {
            assert!(super::is_name(name), "{name}");
            assert!(!names[..index].contains(name), "{name}");
        }
    }

    #[test]
    fn names_that_kubernetes_does_not_permit_are_errors() {
        for namespace in ["", "a.b", "A", "-a", "a-", &"a".repeat(64), "a\n"] {
            let error = Object::new(namespace, "flags", "").unwrap_err();
            assert!(matches!(error, PolicyError::Namespace { .. }), "{error}");
        }
        for name in ["", "a..b", ".a", "a_b", "a.", "a/b", &"a".repeat(254)] {
            let error = Object::new("default", name, "").unwrap_err();
            assert!(matches!(error, PolicyError::Name { .. }), "{error}");
        }
        let error = Object::new("default", "a\u{200b}", "").unwrap_err();
        assert!(error.to_string().starts_with("`a\\u{200b}` is no name"));
    }
}
