//! Performs an operation on many flags in a loop: `many_loop OPERATION FLAGS TIMES`.
//!
//! `bench/instructions` counts the instructions that it executes.

use std::error::Error;
use std::hint::black_box;
use std::sync::Arc;

use dflag::FlagSet;
use dflag_bench::many::{Change, Flags100, Flags300, Flags1000, Many, layer, payload};

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let mut next = || args.next().ok_or("OPERATION FLAGS TIMES");
    let (operation, flags, times) = (next()?, next()?, next()?.parse()?);
    match &*flags {
        "100" => run::<Flags100>(&operation, times),
        "300" => run::<Flags300>(&operation, times),
        "1000" => run::<Flags1000>(&operation, times),
        _ => Err("there is no such number of flags".into()),
    }
}

fn run<A: Many>(operation: &str, times: u64) -> Result<(), Box<dyn Error>> {
    let mut once: Box<dyn FnMut()> = match operation {
        "parse" => Box::new(|| drop(black_box(A::try_parse_from(["bench"])))),
        "parse_dynamic" => Box::new(|| drop(black_box(A::try_parse_dynamic_from(["bench"])))),
        "listing" => {
            let flags = A::try_parse_dynamic_from(["bench"])?;
            flags.propose(&layer(&payload(&A::keys(), Change::All, 1)))?;
            Box::new(move || drop(black_box(flags.listing())))
        }
        "publish_one" => publish::<A>(Change::One)?,
        "publish_all" => publish::<A>(Change::All)?,
        _ => return Err("there is no such operation".into()),
    };
    // The first one initializes what the later ones use.
    once();
    measured(&mut *once, times);
    Ok(())
}

fn publish<A: Many>(change: Change) -> Result<Box<dyn FnMut()>, Box<dyn Error>> {
    let flags = A::try_parse_dynamic_from(["bench"])?;
    let set: Arc<dyn FlagSet> = (&flags).into();
    let keys = A::keys();
    let [mut next, mut last] = [1, 2].map(|number| layer(&payload(&keys, change, number)));
    set.propose(&next)?;
    Ok(Box::new(move || {
        std::mem::swap(&mut next, &mut last);
        drop(black_box(set.propose(&next)));
    }))
}

/// callgrind counts the instructions of this function.
#[inline(never)]
fn measured(once: &mut dyn FnMut(), times: u64) {
    for _ in 0..times {
        once();
    }
}
