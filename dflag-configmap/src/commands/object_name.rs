//! The name of a ConfigMap among several.

use std::fmt;
use std::str::FromStr;

/// `NAME` or `NAMESPACE/NAME`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectName {
    namespace: Option<String>,
    name: String,
}

impl ObjectName {
    pub(crate) fn new(namespace: Option<String>, name: String) -> Self {
        Self { namespace, name }
    }

    /// The namespace, if one is given.
    pub fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    /// The name within its namespace.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether an object of the name `other` may be meant. A manifest need not say the namespace.
    pub(crate) fn selects(&self, other: &Self) -> bool {
        let namespaces = self.namespace.as_ref().zip(other.namespace.as_ref());
        self.name == other.name && namespaces.is_none_or(|(one, other)| one == other)
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(namespace) = &self.namespace {
            write!(f, "{namespace}/")?;
        }
        f.write_str(&self.name)
    }
}

impl FromStr for ObjectName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Vec<&str> = text.split('/').collect();
        match *parts {
            [name] if !name.is_empty() => Ok(Self::new(None, name.to_owned())),
            [namespace, name] if !namespace.is_empty() && !name.is_empty() => {
                Ok(Self::new(Some(namespace.to_owned()), name.to_owned()))
            }
            _ => Err("expected NAME or NAMESPACE/NAME"),
        }
    }
}
