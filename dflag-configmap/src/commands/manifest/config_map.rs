//! A ConfigMap: its keys and values as kubelet would write them, and what the API server rejects.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};

use super::fields::{Field, Fields};
use super::metadata::Metadata;
use super::objects::{Object, template};
use super::position::Position;
use super::scalar::Scalar;
use super::tree::{Tree, Value};
use crate::commands::object_name::ObjectName;
use crate::commands::syntax::why_no_key;
use crate::commands::unusable::Unusable;
use crate::escape::Escaped;

/// The most bytes that the values of a ConfigMap have together, in bytes.
const MAX_SIZE: usize = 1 << 20;

/// The fields that a ConfigMap may have.
const FIELDS: [&str; 6] = [
    "apiVersion",
    "kind",
    "metadata",
    "data",
    "binaryData",
    "immutable",
];

/// base64 as Go's `encoding/json` reads it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// A ConfigMap.
#[derive(Debug)]
pub(crate) struct ConfigMap {
    pub(crate) name: ObjectName,
    /// In the order of the manifest.
    pub(crate) entries: Vec<Entry>,
    /// What the API server rejects, or reads as something else than what a person meant.
    pub(crate) problems: Vec<Remark>,
    /// What has no effect beside the keys.
    pub(crate) warnings: Vec<Remark>,
}

/// A key and its value.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    /// Where the key is written.
    pub(crate) at: Position,
    pub(crate) bytes: Vec<u8>,
}

/// Something to say about a place. It quotes no value, which may be a secret.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Remark {
    pub(crate) at: Position,
    pub(crate) key: Option<String>,
    pub(crate) message: String,
}

impl ConfigMap {
    pub(crate) fn read(object: Object<'_>) -> Result<Self, Unusable> {
        let Object {
            tree,
            fields,
            name,
            start,
        } = object;
        let metadata = Metadata::of(tree, &fields, start)?;
        let mut config_map = Self {
            name,
            entries: Vec::new(),
            problems: metadata.problems,
            warnings: metadata.warnings,
        };
        config_map.report_duplicates(&fields);
        for field in fields.iter().filter(|field| !FIELDS.contains(&&*field.key)) {
            config_map.warnings.push(Remark {
                at: field.at,
                key: None,
                message: format!(
                    "a ConfigMap has no field `{}`, which has no effect here; kubectl rejects it",
                    Escaped(&field.key)
                ),
            });
        }
        config_map.check_immutable(tree, &fields);
        let data = config_map.read_data(tree, &fields)?;
        config_map.read_binary_data(tree, &fields, &data)?;
        config_map.check_size(&fields);
        if config_map.entries.is_empty() {
            // One of them is likely to be `data`, misspelled or at another indentation.
            config_map.problems.append(&mut config_map.warnings);
        }
        Ok(config_map)
    }

    fn check_immutable(&mut self, tree: &Tree, fields: &Fields) {
        let Some(field) = fields.get("immutable") else {
            return;
        };
        let scalar = tree.value(field.value).and_then(Value::scalar);
        let message = match scalar {
            Some(Scalar::Bool(_) | Scalar::Null) => return,
            Some(scalar) => format!(
                "`immutable` is {}, which the API server rejects (\"cannot unmarshal {} into Go struct field \
                 ConfigMap.immutable of type bool\"); write `true` or `false` without quotes",
                scalar.described(),
                scalar.json_type()
            ),
            None => "`immutable` is `true` or `false`, and the API server rejects anything else"
                .to_owned(),
        };
        self.problems.push(Remark {
            at: field.at,
            key: None,
            message,
        });
    }

    fn read_data(&mut self, tree: &Tree, fields: &Fields) -> Result<Fields, Unusable> {
        let data = self.keys_of(tree, fields, "data")?;
        for field in data.iter() {
            if tree.is_template(field.value) {
                return Err(template(tree, field.value));
            }
            self.check_key(field);
            if let Some(bytes) = self.text(tree, field) {
                self.push(field, bytes);
            }
        }
        Ok(data)
    }

    fn read_binary_data(
        &mut self,
        tree: &Tree,
        fields: &Fields,
        data: &Fields,
    ) -> Result<(), Unusable> {
        for field in self.keys_of(tree, fields, "binaryData")?.iter() {
            if tree.is_template(field.value) {
                return Err(template(tree, field.value));
            }
            self.check_key(field);
            let Some(encoded) = self.text(tree, field) else {
                continue;
            };
            if data.get(&field.key).is_some() {
                self.problem(field, "the key is in `data`, too; remove one of them");
                continue;
            }
            match decode(&encoded) {
                Some(bytes) => self.push(field, bytes),
                None => self.problem(field, "not base64, which `binaryData` is written in"),
            }
        }
        Ok(())
    }

    /// The fields of `data` or `binaryData`.
    fn keys_of(&mut self, tree: &Tree, fields: &Fields, name: &str) -> Result<Fields, Unusable> {
        let Some(field) = fields.get(name) else {
            return Ok(Fields::default());
        };
        if tree.is_template(field.value) {
            return Err(template(tree, field.value));
        }
        match tree.value(field.value) {
            Some(Value::Map(_)) => {}
            Some(value) if value.scalar() == Some(Scalar::Null) => return Ok(Fields::default()),
            _ => {
                self.problems.push(Remark {
                    at: field.at,
                    key: None,
                    message: format!("`{name}` is not a map of keys and texts"),
                });
                return Ok(Fields::default());
            }
        }
        let keys = Fields::of(tree, field.value)?;
        self.report_duplicates(&keys);
        Ok(keys)
    }

    /// The bytes of a text. What is not a text is a problem, but its unquoted text is judged as well.
    fn text(&mut self, tree: &Tree, field: &Field) -> Option<Vec<u8>> {
        let value = tree.value(field.value)?;
        let Value::Scalar { text, tag, .. } = value else {
            let what = if matches!(value, Value::List(_)) {
                "a list"
            } else {
                "a map"
            };
            self.problem(
                field,
                &format!("the value is {what}, and every value of a ConfigMap is a text: write it after `|`"),
            );
            return None;
        };
        if tag.as_deref() == Some("binary") {
            let bytes = decode(text.as_bytes());
            if bytes.is_none() {
                self.problem(field, "not base64, which `!!binary` says that it is");
            }
            return bytes;
        }
        match value.scalar()? {
            Scalar::Text => {}
            Scalar::Null => {
                self.problem(
                    field,
                    "the value is null, which sets no text; write `\"\"` for an empty text, or remove the key",
                );
                return None;
            }
            scalar => {
                let (what, json_type) = (scalar.described(), scalar.json_type());
                self.problem(
                    field,
                    &format!(
                        "the value is {what}, which the API server rejects (\"cannot unmarshal {json_type} into Go \
                         struct field ConfigMap.data of type string\"); quote it"
                    ),
                );
            }
        }
        Some(text.as_bytes().to_vec())
    }

    fn check_key(&mut self, field: &Field) {
        if let Some(written) = &field.written {
            let message = format!(
                "Kubernetes reads the unquoted key `{}` as this; quote it",
                Escaped(written)
            );
            self.problem(field, &message);
        }
        if let Some(why) = why_no_key(&field.key) {
            self.problem(field, &format!("not a valid key: {why}"));
        }
    }

    fn check_size(&mut self, fields: &Fields) {
        let size: usize = self.entries.iter().map(|entry| entry.bytes.len()).sum();
        if size <= MAX_SIZE {
            return;
        }
        let place = fields.get("data").or_else(|| fields.get("binaryData"));
        self.problems.push(Remark {
            at: place.map(|field| field.at).unwrap_or_default(),
            key: None,
            message: format!(
                "the values have {size} bytes together, and a ConfigMap at most {MAX_SIZE} (1 MiB); \
                 move what is no flag elsewhere"
            ),
        });
    }

    fn report_duplicates(&mut self, fields: &Fields) {
        for duplicate in &fields.duplicates {
            self.problems.push(Remark {
                at: duplicate.at,
                key: Some(duplicate.key.clone()),
                message: duplicate.message(),
            });
        }
    }

    fn problem(&mut self, field: &Field, message: &str) {
        self.problems.push(Remark {
            at: field.at,
            key: Some(field.key.clone()),
            message: message.to_owned(),
        });
    }

    fn push(&mut self, field: &Field, bytes: Vec<u8>) {
        self.entries.push(Entry {
            key: field.key.clone(),
            at: field.at,
            bytes,
        });
    }
}

/// Decodes base64, which may have line breaks.
fn decode(encoded: &[u8]) -> Option<Vec<u8>> {
    let is_break = |byte: &u8| matches!(byte, b'\r' | b'\n');
    let encoded: Vec<u8> = encoded
        .iter()
        .copied()
        .filter(|byte| !is_break(byte))
        .collect();
    BASE64.decode(encoded).ok()
}
