//! Names of types, as a person writes them.

/// The name without the paths of its parts: `Vec<String>` for `alloc::vec::Vec<alloc::string::String>`.
pub(crate) fn short(name: &str) -> String {
    let mut short = String::with_capacity(name.len());
    // Where the part begins that a `::` would make a path of.
    let mut start = 0;
    for next in name.chars() {
        if next == ':' {
            short.truncate(start);
            continue;
        }
        short.push(next);
        if next.is_ascii() && !next.is_ascii_alphanumeric() && next != '_' {
            start = short.len();
        }
    }
    short
}

#[cfg(test)]
mod tests {
    use std::any::type_name;
    use std::collections::BTreeMap;
    use std::time::Duration;

    use super::short;

    #[test]
    fn paths_are_left_out() {
        for (name, expected) in [
            (type_name::<u32>(), "u32"),
            (type_name::<Duration>(), "Duration"),
            (type_name::<Option<Vec<String>>>(), "Option<Vec<String>>"),
            (
                type_name::<BTreeMap<String, (Duration, [u8; 4])>>(),
                "BTreeMap<String, (Duration, [u8; 4])>",
            ),
            (type_name::<&'static str>(), "&str"),
            (
                type_name::<fn(String) -> Duration>(),
                "fn(String) -> Duration",
            ),
            (
                type_name::<Box<dyn std::fmt::Debug + Send>>(),
                "Box<dyn Debug + Send>",
            ),
            ("größe::Maß<a::b>", "Maß<b>"),
        ] {
            assert_eq!(short(name), expected, "{name}");
        }
    }
}
