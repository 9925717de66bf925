//! The object: a ConfigMap as the API describes it.

use std::collections::BTreeMap;
use std::time::SystemTime;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use dflag_configmap::source::Contents;
use serde::Deserialize;

use crate::judge::Revision;

/// A ConfigMap of one resource version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Object {
    pub(crate) revision: Revision,
    /// `data` and `binaryData`.
    pub(crate) contents: Contents,
    /// Who wrote it last, such as `kubectl-edit`.
    pub(crate) manager: Option<String>,
    /// When it was written, to the second.
    pub(crate) modified: Option<SystemTime>,
}

/// The shape of an object in a response, as far as it matters.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Shape {
    pub(crate) metadata: Metadata,
    data: Option<BTreeMap<String, String>>,
    binary_data: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Metadata {
    pub(crate) name: String,
    uid: String,
    resource_version: String,
    creation_timestamp: Option<String>,
    managed_fields: Option<Vec<ManagedFields>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ManagedFields {
    manager: Option<String>,
    time: Option<String>,
}

impl Metadata {
    pub(crate) fn revision(&self) -> Revision {
        Revision {
            uid: self.uid.clone(),
            version: self.resource_version.clone(),
        }
    }

    /// Who wrote last, and when.
    fn last_write(&self) -> (Option<String>, Option<SystemTime>) {
        // All have the same length, so their order as texts is that in time.
        let fields = self.managed_fields.iter().flatten();
        let last = fields.max_by_key(|fields| fields.time.as_deref());
        let time = last.and_then(|fields| fields.time.as_deref());
        let time = time.or(self.creation_timestamp.as_deref());
        let time = time.and_then(|time| humantime::parse_rfc3339(time).ok());
        (last.and_then(|fields| fields.manager.clone()), time)
    }
}

impl Shape {
    /// The object; or the key of `binaryData` that is not base64.
    pub(crate) fn into_object(self) -> Result<Object, String> {
        let mut keys: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        for (key, text) in self.data.unwrap_or_default() {
            keys.insert(key, text.into_bytes());
        }
        for (key, text) in self.binary_data.unwrap_or_default() {
            let bytes = BASE64_STANDARD.decode(text).map_err(|_| key.clone())?;
            keys.insert(key, bytes);
        }
        let (manager, modified) = self.metadata.last_write();
        Ok(Object {
            revision: self.metadata.revision(),
            contents: keys.into_iter().collect(),
            manager,
            modified,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use dflag_configmap::source::Contents;

    use super::Shape;

    #[test]
    fn data_and_binary_data_are_one_generation() {
        let text = r#"{"metadata": {"uid": "u", "resourceVersion": "7", "creationTimestamp": "1970-01-01T00:00:01Z",
            "managedFields": [{"manager": "kubectl-edit", "time": "1970-01-01T00:00:09Z"}, {"manager": "helm",
            "time": "1970-01-01T00:00:05Z"}]}, "data": {"b": "ä"}, "binaryData": {"a": "AP8="}}"#;
        let shape: Shape = serde_json::from_str(text).unwrap();
        let object = shape.into_object().unwrap();
        let expected = Contents::from_iter([("a", &[0, 255][..]), ("b", "ä".as_bytes())]);
        assert_eq!(object.contents, expected);
        assert_eq!(
            (&*object.revision.uid, &*object.revision.version),
            ("u", "7")
        );
        assert_eq!(object.manager.as_deref(), Some("kubectl-edit"));
        assert_eq!(object.modified, Some(UNIX_EPOCH + Duration::from_secs(9)));
    }

    #[test]
    fn object_without_keys_is_empty_and_bad_base64_names_its_key() {
        for text in [
            r#"{"metadata": {}}"#,
            r#"{"metadata": {}, "data": null, "binaryData": {}}"#,
        ] {
            let shape: Shape = serde_json::from_str(text).unwrap();
            assert!(shape.into_object().unwrap().contents.is_empty());
        }
        let shape: Shape = serde_json::from_str(r#"{"binaryData": {"icon": "?"}}"#).unwrap();
        assert_eq!(shape.into_object().unwrap_err(), "icon");
    }
}
