//! The tables. The programs take turns, so that other load on the machine affects both.

use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use dflag_bench::kubelet::Volume;
use dflag_bench::many::{
    Change, Flags10, Flags20, Flags30, Flags100, Flags300, Flags1000, Many, payload,
};
use dflag_bench::stats::{Samples, number};
use dflag_bench::table::Table;

use crate::program::{Directory, Numbers, Program, Result};

pub(super) fn main() -> Result<()> {
    let Some(original) = std::env::var_os("DFLAG_BENCH_ORIGINAL") else {
        println!("beside_go: not run: `bench/run` sets DFLAG_BENCH_ORIGINAL where there is Go");
        return Ok(());
    };
    let programs = Programs {
        original: Program(original.into()),
        ours: Program(env!("CARGO_BIN_EXE_beside_go").into()),
    };
    programs.reads()?.publish("9-1-beside-go-reads")?;
    programs.follow()?.publish("9-2-beside-go-follow")?;
    programs.torn()?.publish("9-3-beside-go-torn")?;
    programs.start()?.publish("9-4-beside-go-start")?;
    programs.memory()?.publish("9-5-beside-go-memory")?;
    programs.page()?.publish("9-6-beside-go-page")?;
    Ok(())
}

struct Programs {
    original: Program,
    ours: Program,
}

impl Programs {
    fn both(&self) -> [&Program; 2] {
        [&self.original, &self.ours]
    }

    fn reads(&self) -> Result<Table> {
        const TURNS: usize = 5;
        /// The row, its name in the original, and its name here.
        const READS: [(&str, &str, &str); 10] = [
            ("an atomic load, for comparison", "atomic", "atomic"),
            ("integer: `Get`, `get`", "int64", "get_i64"),
            ("boolean: `Get`, `get`", "bool", "get_bool"),
            ("float: `Get`, `get`", "float64", "get_f64"),
            ("duration: `Get`, `get`", "duration", "get_duration"),
            ("string: `Get`, `load`", "string", "load_string"),
            ("string: `Get`, `Reader::load`", "string", "reader_string"),
            ("slice: `Get`, `load`", "slice", "load_vec"),
            ("set: `Get`, `load`", "set", "load_set"),
            ("JSON: `Get`, `load`", "json", "load_json"),
        ];
        let mut version = self.original.command(&["version"]);
        let version = String::from_utf8(version.output()?.stdout)?;
        let mut table = Table::new(
            "Beside Go's dflag: reads",
            &format!(
                "Here and in the tables below, `original` is the program in `bench/go`, which uses {}; `beside_go` is \
                 `bench/src/bin/beside_go.rs`, which does the same with dflag {}. They take turns, and the original's \
                 logging is off. `bench/run beside_go` repeats these tables.\n\n\
                 `original reads 1 60`, `beside_go reads 1 60`, and both with two threads, {TURNS} times: the \
                 nanoseconds of one read, in rounds of 100 µs. Medians, and the 10 % and 90 % quantiles.",
                version.trim(),
                env!("CARGO_PKG_VERSION"),
            ),
            [
                "read",
                "original, ns",
                "spread",
                "two threads",
                "ours, ns",
                "spread",
                "two threads",
            ],
        );
        let mut results = [(); 2].map(|()| [Numbers::new(), Numbers::new()]);
        for _ in 0..TURNS {
            for (program, results) in self.both().into_iter().zip(&mut results) {
                for (threads, numbers) in ["1", "2"].into_iter().zip(results) {
                    for (name, more) in program.run(&["reads", threads, "60"])? {
                        numbers.entry(name).or_default().extend(more);
                    }
                }
            }
        }
        let [original, ours] = results;
        for (name, theirs, here) in READS {
            let mut cells = vec![name.to_owned()];
            for ([alone, both], read) in [(&original, theirs), (&ours, here)] {
                let (alone, both) = (samples(alone, read)?, samples(both, read)?);
                cells.extend([number(alone.median()), alone.spread()]);
                cells.push(number(both.median()));
            }
            table.row(cells);
        }
        Ok(table)
    }

    fn follow(&self) -> Result<Table> {
        let mut table = Table::new(
            "Beside Go's dflag: following a directory",
            "`original follow ROOT CHANGED KEY…` and `beside_go follow ROOT CHANGED KEY…`: microseconds from the \
             rename of `..data` until a reader, which yields while it waits, sees every value of the new generation. \
             The original sets one flag after the other; here a publish is one store. 10 starts of each program, \
             with 10 updates each. Medians, and the 10 % and 90 % quantiles; the ratio is of the medians.",
            [
                "flags",
                "changed",
                "original, µs",
                "spread",
                "ours, µs",
                "spread",
                "ratio",
            ],
        );
        for change in [Change::All, Change::One] {
            for keys in [Flags10::keys(), Flags100::keys(), Flags1000::keys()] {
                let [original, ours] = self.delays(&keys, change)?;
                table.row([
                    keys.len().to_string(),
                    change.name().to_owned(),
                    number(original.median()),
                    original.spread(),
                    number(ours.median()),
                    ours.spread(),
                    number(ours.median() / original.median()),
                ]);
            }
        }
        Ok(table)
    }

    /// The microseconds until an update is visible, for both programs.
    fn delays(&self, keys: &[String], change: Change) -> Result<[Samples; 2]> {
        let changed = if change == Change::All { keys.len() } else { 1 };
        let directory = Directory::new()?;
        let mut volume = Volume::new(directory.path());
        let mut latest = 1;
        volume.write(&payload(keys, change, latest))?;
        let mut delays = [Vec::new(), Vec::new()];
        for _ in 0..10 {
            for (program, delays) in self.both().into_iter().zip(&mut delays) {
                let changed = changed.to_string();
                let mut running = program
                    .start(&[&["follow", directory.root(), &changed], &*texts(keys)].concat())?;
                running.set_up()?;
                for _ in 0..10 {
                    latest += 1;
                    running.send(&latest.to_string())?;
                    let renamed = volume.write(&payload(keys, change, latest))?;
                    let renamed = SystemTime::now() - renamed.elapsed();
                    let renamed = renamed.duration_since(UNIX_EPOCH)?.as_nanos();
                    let visible: u128 = running.next("visible")?;
                    delays.push(visible.saturating_sub(renamed) as f64 / 1e3);
                    // The events of the removal are handled before the next update.
                    volume.clean()?;
                    thread::sleep(Duration::from_millis(20));
                }
            }
        }
        Ok(delays.map(Samples::from_iter))
    }

    fn torn(&self) -> Result<Table> {
        const SECONDS: u64 = 10;
        const PERIOD: Duration = Duration::from_millis(5);
        let mut table = Table::new(
            "Beside Go's dflag: torn pairs",
            &format!(
                "`original torn ROOT {SECONDS} KEY…`, `beside_go torn …` and `beside_go torn_gets …`: a reader reads \
                 two flags for {SECONDS} s, while every update, 200 a second, sets both to the same number. A pair \
                 of different numbers is torn."
            ),
            [
                "reader",
                "pairs read, millions",
                "torn pairs",
                "generations seen",
            ],
        );
        let rows = [
            ("original: two `Get`s", &self.original, "torn"),
            ("ours: one `load`", &self.ours, "torn"),
            ("ours: two `get`s", &self.ours, "torn_gets"),
        ];
        for (name, program, verb) in rows {
            let directory = Directory::new()?;
            let mut volume = Volume::new(directory.path());
            let keys = Flags10::keys();
            volume.write(&payload(&keys, Change::All, 0))?;
            let seconds = SECONDS.to_string();
            let mut running =
                program.start(&[&[verb, directory.root(), &seconds], &*texts(&keys)].concat())?;
            running.next::<u64>("ready")?;
            let begin = Instant::now();
            let mut latest = 0;
            while begin.elapsed() < Duration::from_secs(SECONDS) {
                latest += 1;
                let next = Instant::now() + PERIOD;
                volume.write(&payload(&keys, Change::All, latest))?;
                volume.clean()?;
                thread::sleep(next.saturating_duration_since(Instant::now()));
            }
            let reads: f64 = running.next("reads")?;
            let torn: f64 = running.next("torn")?;
            let generations: f64 = running.next("generations")?;
            table.row([
                name.to_owned(),
                number(reads / 1e6),
                format!("{torn}"),
                format!("{generations} of {latest}"),
            ]);
        }
        Ok(table)
    }

    fn start(&self) -> Result<Table> {
        let mut table = Table::new(
            "Beside Go's dflag: start-up with files",
            "`original start ROOT KEY…` and `beside_go start ROOT KEY…`, each in 30 new processes: microseconds to \
             declare the flags, parse an empty command line, read a file for each flag and begin to follow the \
             directory. Medians, and the 10 % and 90 % quantiles. The columns after the ratio are the parts of both: \
             declaring and parsing (here `parse_dynamic`; of it, clap's `parse` alone in processes of its own), \
             initializing and starting.",
            [
                "flags",
                "original, µs",
                "spread",
                "ours, µs",
                "spread",
                "ratio",
                "parse",
                "initialize",
                "start",
                "`parse_dynamic`",
                "of it clap",
                "`initialize`",
                "`start`",
            ],
        );
        for keys in [Flags30::keys(), Flags300::keys(), Flags1000::keys()] {
            let directory = Directory::new()?;
            Volume::new(directory.path()).write(&payload(&keys, Change::All, 1))?;
            let keys = texts(&keys);
            let mut results = [(); 2].map(|()| Numbers::new());
            for _ in 0..30 {
                for (program, results) in self.both().into_iter().zip(&mut results) {
                    let numbers = program.run(&[&["start", directory.root()], &*keys].concat())?;
                    for (name, more) in numbers {
                        results.entry(name).or_default().extend(more);
                    }
                }
                let clap = self
                    .ours
                    .run(&[&["parse", directory.root()], &*keys].concat())?;
                for (name, more) in clap {
                    results[1].entry(name).or_default().extend(more);
                }
            }
            let [original, ours] = &results;
            let micros = |numbers, name| -> Result<Samples> {
                let nanos = samples(numbers, name)?;
                Ok(nanos.as_slice().iter().map(|nanos| nanos / 1e3).collect())
            };
            let mut cells = vec![keys.len().to_string()];
            let totals = [micros(original, "total")?, micros(ours, "total")?];
            for total in &totals {
                cells.extend([number(total.median()), total.spread()]);
            }
            cells.push(number(totals[1].median() / totals[0].median()));
            for name in ["parse", "initialize", "start"] {
                cells.push(number(micros(original, name)?.median()));
            }
            for name in ["parse", "clap", "initialize", "start"] {
                cells.push(number(micros(ours, name)?.median()));
            }
            table.row(cells);
        }
        Ok(table)
    }

    fn memory(&self) -> Result<Table> {
        let mut table = Table::new(
            "Beside Go's dflag: memory and threads",
            "`original follow ROOT 1000 KEY…` and `beside_go follow ROOT 1000 KEY…`, with 1,000 flags and as many \
             files, half a second after the set-up and before the first update. Medians of 5 processes. Memory that is \
             no file's is what the flags take; the rest are pages of the program's code, such as the functions that \
             declare the flags, which run once.",
            ["quantity", "original", "ours"],
        );
        let keys = Flags1000::keys();
        let directory = Directory::new()?;
        Volume::new(directory.path()).write(&payload(&keys, Change::All, 1))?;
        let count = keys.len().to_string();
        let args = [&["follow", directory.root(), &count], &*texts(&keys)].concat();
        let mut results = [(); 2].map(|()| [const { Vec::new() }; 4]);
        for _ in 0..5 {
            for (program, [all, flags, own, threads]) in self.both().into_iter().zip(&mut results) {
                let mut running = program.start(&args)?;
                running.next::<u64>("before")?;
                let before = running.status("VmRSS:")?;
                let own_before = running.status("RssAnon:")?;
                running.send("")?;
                running.next::<u64>("ready")?;
                thread::sleep(Duration::from_millis(500));
                let after = running.status("VmRSS:")?;
                all.push(after);
                flags.push(after - before);
                own.push(running.status("RssAnon:")? - own_before);
                threads.push(running.status("Threads:")?);
            }
        }
        let [original, ours] = results.map(|results| results.map(Samples::from_iter));
        let names = [
            "resident, KiB",
            "of it more than before the flags were declared, KiB",
            "of that no file's, KiB",
            "threads",
        ];
        for (name, (original, ours)) in names.iter().zip(original.iter().zip(&ours)) {
            let [original, ours] = [original, ours].map(|samples| format!("{}", samples.median()));
            table.row([(*name).to_owned(), original, ours]);
        }
        Ok(table)
    }

    fn page(&self) -> Result<Table> {
        let mut table = Table::new(
            "Beside Go's dflag: the debug page's JSON",
            "`original page 500 KEY…` and `beside_go page 500 KEY…`, three times each: microseconds of one `GET` of \
             all flags as JSON, without a network. Ours has more fields: origin, layers, bounds, sources. Medians, and \
             the 10 % and 90 % quantiles.",
            [
                "flags",
                "original, KiB",
                "µs",
                "spread",
                "ours, KiB",
                "µs",
                "spread",
            ],
        );
        for keys in [Flags20::keys(), Flags1000::keys()] {
            let args = [&["page", "500"], &*texts(&keys)].concat();
            let mut results = [(); 2].map(|()| Numbers::new());
            for _ in 0..3 {
                for (program, results) in self.both().into_iter().zip(&mut results) {
                    for (name, more) in program.run(&args)? {
                        results.entry(name).or_default().extend(more);
                    }
                }
            }
            let mut cells = vec![keys.len().to_string()];
            for results in &results {
                let nanos = samples(results, "nanos")?;
                let micros: Samples = nanos.as_slice().iter().map(|nanos| nanos / 1e3).collect();
                cells.push(number(samples(results, "bytes")?.median() / 1024.0));
                cells.extend([number(micros.median()), micros.spread()]);
            }
            table.row(cells);
        }
        Ok(table)
    }
}

fn texts(keys: &[String]) -> Vec<&str> {
    keys.iter().map(String::as_str).collect()
}

fn samples(numbers: &Numbers, name: &str) -> Result<Samples> {
    let numbers = numbers.get(name);
    let numbers = numbers.ok_or_else(|| format!("a program printed no `{name}`"))?;
    Ok(numbers.iter().copied().collect())
}
