//! The command that makes an override permanent.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::json;

use super::visible::is_invisible;
use crate::config_map::{ConfigMapName, is_binary_data};
use crate::json::Flag;

/// What stands for a ConfigMap that the program does not name.
const UNKNOWN: &str = "CONFIGMAP";

/// `kubectl patch …`, which writes the value of the flag's override into the ConfigMap. `None` if the flag has no override
/// with a value that can be shown and that a key can give.
pub(super) fn patch_command(flag: &Flag, config_map: Option<&ConfigMapName>) -> Option<String> {
    if !flag.is_overridden || flag.is_secret {
        return None;
    }
    let text = flag.given_value()?;
    let key = key(flag, config_map);
    if flag.is_bytes && !is_binary_data(text, flag.is_list) {
        return None;
    }
    let [value, no_value] = [Some(text), None].map(|text| BTreeMap::from([(&key, text)]));
    let patch = if flag.is_bytes {
        // A key is in one of the two only.
        BTreeMap::from([("binaryData", value), ("data", no_value)])
    } else {
        BTreeMap::from([("data", value)])
    };
    let patch = quoted(&visible_json(&json!(patch).to_string()));
    let (name, namespace) = match config_map {
        Some(config_map) => (&*config_map.name, config_map.namespace.as_deref()),
        None => (UNKNOWN, None),
    };
    let namespace = namespace.map(|namespace| format!(" -n {}", quoted(namespace)));
    Some(format!(
        "kubectl{} patch configmap {} --type merge -p {patch}",
        namespace.unwrap_or_default(),
        quoted(name)
    ))
}

/// The key of the flag: the one that a ConfigMap has for it, or else its name after the prefix of the program's keys.
fn key(flag: &Flag, config_map: Option<&ConfigMapName>) -> String {
    let layers = flag.layers.iter();
    let locations = layers
        .filter(|layer| layer.origin == "ConfigMap")
        .filter_map(|layer| layer.origin_location.as_deref());
    let keys = locations.filter_map(|location| location.rsplit_once('/'));
    let key = keys.map(|(_, key)| key).next_back();
    let key = key.filter(|key| !key.is_empty()).map(str::to_owned);
    key.unwrap_or_else(|| {
        let prefix = config_map.map_or("", |config_map| &*config_map.prefix);
        format!("{prefix}{}", flag.name)
    })
}

/// The same JSON, in which nobody could overlook a character: who copies the command has read what it does.
fn visible_json(json: &str) -> String {
    let mut visible = String::with_capacity(json.len());
    for character in json.chars() {
        if is_invisible(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a String does not fail.
                let _ = write!(visible, "\\u{unit:04x}");
            }
        } else {
            visible.push(character);
        }
    }
    visible
}

/// The text as one word of a shell.
fn quoted(text: &str) -> String {
    let is_plain =
        |character: char| character.is_ascii_alphanumeric() || "-._/".contains(character);
    if !text.is_empty() && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::patch_command;
    use crate::config_map::ConfigMapName;
    use crate::json::{Flag, LayerValue};
    use crate::page::row::tests::flag;

    fn overridden(name: &str, value: &str) -> Flag {
        Flag {
            is_overridden: true,
            ..flag(name, value)
        }
    }

    #[test]
    fn command_patches_the_key_of_the_config_map() {
        let name = ConfigMapName::parse("prod/server");
        let command = |flag: &Flag| patch_command(flag, Some(&name)).unwrap();
        assert_eq!(
            command(&overridden("limit", "20")),
            r#"kubectl -n prod patch configmap server --type merge -p '{"data":{"limit":"20"}}'"#
        );
        assert_eq!(
            command(&overridden("text", "it's \"\n")),
            r#"kubectl -n prod patch configmap server --type merge -p '{"data":{"text":"it'\''s \"\n"}}'"#
        );
        assert!(
            command(&overridden("text", "a\u{202e}ö\u{e0100}"))
                .ends_with(r#"'{"data":{"text":"a\u202eö\udb40\udd00"}}'"#)
        );
        let mut flag = overridden("max-size", "3");
        flag.layers = vec![LayerValue {
            origin: "ConfigMap".to_owned(),
            origin_location: Some("/etc/flags/max_size".to_owned()),
            value: Some("2".to_owned()),
        }];
        assert!(command(&flag).ends_with(r#"'{"data":{"max_size":"3"}}'"#));
        let name = ConfigMapName {
            prefix: "server.".to_owned(),
            ..name
        };
        let command = patch_command(&overridden("limit", "20"), Some(&name)).unwrap();
        assert!(command.ends_with(r#"'{"data":{"server.limit":"20"}}'"#));
    }

    #[test]
    fn command_moves_bytes_to_the_binary_data() {
        let mut flag = Flag {
            is_bytes: true,
            ..overridden("icon", "AP8=")
        };
        let command = patch_command(&flag, None).unwrap();
        assert!(
            command.ends_with(r#"'{"binaryData":{"icon":"AP8="},"data":{"icon":null}}'"#),
            "{command}"
        );
        // A key gives a list one member.
        flag.is_list = true;
        flag.current_value = "AP8=,AP8=".to_owned();
        assert_eq!(patch_command(&flag, None), None);
    }

    #[test]
    fn without_an_override_that_can_be_shown_there_is_no_command() {
        assert_eq!(patch_command(&flag("limit", "20"), None), None);
        let secret = Flag {
            is_secret: true,
            ..overridden("token", "********")
        };
        assert_eq!(patch_command(&secret, None), None);
        let unset = Flag {
            is_set: false,
            ..overridden("message", "")
        };
        assert_eq!(patch_command(&unset, None), None);
        let command = patch_command(&overridden("limit", "20"), None).unwrap();
        assert!(
            command.starts_with("kubectl patch configmap CONFIGMAP "),
            "{command}"
        );
    }
}
