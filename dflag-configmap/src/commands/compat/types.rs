//! Types: whether a flag takes every text that it took before, and as the same value.

use super::super::schema::{List, Record, Type};
use super::difference::Differences;

/// Compares the texts of a flag.
pub(super) fn compare(was: &Record, now: &Record, differences: &mut Differences<'_>) {
    let is_comparable = compare_types(was, now, differences);
    lists(was.list.as_ref(), now.list.as_ref(), differences);
    match (was.trim, now.trim) {
        (true, false) => {
            differences.breaks("white space around a text counts, before it was trimmed");
        }
        (false, true) => {
            differences.breaks("white space around a text is trimmed, before it counted");
        }
        _ => {}
    }
    if was.optional && !now.optional {
        differences.breaks("an empty text is a value, before it could mean none");
    }
    if !is_comparable {
        return;
    }
    bounds(was, now, differences);
    lengths(was, now, differences);
    // Those of a secret are not in its record.
    if !was.secret && !now.secret {
        patterns(was, now, differences);
    }
}

/// Compares the types. Returns whether bounds of the two can be compared.
fn compare_types(was: &Record, now: &Record, differences: &mut Differences<'_>) -> bool {
    match (was.r#type, now.r#type) {
        (Type::Choice | Type::Boolean, Type::Choice | Type::Boolean) => {
            choices(was, now, differences);
            true
        }
        (Type::Other, Type::Other) if was.type_name != now.type_name => {
            different(was, now, differences);
            false
        }
        (one, other) if one == other => true,
        (Type::Integer, Type::Float) => {
            differences.note(changed(was, now));
            true
        }
        // It has every text, and the program that compares is trusted to read it as before.
        (_, Type::Text) => {
            differences.note(changed(was, now));
            false
        }
        _ => {
            different(was, now, differences);
            false
        }
    }
}

fn different(was: &Record, now: &Record, differences: &mut Differences<'_>) {
    differences.breaks(changed(was, now));
}

fn changed(was: &Record, now: &Record) -> String {
    format!("the type is {}, before {}", type_of(now), type_of(was))
}

fn type_of(record: &Record) -> String {
    let type_word = match record.r#type {
        Type::Boolean => "a boolean",
        Type::Integer => "an integer",
        Type::Float => "a number",
        Type::Choice => "a choice",
        Type::Text => "text",
        Type::Json => "JSON",
        Type::Bytes => "bytes",
        Type::Other => "of the program's own",
    };
    match &record.type_name {
        Some(name) => format!("{type_word} ({name})"),
        None => type_word.to_owned(),
    }
}

/// Compares the words of two types that have a few.
fn choices(was: &Record, now: &Record, differences: &mut Differences<'_>) {
    let ignores_case = |record: &Record| record.ignore_case || record.r#type == Type::Boolean;
    let has = |record: &Record, value: &str| {
        record.values.iter().any(|other| {
            other == value || (ignores_case(record) && other.eq_ignore_ascii_case(value))
        })
    };
    let missing = |from: &Record, of: &Record| {
        let values = of.values.iter().filter(|value| !has(from, value));
        values
            .map(|value| format!("`{value}`"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let (removed, added) = (missing(now, was), missing(was, now));
    if was.r#type != now.r#type {
        let message = changed(was, now);
        if removed.is_empty() {
            differences.note(message);
        } else {
            differences.breaks(message);
        }
    }
    if !removed.is_empty() {
        differences.breaks(format!("no longer a valid value: {removed}"));
    }
    if !added.is_empty() {
        differences.note(format!("also a valid value: {added}"));
    }
    if ignores_case(was) && !ignores_case(now) {
        differences.breaks("case matters, before it did not");
    }
}

fn lists(was: Option<&List>, now: Option<&List>, differences: &mut Differences<'_>) {
    let (was, now) = match (was, now) {
        (Some(was), Some(now)) => (was, now),
        (Some(_), None) => return differences.breaks("takes one value, before a list"),
        (None, Some(_)) => {
            return differences
                .note("takes a list, before one value: delimiters and line breaks split it");
        }
        (None, None) => return,
    };
    if was.delimiter != now.delimiter {
        let named = |delimiter: Option<char>| match delimiter {
            Some(delimiter) => format!("`{}`", delimiter.escape_debug()),
            None => "line breaks only".to_owned(),
        };
        let (was, now) = (named(was.delimiter), named(now.delimiter));
        differences.breaks(format!("members are separated by {now}, before by {was}"));
    }
    limits(
        "members",
        (Some(was.min), was.max),
        (Some(now.min), now.max),
        differences,
    );
}

/// Compares the limits of a number of things.
fn limits(
    of: &str,
    was: (Option<usize>, Option<usize>),
    now: (Option<usize>, Option<usize>),
    differences: &mut Differences<'_>,
) {
    let at_least = |limit: Option<usize>| limit.unwrap_or(0);
    let at_most = |limit: Option<usize>| limit.unwrap_or(usize::MAX);
    let text = |limit: Option<usize>| {
        limit.map_or_else(|| "no limit".to_owned(), |limit| limit.to_string())
    };
    let mut compare = |which, narrowed: bool, was, now| {
        let message = format!("the {which} {of}: {}, before {}", text(now), text(was));
        if narrowed {
            differences.breaks(message);
        } else if was != now {
            differences.note(message);
        }
    };
    compare(
        "least number of",
        at_least(now.0) > at_least(was.0),
        was.0,
        now.0,
    );
    compare(
        "greatest number of",
        at_most(now.1) < at_most(was.1),
        was.1,
        now.1,
    );
}

fn lengths(was: &Record, now: &Record, differences: &mut Differences<'_>) {
    let (was, now) = ((was.min_len, was.max_len), (now.min_len, now.max_len));
    limits("characters or members", was, now, differences);
}

fn bounds(was: &Record, now: &Record, differences: &mut Differences<'_>) {
    let mut compare = |which,
                       old: &Option<String>,
                       new: &Option<String>,
                       is_narrower: fn(&str, &str) -> Option<bool>| {
        let message = |new: &str| {
            let old = old.as_deref().unwrap_or("not limited");
            format!("the {which} value is {new}, before {old}")
        };
        match (old, new) {
            (old, new) if old == new => {}
            (_, None) => differences.note(message("not limited")),
            (Some(old), Some(new)) if is_narrower(new, old) == Some(false) => {
                differences.note(message(new));
            }
            (_, Some(new)) => differences.breaks(message(new)),
        }
    };
    compare("least", &was.min, &now.min, is_greater);
    compare("greatest", &was.max, &now.max, |new, old| {
        is_greater(old, new)
    });
}

/// Whether one bound is greater than another; `None` if they are no numbers.
fn is_greater(one: &str, other: &str) -> Option<bool> {
    if let (Ok(one), Ok(other)) = (one.parse::<i128>(), other.parse::<i128>()) {
        return Some(one > other);
    }
    let (one, other): (f64, f64) = (one.parse().ok()?, other.parse().ok()?);
    Some(one > other)
}

fn patterns(was: &Record, now: &Record, differences: &mut Differences<'_>) {
    let missing = |from: &Record, of: &Record| {
        let patterns = of
            .patterns
            .iter()
            .filter(|pattern| !from.patterns.contains(pattern));
        patterns
            .map(|pattern| format!("`{}`", pattern.escape_debug()))
            .collect::<Vec<_>>()
    };
    for added in missing(was, now) {
        differences.breaks(format!("has to match {added}, which it had not before"));
    }
    for removed in missing(now, was) {
        differences.note(format!("need not match {removed} any longer"));
    }
}
