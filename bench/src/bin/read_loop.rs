//! Performs one of the measured reads in a loop: `read_loop READ TIMES`. Without arguments it lists the reads.
//!
//! `bench/instructions` counts the instructions that it executes.

#![allow(clippy::print_stdout, reason = "the list is its output")]

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
        .ok_or("no such read")?;
    let mut run = (row.make)();
    // The first read of a thread initializes its cache.
    run(1);
    measured(&mut run, times);
    Ok(())
}

/// callgrind counts the instructions of this function.
#[inline(never)]
fn measured(run: &mut dyn FnMut(u64), times: u64) {
    run(times);
}
