//! Reads one row's value so many times, and nothing else: `read_loop ROW TIMES`.
//!
//! For `instructions`, which counts what it executes. Without arguments it lists the rows.

#![allow(clippy::print_stdout, reason = "its list is what it is asked for")]

use std::error::Error;

use dflag_bench::reads::Reads;

fn main() -> Result<(), Box<dyn Error>> {
    let reads = Reads::new();
    let mut args = std::env::args().skip(1);
    let Some(slug) = args.next() else {
        for row in &reads.rows {
            println!("{}", row.slug);
        }
        return Ok(());
    };
    let times: u64 = args.next().ok_or("how many times?")?.parse()?;
    let row = reads
        .rows
        .iter()
        .find(|row| row.slug == slug)
        .ok_or("no such row")?;
    let mut run = (row.make)();
    // The first read of a thread sets up what the others find.
    run(1);
    measured(&mut run, times);
    Ok(())
}

/// What callgrind collects.
#[inline(never)]
fn measured(run: &mut dyn FnMut(u64), times: u64) {
    run(times);
}
