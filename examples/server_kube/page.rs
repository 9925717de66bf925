//! The flags for people to read: as a page, and as text.

use std::fmt::{self, Display, Formatter, Write as _};

use dflag::{FlagInfo, Kind};
use dflag_configmap::{Status, Watching};

use crate::causes::with_causes;

/// All that there is to show, as of one moment.
pub(crate) struct Shown {
    pub(crate) flags: Vec<FlagInfo>,
    pub(crate) status: Status,
}

impl Shown {
    /// A page that shows itself anew each second.
    pub(crate) fn html(&self) -> String {
        Html(self).to_string()
    }

    /// One line for each flag: name, value, and all else behind a `#`.
    pub(crate) fn text(&self) -> String {
        Text(self).to_string()
    }

    /// What the updater does.
    fn state(&self) -> Vec<(&'static str, String)> {
        vec![
            ("generation", self.status.generation.to_string()),
            ("applied", self.status.applied.to_string()),
            ("rejected", self.status.rejected.to_string()),
            ("unknown", self.status.unknown.to_string()),
            ("follows by", watching(&self.status.watching)),
        ]
    }

    /// What is wrong.
    fn troubles(&self) -> Vec<(&'static str, String)> {
        let mut troubles = Vec::new();
        if let Some(error) = self.status.last_error.as_deref() {
            troubles.push(("last error", with_causes(error)));
        }
        for key in &self.status.unknown_keys {
            troubles.push(("unknown key", key.clone()));
        }
        for file in &self.status.frozen {
            troubles.push(("frozen file", file.to_string()));
        }
        troubles
    }
}

fn watching(watching: &Watching) -> String {
    match watching {
        Watching::Events => "events".to_owned(),
        Watching::Polling { because } => format!("polling, because {because}"),
        _ => "nothing: stopped".to_owned(),
    }
}

/// What is told of a flag beside its name and value.
fn remarks(flag: &FlagInfo) -> Vec<String> {
    let mut remarks = vec![kind(flag).to_owned(), format!("from {}", flag.origin)];
    if flag.changed {
        remarks.push(format!("default {}", value(flag.default.as_deref())));
    }
    if let Some(wanted) = &flag.pending_restart {
        remarks.push(format!(
            "pending restart {}",
            value(wanted.value.as_deref())
        ));
    }
    remarks
}

fn kind(flag: &FlagInfo) -> &'static str {
    match flag.kind {
        Kind::Static => "static",
        Kind::Dynamic => "dynamic",
    }
}

fn value(value: Option<&str>) -> &str {
    match value {
        None => "not set",
        Some("") => "\"\"",
        Some(value) => value,
    }
}

struct Text<'a>(&'a Shown);

impl Display for Text<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (name, text) in self.0.state().into_iter().chain(self.0.troubles()) {
            writeln!(f, "# {name}: {}", OneLine(&text))?;
        }
        for flag in &self.0.flags {
            let (name, value) = (&flag.name, value(flag.value.as_deref()));
            let remarks = remarks(flag).join(", ");
            writeln!(f, "{name} = {} # {}", OneLine(value), OneLine(&remarks))?;
        }
        Ok(())
    }
}

/// A text with its line ends written as `\n`.
struct OneLine<'a>(&'a str);

impl Display for OneLine<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.replace('\n', "\\n"))
    }
}

struct Html<'a>(&'a Shown);

impl Display for Html<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(HEAD)?;
        f.write_str("<dl>\n")?;
        for (name, text) in self.0.state() {
            writeln!(f, "<dt>{name}<dd>{}", Escaped(&text))?;
        }
        for (name, text) in self.0.troubles() {
            writeln!(f, "<dt>{name}<dd class=bad>{}", Escaped(&text))?;
        }
        f.write_str("</dl>\n<table>\n<tr><th>flag<th>value<th>default<th>origin<th>kind\n")?;
        for flag in &self.0.flags {
            row(f, flag)?;
        }
        f.write_str("</table>\n")
    }
}

fn row(f: &mut Formatter<'_>, flag: &FlagInfo) -> fmt::Result {
    let class = if flag.changed { " class=changed" } else { "" };
    write!(
        f,
        "<tr{class} title=\"{}\"><td>{}<td class=value>{}",
        Escaped(&flag.help),
        Escaped(&flag.name),
        Escaped(value(flag.value.as_deref())),
    )?;
    if let Some(wanted) = &flag.pending_restart {
        let wanted = Escaped(value(wanted.value.as_deref()));
        write!(f, "<br><span class=bad>pending restart: {wanted}</span>")?;
    }
    writeln!(
        f,
        "<td class=value>{}<td>{}<td>{}",
        Escaped(value(flag.default.as_deref())),
        Escaped(&flag.origin.to_string()),
        kind(flag),
    )
}

/// A text with all that HTML would take for markup written out.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for char in self.0.chars() {
            match char {
                '&' => f.write_str("&amp;"),
                '<' => f.write_str("&lt;"),
                '>' => f.write_str("&gt;"),
                '"' => f.write_str("&quot;"),
                '\'' => f.write_str("&#39;"),
                other => f.write_char(other),
            }?;
        }
        Ok(())
    }
}

const HEAD: &str = "<!doctype html>
<html lang=en>
<meta charset=utf-8>
<meta http-equiv=refresh content=1>
<title>server_kube</title>
<link rel=icon href=/icon>
<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem }
table { border-collapse: collapse; margin-top: 1rem; width: 100% }
th, td { border-bottom: 1px solid #ddd; padding: .3rem .6rem; text-align: left; vertical-align: top }
dl { display: grid; gap: 0 1rem; grid-template-columns: max-content 1fr }
dd { margin: 0; white-space: pre-wrap }
.value { font-family: ui-monospace, monospace; overflow-wrap: anywhere; white-space: pre-wrap }
.changed .value:nth-child(2) { font-weight: bold }
.bad { color: #b00 }
</style>
<h1>server_kube</h1>
";

#[cfg(test)]
mod tests {
    use super::{Escaped, OneLine};

    #[test]
    fn a_value_is_never_markup() {
        assert_eq!(
            Escaped(r#"<b title="a&b">'"#).to_string(),
            "&lt;b title=&quot;a&amp;b&quot;&gt;&#39;",
        );
    }

    #[test]
    fn a_value_of_many_lines_takes_one() {
        assert_eq!(OneLine("a\nb").to_string(), "a\\nb");
    }
}
