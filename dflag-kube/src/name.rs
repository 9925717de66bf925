//! The object's name, and what follows from it.

use std::fmt;

/// The name and the namespace of a ConfigMap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ObjectName {
    namespace: String,
    name: String,
}

impl ObjectName {
    /// The name; or the one of the two texts that can't be one.
    pub(crate) fn new(namespace: &str, name: &str) -> Result<Self, String> {
        if !is_label(namespace) {
            return Err(namespace.to_owned());
        }
        if name.len() > 253 || !name.split('.').all(is_label) {
            return Err(name.to_owned());
        }
        Ok(Self {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        })
    }

    pub(crate) fn namespace(&self) -> &str {
        &self.namespace
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The path and the query that name this object only, as a Role with `resourceNames` demands.
    pub(crate) fn path(&self) -> String {
        let Self { namespace, name } = self;
        format!("/api/v1/namespaces/{namespace}/configmaps?fieldSelector=metadata.name%3D{name}")
    }
}

/// Formats as `namespace/name`.
impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// Whether Kubernetes takes the text as the label of a name.
fn is_label(text: &str) -> bool {
    let is_alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    bytes.len() <= 253
        && bytes
            .iter()
            .all(|byte| is_alphanumeric(*byte) || *byte == b'-')
        && bytes.first().copied().is_some_and(is_alphanumeric)
        && bytes.last().copied().is_some_and(is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::ObjectName;

    #[test]
    fn names_are_those_of_kubernetes() {
        for (namespace, name, bad) in [
            ("default", "my-flags.v1", None),
            ("default", "My", Some("My")),
            ("default", "a/b", Some("a/b")),
            ("default", "a..b", Some("a..b")),
            ("default", "-a", Some("-a")),
            ("default", "", Some("")),
            ("a.b", "a", Some("a.b")),
            ("", "a", Some("")),
        ] {
            let result = ObjectName::new(namespace, name);
            assert_eq!(result.err().as_deref(), bad, "{namespace}/{name}");
        }
    }

    #[test]
    fn requests_are_for_the_object_only() {
        let name = ObjectName::new("prod", "flags").unwrap();
        assert_eq!(
            name.path(),
            "/api/v1/namespaces/prod/configmaps?fieldSelector=metadata.name%3Dflags"
        );
        assert_eq!(name.to_string(), "prod/flags");
    }
}
