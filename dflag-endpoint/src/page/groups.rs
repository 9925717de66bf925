//! Rows by the headings under which `--help` lists the flags.

use super::row::Row;

/// The rows under one heading.
pub(super) struct Group<'a> {
    /// `None` if no flag has a heading.
    pub(super) heading: Option<&'a str>,
    /// Those first that most need attention.
    pub(super) rows: Vec<Row<'a>>,
}

/// What `--help` calls the flags without a heading.
const NO_HEADING: &str = "Options";

/// The groups in the order in which their first flags are declared.
pub(super) fn groups<'a>(rows: impl Iterator<Item = Row<'a>>) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for row in rows {
        let heading = row.flag.group.as_deref();
        match groups.iter_mut().find(|group| group.heading == heading) {
            Some(group) => group.rows.push(row),
            None => groups.push(Group {
                heading,
                rows: vec![row],
            }),
        }
    }
    let has_headings = groups.iter().any(|group| group.heading.is_some());
    for group in &mut groups {
        if has_headings {
            group.heading.get_or_insert(NO_HEADING);
        }
        // It keeps the order of declaration of equal ones.
        group.rows.sort_by_key(Row::need);
    }
    groups
}
