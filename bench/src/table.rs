//! Tables, printed and written as Markdown for `RESULTS.md`.

use std::path::PathBuf;
use std::{env, fs, io};

use crate::stats::number;

/// A table with a heading and a description.
#[derive(Clone, Debug)]
pub struct Table {
    title: String,
    about: String,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Creates an empty table. `about` says how its numbers were measured.
    pub fn new<const N: usize>(title: &str, about: &str, head: [&str; N]) -> Self {
        Self {
            title: title.to_owned(),
            about: about.to_owned(),
            rows: vec![head.map(str::to_owned).to_vec()],
        }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The table in Markdown: the first column aligned to the left, the others to the right.
    fn markdown(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or_default()
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let line = |row: &Vec<String>| {
            let cells = row.iter().zip(&widths).enumerate();
            let cells = cells.map(|(column, (cell, width))| match column {
                0 => format!("{cell:<width$}"),
                _ => format!("{cell:>width$}"),
            });
            format!("| {} |", cells.collect::<Vec<_>>().join(" | "))
        };
        let rules = widths.iter().enumerate().map(|(column, width)| {
            let colon = if column == 0 { "-" } else { ":" };
            format!("{}{colon}", "-".repeat(width.saturating_sub(1)))
        });
        let mut lines: Vec<String> = self.rows.iter().map(line).collect();
        lines.insert(1.min(lines.len()), line(&rules.collect()));
        format!(
            "## {}\n\n{}\n\n{}\n",
            self.title,
            self.about,
            lines.join("\n")
        )
    }

    /// Prints the table, and writes it to `name.md` in the directory `DFLAG_BENCH_OUT` if that variable is set.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn publish(&self, name: &str) -> io::Result<()> {
        let markdown = self.markdown();
        println!("{markdown}");
        match env::var_os("DFLAG_BENCH_OUT") {
            Some(out) => fs::write(PathBuf::from(out).join(name).with_extension("md"), markdown),
            None => Ok(()),
        }
    }
}

/// Whether a value is within its target, if it has one.
pub fn verdict(value: f64, target: Option<f64>) -> String {
    match target {
        Some(target) if value <= target => format!("≤ {target} yes"),
        Some(target) => format!("≤ {target} **no**"),
        None => String::new(),
    }
}

/// Whether a value reaches its target, if it has one.
pub fn verdict_at_least(value: f64, target: Option<f64>) -> String {
    match target {
        Some(target) if value >= target => format!("≥ {} yes", number(target)),
        Some(target) => format!("≥ {} **no**", number(target)),
        None => String::new(),
    }
}
