//! Which flags the errors of the sources name, so that each of these flags can show its error.

use std::collections::HashMap;

use dflag::{FlagSet, Key, SourceStatus};

/// The long name of each flag that a source's error names, with the line that does.
///
/// An error has a line for each problem, and the flag is the first name in backquotes.
pub(crate) fn rejections(set: &dyn FlagSet, sources: &[SourceStatus]) -> HashMap<String, String> {
    let errors = sources
        .iter()
        .filter_map(|source| source.last_error.as_deref());
    let mut rejections = HashMap::new();
    for line in errors.flat_map(str::lines) {
        let Some((flag, problem)) = flag_of_line(set, line) else {
            continue;
        };
        rejections.entry(flag).or_insert_with(|| problem.to_owned());
    }
    rejections
}

/// The flag, and the part of the line that begins with it.
fn flag_of_line<'l>(set: &dyn FlagSet, line: &'l str) -> Option<(String, &'l str)> {
    let mut rest = line;
    while let Some((_, after)) = rest.split_once('`') {
        let (name, next) = after.split_once('`')?;
        if let Key::Flag { name } | Key::Uncovered { name, .. } = set.lookup(name) {
            let start = line.len() - after.len() - 1;
            return Some((name, line.get(start..)?));
        }
        rest = next;
    }
    None
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use clap::Parser;
    use dflag::{DynamicFlags, FlagSet, Layer, SourceStatus};

    use super::rejections;

    #[derive(Clone, Parser, DynamicFlags)]
    struct Args {
        #[arg(long, default_value_t = 1)]
        #[flag(dynamic)]
        limit: u8,

        #[arg(long, default_value_t = 1)]
        #[flag(dynamic)]
        max_size: u8,
    }

    fn rejected(texts: &[(&str, &str)]) -> Vec<(String, String)> {
        let args = Args::try_parse_dynamic_from(["server"]).unwrap();
        let set: Arc<dyn FlagSet> = (&args).into();
        let mut layer = Layer::new("ConfigMap", "/etc/`x`");
        layer.extend(texts.iter().copied());
        let mut source = SourceStatus::new("ConfigMap", "/etc/`x`");
        source.last_error = Some(set.propose(&layer).unwrap_err().to_string());
        let rejections = rejections(&*set, &[source]);
        let mut rejections: Vec<_> = rejections.into_iter().collect();
        rejections.sort();
        rejections
    }

    #[test]
    fn each_problem_belongs_to_the_flag_that_it_names_first() {
        let one = rejected(&[("limit", "`max-size`")]);
        assert_eq!(one.len(), 1);
        assert_eq!(one[0].0, "limit");
        assert!(one[0].1.starts_with("`limit` (/etc/`x`"), "{one:?}");
        assert!(one[0].1.contains("invalid value '`max-size`'"), "{one:?}");

        let two = rejected(&[("max_size", "many"), ("limit", "-1")]);
        let names: Vec<_> = two.iter().map(|(name, _)| &**name).collect();
        assert_eq!(names, ["limit", "max-size"]);
        assert!(two[1].1.contains("'many'"), "{two:?}");
    }
}
