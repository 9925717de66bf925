//! The work of the benchmark `beside_go` with our crates.
//!
//! `bench/go` does the same with the original. Both take the same arguments and print lines of a name and a number,
//! which `bench/benches/beside_go.rs` reads.

#![allow(clippy::print_stdout, reason = "the lines are its output")]

use std::error::Error;
use std::fmt::Display;
use std::io::Write as _;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use dflag::Flags;
use dflag_bench::many::{
    Change, Flags10, Flags20, Flags30, Flags100, Flags300, Flags1000, Many, payload,
};
use dflag_bench::page::get;
use dflag_bench::ratio::{Row, measure};
use dflag_bench::reads::Reads;
use dflag_configmap::Updater;
use dflag_endpoint::Endpoint;

type Outcome = Result<(), Box<dyn Error>>;

fn main() -> Outcome {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["reads", threads, rounds] => reads(threads.parse()?, rounds.parse()?),
        ["torn", root, seconds, ..] => torn(root, seconds.parse()?),
        ["torn_gets", root, seconds, ..] => torn_gets(root, seconds.parse()?),
        ["parse" | "start" | "page", _, keys @ ..] | ["follow", _, _, keys @ ..] => {
            match keys.len() {
                10 => with_flags::<Flags10>(&args),
                20 => with_flags::<Flags20>(&args),
                30 => with_flags::<Flags30>(&args),
                100 => with_flags::<Flags100>(&args),
                300 => with_flags::<Flags300>(&args),
                1_000 => with_flags::<Flags1000>(&args),
                count => Err(format!("no struct has {count} flags").into()),
            }
        }
        _ => Err("usage: beside_go VERB ARGUMENT…".into()),
    }
}

fn with_flags<A: Many>(args: &[&str]) -> Outcome {
    match args {
        ["parse", ..] => parse::<A>(),
        ["start", root, ..] => start::<A>(root),
        ["follow", root, ..] => follow::<A>(root),
        ["page", rounds, ..] => page::<A>(rounds.parse()?),
        _ => Err("no such verb".into()),
    }
}

/// Prints a result, which is to be seen at once.
fn report(name: &str, value: impl Display) -> Outcome {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{name} {value}")?;
    Ok(output.flush()?)
}

/// The nanoseconds of one read, for each row, round and thread.
fn reads(threads: usize, rounds: usize) -> Outcome {
    let own = "get_i64 get_bool get_f64 get_duration load_string reader_string load_vec load_set load_json";
    let slugs: Vec<&str> = own.split(' ').chain(["atomic"]).collect();
    let rows = Reads::new().rows.into_iter();
    let rows: Vec<Row> = rows.filter(|row| slugs.contains(&row.slug)).collect();
    for (row, measured) in rows.iter().zip(measure(&rows, threads, rounds)) {
        for nanos in measured.nanos.as_slice() {
            report(row.slug, nanos)?;
        }
    }
    Ok(())
}

/// The nanoseconds of clap's parser alone.
fn parse<A: Many>() -> Outcome {
    let begin = Instant::now();
    let args = A::try_parse_from(["bench"])?;
    let elapsed = begin.elapsed();
    drop(args);
    report("clap", elapsed.as_nanos())
}

/// The nanoseconds of a start and of its parts.
fn start<A: Many>(root: &str) -> Outcome {
    let begin = Instant::now();
    let flags = A::try_parse_dynamic_from(["bench"])?;
    let parsed = Instant::now();
    let updater = Updater::new(&flags, root)?;
    updater.initialize()?;
    let initialized = Instant::now();
    updater.start()?;
    let end = Instant::now();
    report("parse", (parsed - begin).as_nanos())?;
    report("initialize", (initialized - parsed).as_nanos())?;
    report("start", (end - initialized).as_nanos())?;
    report("total", (end - begin).as_nanos())
}

/// Follows the directory. For each number on its standard input it waits until a reader sees the generation of this
/// number, and prints when that was, in nanoseconds of the system's clock.
fn follow<A: Many>(root: &str) -> Outcome {
    let mut input = std::io::stdin().lines();
    report("before", 0)?;
    input.next().transpose()?;
    let (flags, _updater) = set_up::<A>(root)?;
    let (first, keys) = (A::first(&flags), A::keys());
    report("ready", 0)?;
    for number in input {
        let number = number?.parse()?;
        while first.get() != number {
            thread::yield_now();
        }
        let visible = SystemTime::now().duration_since(UNIX_EPOCH)?;
        // The whole generation became visible with its first flag: a publish is one store.
        let shown = flags.list().into_iter().map(|flag| flag.value);
        let [one, all] = [Change::One, Change::All].map(|change| payload(&keys, change, number));
        let is = |payload: Vec<(String, String)>| {
            let payload = payload.into_iter().map(|(_, value)| Some(value));
            shown.clone().eq(payload)
        };
        if !is(one) && !is(all) {
            return Err(format!("generation {number} is not visible as a whole").into());
        }
        report("visible", visible.as_nanos())?;
    }
    Ok(())
}

fn set_up<A: Many>(root: &str) -> Result<(Flags<A>, Updater), Box<dyn Error>> {
    let flags = A::try_parse_dynamic_from(["bench"])?;
    let updater = dflag_configmap::setup(&flags, root)?;
    Ok((flags, updater))
}

/// Reads the first two flags, which every update sets to the same number, from a snapshot.
fn torn(root: &str, seconds: u64) -> Outcome {
    let (flags, _updater) = set_up::<Flags10>(root)?;
    pairs(seconds, || {
        let now = flags.load();
        (now.ten.a0, now.ten.a1)
    })
}

/// Reads them one after the other, as the original must.
fn torn_gets(root: &str, seconds: u64) -> Outcome {
    let (flags, _updater) = set_up::<Flags10>(root)?;
    pairs(seconds, || (flags.ten.a0.get(), flags.ten.a1.get()))
}

/// Counts pairs that differ.
fn pairs(seconds: u64, read: impl Fn() -> (i64, i64)) -> Outcome {
    report("ready", 0)?;
    let (mut reads, mut torn, mut generations, mut last) = (0_u64, 0_u64, 0_u64, 0);
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(seconds) {
        for _ in 0..1_000 {
            let (one, other) = read();
            reads += 1;
            torn += u64::from(one != other);
            generations += u64::from(one != last);
            last = one;
        }
    }
    report("reads", reads)?;
    report("torn", torn)?;
    report("generations", generations)
}

/// The size of the debug page's JSON, and the nanoseconds of each of its requests, without a network.
fn page<A: Many>(rounds: usize) -> Outcome {
    let flags = A::try_parse_dynamic_from(["bench"])?;
    let router = Endpoint::new(&flags).router();
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_time().build()?;
    runtime.block_on(async {
        let first = A::keys().into_iter().next().ok_or("no flags")?;
        for round in 0..rounds {
            // A list that has not changed is not made again.
            flags.set(&first, &round.to_string())?;
            let begin = Instant::now();
            let bytes = get(&router).await?;
            let elapsed = begin.elapsed();
            if round == 0 {
                report("bytes", bytes)?;
            }
            report("nanos", elapsed.as_nanos())?;
        }
        Ok(())
    })
}
