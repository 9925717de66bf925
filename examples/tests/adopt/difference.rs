//! The number of lines that adoption takes: those that are new or changed.

use std::fs;
use std::path::Path;

#[test]
fn adoption_takes_less_than_thirty_lines() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("adopt");
    let files = |version: &str| {
        let files = fs::read_dir(example.join(version)).unwrap();
        let mut names: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(files("before"), files("after"));
    let different = files("before").into_iter().map(|name| {
        let [before, after] = ["before", "after"]
            .map(|version| fs::read_to_string(example.join(version).join(&name)).unwrap());
        let [before, after]: [Vec<&str>; 2] = [&before, &after].map(|text| {
            let lines = text.lines().filter(|line| !line.trim().is_empty());
            lines.collect()
        });
        after.len() - common(&before, &after)
    });
    let different: usize = different.sum();
    assert!(different < 30, "{different} lines");
}

/// The length of the longest common subsequence.
fn common(one: &[&str], other: &[&str]) -> usize {
    let mut last = vec![0; other.len() + 1];
    for line in one {
        let mut row = vec![0];
        for (index, other) in other.iter().enumerate() {
            row.push(if line == other {
                last[index] + 1
            } else {
                row[index].max(last[index + 1])
            });
        }
        last = row;
    }
    last[other.len()]
}
