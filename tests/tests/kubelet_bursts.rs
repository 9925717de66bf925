//! Bursts of generations that kubelet's own code writes: the last one of each is applied, and no reader sees two of them
//! together.
//!
//! `DFLAG_BURSTS` is the number of bursts (3), `DFLAG_BURST_LENGTH` that of their generations (300).

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails loudly"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use clap::Parser;
use dflag::DynamicFlags;
use dflag_tests::kubelet::AtomicWriter;
use dflag_tests::wait;

/// Each generation has the same number in all keys.
#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Args {
    #[arg(long, default_value_t = 0)]
    #[flag(dynamic)]
    left: u64,
    #[arg(long, default_value_t = 0)]
    #[flag(dynamic)]
    right: u64,
    #[arg(long, default_value = "0")]
    #[flag(dynamic)]
    text: String,
}

fn from_environment(name: &str, default: u64) -> u64 {
    let text = std::env::var(name).ok();
    text.map_or(default, |text| text.parse().unwrap())
}

#[test]
fn last_generation_of_each_burst_is_applied_and_none_is_torn() {
    let parent = tempfile::tempdir().unwrap();
    let root = parent.path().join("flags");
    let Some(mut writer) = AtomicWriter::start(&root).unwrap() else {
        println!("skipped: no kubelet: run tests/kube/apiserver/build");
        return;
    };
    let bursts = from_environment("DFLAG_BURSTS", 3);
    let length = from_environment("DFLAG_BURST_LENGTH", 300);
    let mut number = 0;
    let mut write = |writer: &mut AtomicWriter| {
        number += 1;
        let text = number.to_string();
        let keys = [("left", &*text), ("right", &*text), ("text", &*text)];
        writer.write(&keys).unwrap();
        number
    };
    write(&mut writer);

    let args = Args::try_parse_dynamic_from(["bursts"]).unwrap();
    let updater = dflag_configmap::setup(&args, &root).unwrap();
    let is_over = Arc::new(AtomicBool::new(false));
    let torn = Arc::new(AtomicU64::new(0));
    let reader = thread::spawn({
        let (args, is_over, torn) = (args.clone(), Arc::clone(&is_over), Arc::clone(&torn));
        move || {
            let mut reads = 0_u64;
            while !is_over.load(Ordering::Relaxed) {
                let now = args.load();
                let is_whole = now.left == now.right && now.text == now.left.to_string();
                torn.fetch_add(u64::from(!is_whole), Ordering::Relaxed);
                reads += 1;
            }
            reads
        }
    });
    for burst in 0..bursts {
        let mut last = 0;
        for _ in 0..length {
            last = write(&mut writer);
        }
        let what = format!("generation {last}, the last of burst {burst}");
        wait::until(Duration::from_secs(60), &what, || args.left.get() == last);
    }
    is_over.store(true, Ordering::Relaxed);
    let reads = reader.join().unwrap();
    assert_eq!(torn.load(Ordering::Relaxed), 0, "of {reads} reads");
    println!("{bursts} bursts of {length}, {reads} reads");
    assert_eq!(updater.status().rejected, 0);
}
