//! How the costs grow with the number of flags.

#![allow(clippy::cast_precision_loss, reason = "what is counted here is small")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use clap::Parser;
use dflag::{DynamicFlags, FlagSet, Layer};
use dflag_bench::many::{Change, Flags10, Flags100, Flags1000, Many, layer, payload};
use dflag_bench::scale::Flags10000;
use dflag_bench::stats::{Samples, micros, number};
use dflag_bench::table::Table;
use dflag_configmap::{ConfigMapArgs, ParseError};

/// How long a cell is measured at least, and how often.
const AT_LEAST: (Duration, usize) = (Duration::from_millis(500), 3);

/// The system's allocator, which counts the bytes in use.
struct Counting;

static IN_USE: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: each call is passed on to the system's allocator as it is.
#[allow(unsafe_code, reason = "an allocator is unsafe")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        IN_USE.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller keeps the contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        IN_USE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller keeps the contract.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// Structs of the same flags that can be checked.
macro_rules! checked {
    ($($name:ident: $flags:ident)*) => {
        $(
            #[derive(Clone, Parser, DynamicFlags)]
            #[allow(dead_code, reason = "only its arguments are used")]
            struct $name {
                #[command(flatten)]
                #[flag(flatten)]
                config: ConfigMapArgs,
                #[command(flatten)]
                #[flag(flatten)]
                flags: $flags,
            }
        )*
    };
}

checked! {
    Checked10: Flags10
    Checked100: Flags100
    Checked1000: Flags1000
    Checked10000: Flags10000
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut table = Table::new(
        "Scale",
        "How the costs grow with the number of flags: medians of as many runs as fit into half a second, at least \
         three. Those of dflag grow in proportion. clap's own parse, which is part of each start and check, grows with \
         the square. Memory is what is allocated once a source has set all flags.",
        [
            "flags",
            "clap's `parse`, µs",
            "`parse_dynamic`, µs more",
            "bytes a flag",
            "all changed, µs",
            "one changed, µs",
            "`listing`, µs",
            "check, ms",
        ],
    );
    row::<Flags10, Checked10>(&mut table)?;
    row::<Flags100, Checked100>(&mut table)?;
    row::<Flags1000, Checked1000>(&mut table)?;
    row::<Flags10000, Checked10000>(&mut table)?;
    table.publish("9-scale")?;
    Ok(())
}

fn row<A: Many, C: DynamicFlags + Parser>(table: &mut Table) -> Result<(), Box<dyn Error>> {
    let keys = A::keys();
    let parse = time(|| Ok(A::try_parse_from(["bench"])?))?;
    let parse_dynamic = time(|| Ok(A::try_parse_dynamic_from(["bench"])?))?;

    let before = IN_USE.load(Ordering::Relaxed);
    let flags = A::try_parse_dynamic_from(["bench"])?;
    let set: Arc<dyn FlagSet> = (&flags).into();
    set.propose(&layer(&payload(&keys, Change::All, 1)))?;
    let memory = IN_USE.load(Ordering::Relaxed) - before;

    let all = publish(
        &*set,
        [2, 3].map(|number| layer(&payload(&keys, Change::All, number))),
    )?;
    let one = publish(
        &*set,
        [4, 5].map(|number| layer(&payload(&keys, Change::One, number))),
    )?;
    let listing = time(|| Ok(flags.listing()))?;
    let check = check::<C>(&keys)?;
    table.row([
        keys.len().to_string(),
        number(parse),
        number(parse_dynamic - parse),
        number(memory as f64 / keys.len() as f64),
        number(all),
        number(one),
        number(listing),
        number(check / 1_000.0),
    ]);
    Ok(())
}

/// The time of a proposal of each of `layers` in turn.
fn publish(set: &dyn FlagSet, layers: [Layer; 2]) -> Result<f64, Box<dyn Error>> {
    let mut layers = layers.iter().cycle();
    set.propose(layers.next().ok_or("no layer")?)?;
    time(|| Ok(set.propose(layers.next().ok_or("no layer")?)?))
}

/// The time of `--config-check` of a manifest with a key for each flag.
fn check<C: DynamicFlags + Parser>(keys: &[String]) -> Result<f64, Box<dyn Error>> {
    let mut manifest =
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: bench\ndata:\n".to_owned();
    for (key, value) in payload(keys, Change::All, 7) {
        writeln!(manifest, "  {key}: {value:?}")?;
    }
    let file = tempfile::NamedTempFile::new()?;
    fs::write(file.path(), manifest)?;
    let check = "--config-check".as_ref();
    time(|| {
        let line = ["bench".as_ref(), check, file.path().as_os_str()];
        match ConfigMapArgs::try_parse_from_with::<C, _, _>(line, |builder| builder) {
            Err(ParseError::Command(output)) if output.exit_code() == 0 => Ok(()),
            Err(error) => Err(error.into()),
            Ok(_) => Err("the command line asks for a check".into()),
        }
    })
}

/// The median time of `run` in microseconds, without that of dropping what it returns.
fn time<T>(mut run: impl FnMut() -> Result<T, Box<dyn Error>>) -> Result<f64, Box<dyn Error>> {
    let (for_long, often) = AT_LEAST;
    let mut times = Vec::new();
    let begin = Instant::now();
    while begin.elapsed() < for_long || times.len() < often {
        let start = Instant::now();
        let result = black_box(run()?);
        times.push(micros(start.elapsed()));
        drop(result);
    }
    Ok(Samples::from_iter(times).median())
}
