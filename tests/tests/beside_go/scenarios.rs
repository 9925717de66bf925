//! What happens in each scenario with the original and here.
//!
//! `tests/go/scenarios.go` has the same scenarios, by the same names.

use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};
use std::fs;
use std::os::unix::fs::symlink;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, LazyLock};

use clap::Parser;
use dflag::{DynamicFlags, Flags};
use dflag_configmap::Updater;

use crate::original;
use crate::program::{Args, Program, Values};

struct Scenario {
    name: &'static str,
    original: String,
    ours: String,
    run: fn() -> String,
}

/// A scenario with the same outcome.
fn same(name: &'static str, outcome: impl Display, run: fn() -> String) -> Scenario {
    differs(name, &outcome, &outcome, run)
}

/// A scenario with another outcome here than with the original.
fn differs(
    name: &'static str,
    original: impl Display,
    ours: impl Display,
    run: fn() -> String,
) -> Scenario {
    Scenario {
        name,
        original: original.to_string(),
        ours: ours.to_string(),
        run,
    }
}

static TABLE: LazyLock<Vec<Scenario>> = LazyLock::new(|| {
    [
        reading(),
        updates(),
        phases(),
        checks_and_callbacks(),
        command_line(),
    ]
    .into_iter()
    .flatten()
    .collect()
});

fn reading() -> Vec<Scenario> {
    vec![
        same(
            "initialize sets static and dynamic flags",
            Values(80, 2, 1),
            || Program::start(&[("port", "80"), ("limit", "2\n")]).values(),
        ),
        same(
            "a key for no flag is counted and ignored",
            "port 8080, limit 2, other 1, 1 unknown",
            || {
                let p = Program::start(&[("limit", "2"), ("unknown", "1")]);
                format!(
                    "{}, {} unknown",
                    p.values(),
                    p.updater.status().unknown_keys.len()
                )
            },
        ),
        same(
            "a name that begins with a dot is no key",
            "port 8080, limit 2, other 1, 0 unknown",
            || {
                let p = Program::start(&[("limit", "2"), (".hidden", "1")]);
                format!(
                    "{}, {} unknown",
                    p.values(),
                    p.updater.status().unknown_keys.len()
                )
            },
        ),
        differs(
            "a name with an underscore sets the flag with a dash",
            Values(8080, 1, 1),
            Values(8080, 1, 2),
            || Program::start(&[("other_limit", "2")]).values(),
        ),
        same("initialize fails without a directory", "error", || {
            let p = Program::new();
            let updater = Updater::new(&p.args, p.parent.path().join("none")).unwrap();
            outcome(&updater.initialize())
        }),
        same("initialize fails for an invalid value", "error", || {
            let mut p = Program::new();
            p.write(&[("limit", "many")]);
            outcome(&p.updater.initialize())
        }),
        differs(
            "a failed initialize changes the other flags",
            Values(80, 1, 1),
            Values(8080, 1, 1),
            || {
                let mut p = Program::new();
                p.write(&[("limit", "many"), ("port", "80")]);
                let _ = p.updater.initialize();
                p.values()
            },
        ),
    ]
}

fn updates() -> Vec<Scenario> {
    vec![
        same(
            "an update changes dynamic flags",
            Values(8080, 3, 1),
            || {
                let mut p = Program::follow(&[("limit", "2")]);
                p.update(&[("limit", "3")]);
                p.values()
            },
        ),
        same("an update changes a static flag", Values(80, 3, 1), || {
            let mut p = Program::follow(&[("port", "80"), ("limit", "2")]);
            p.update(&[("port", "81"), ("limit", "3")]);
            p.values()
        }),
        differs(
            "an update with an invalid value changes the other flags",
            Values(8080, 2, 3),
            Values(8080, 2, 2),
            || {
                let mut p = Program::follow(&[("limit", "2"), ("other-limit", "2")]);
                p.update(&[("limit", "many"), ("other-limit", "3")]);
                p.values()
            },
        ),
        differs(
            "an update with an invalid value of a static flag changes the other flags",
            Values(80, 3, 1),
            Values(80, 2, 1),
            || {
                let mut p = Program::follow(&[("port", "80"), ("limit", "2")]);
                p.update(&[("port", "many"), ("limit", "3")]);
                p.values()
            },
        ),
        differs(
            "a key that disappears resets its flag",
            Values(8080, 2, 1),
            Values(8080, 1, 1),
            || {
                let mut p = Program::follow(&[("limit", "2")]);
                p.update(&[]);
                p.values()
            },
        ),
        differs(
            "an update replaces what an operator set",
            Values(8080, 3, 1),
            Values(8080, 5, 1),
            || {
                let mut p = Program::follow(&[("limit", "2")]);
                p.args.set("limit", "5").unwrap();
                p.update(&[("limit", "3")]);
                p.values()
            },
        ),
        same(
            "an exchanged link to the directory is an update",
            Values(8080, 3, 1),
            || {
                let p = Program::new();
                let root = p.volume.root();
                let [one, other, next] = ["0", "1", "next"].map(|name| p.parent.path().join(name));
                for (directory, limit) in [(&one, "2"), (&other, "3")] {
                    fs::create_dir(directory).unwrap();
                    fs::write(directory.join("limit"), limit).unwrap();
                }
                fs::remove_dir(root).unwrap();
                symlink(&one, root).unwrap();
                p.run();
                symlink(&other, &next).unwrap();
                fs::rename(&next, root).unwrap();
                p.wait_for_limit(3);
                p.values()
            },
        ),
        same(
            "a written file of a plain directory is an update",
            Values(8080, 3, 1),
            || {
                let p = Program::new();
                let file = p.volume.root().join("limit");
                fs::write(&file, "2").unwrap();
                p.run();
                fs::write(&file, "3").unwrap();
                p.wait_for_limit(3);
                p.values()
            },
        ),
    ]
}

fn phases() -> Vec<Scenario> {
    vec![
        same("start fails while the updater runs", "error", || {
            outcome(&Program::follow(&[]).updater.start())
        }),
        same("initialize fails after start", "error", || {
            outcome(&Program::follow(&[]).updater.initialize())
        }),
        same("stop fails before start", "error", || {
            outcome(&Program::start(&[]).updater.stop())
        }),
        same(
            "flags keep their values after stop",
            Values(8080, 2, 1),
            || {
                let p = Program::follow(&[("limit", "2")]);
                p.updater.stop().unwrap();
                p.values()
            },
        ),
        differs("start fails after stop", "error", "ok", || {
            let p = Program::follow(&[]);
            p.updater.stop().unwrap();
            outcome(&p.updater.start())
        }),
        differs("stop fails after stop", "blocks", "error", || {
            let p = Program::follow(&[]);
            p.updater.stop().unwrap();
            outcome(&p.updater.stop())
        }),
    ]
}

fn checks_and_callbacks() -> Vec<Scenario> {
    vec![
        same(
            "a value that the check rejects is not set",
            "error, port 8080, limit 1, other 1",
            || {
                let p = Program::new();
                let set = outcome(&p.args.set("limit", "1000"));
                format!("{set}, {}", p.values())
            },
        ),
        differs(
            "a default that the check rejects is an error",
            "ok",
            "error",
            || {
                #[derive(Clone, Parser, DynamicFlags)]
                struct Args {
                    #[arg(long, default_value_t = 1000)]
                    #[flag(dynamic, validate = dflag::validate::range(0..=100))]
                    limit: i64,
                }
                outcome(&Args::try_parse_dynamic_from(["server"]))
            },
        ),
        same("the command line is checked", "error", || {
            outcome(&Args::try_parse_dynamic_from(["server", "--limit=1000"]))
        }),
        same(
            "the callback gets the old and the new value",
            "1, 5",
            || {
                let p = Program::new();
                let (sender, values) = channel();
                let _subscription = p.args.limit.on_change(move |old, new| {
                    let _ = sender.send(format!("{old}, {new}"));
                });
                p.args.set("limit", "5").unwrap();
                values.try_recv().unwrap()
            },
        ),
        // A callback needs the flags, which exist when the command line is parsed.
        differs(
            "the callback runs for the command line's value",
            "1 calls",
            "0 calls",
            || calls(&["--limit=5"], |_| ()),
        ),
        differs(
            "the callback runs for an equal value",
            "1 calls",
            "0 calls",
            || calls(&[], |args| assert!(args.set("limit", "1").is_ok())),
        ),
        same("the callback runs for a rejected value", "0 calls", || {
            calls(&[], |args| assert!(args.set("limit", "1000").is_err()))
        }),
    ]
}

fn command_line() -> Vec<Scenario> {
    vec![
        differs(
            "the command line's last value counts",
            "ok, port 8080, limit 6, other 1",
            "error",
            || {
                outcome(&Args::try_parse_dynamic_from([
                    "server",
                    "--limit=5",
                    "--limit=6",
                ]))
            },
        ),
        differs(
            "one dash is as good as two",
            "ok, port 8080, limit 5, other 1",
            "error",
            || outcome(&Args::try_parse_dynamic_from(["server", "-limit=5"])),
        ),
        same("a switch needs no value", "true", || {
            let args = Args::try_parse_dynamic_from(["server", "--verbose"]).unwrap();
            args.verbose.get().to_string()
        }),
        differs("a switch may have a value", "ok", "error", || {
            outcome(&Args::try_parse_dynamic_from(["server", "--verbose=true"]))
        }),
    ]
}

/// Counts how often a callback of `limit` runs.
fn calls(line: &[&str], set: fn(&Flags<Args>)) -> String {
    let args = Args::try_parse_dynamic_from(["server"].iter().chain(line)).unwrap();
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&calls);
    let _subscription = args.limit.on_change(move |_, _| {
        counter.fetch_add(1, Ordering::Relaxed);
    });
    set(&args);
    format!("{} calls", calls.load(Ordering::Relaxed))
}

fn outcome<T, E>(result: &Result<T, E>) -> String {
    if result.is_ok() { "ok" } else { "error" }.to_owned()
}

#[test]
fn scenarios_end_here_as_the_table_says() {
    let mut wrong = String::new();
    for Scenario {
        name, ours, run, ..
    } in TABLE.iter()
    {
        let outcome = run();
        if outcome != *ours {
            writeln!(wrong, "{name}: {outcome}, not {ours}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn scenarios_end_with_the_original_as_the_table_says() {
    let Some(output) = original::run("scenarios", "") else {
        return;
    };
    let outcomes: BTreeMap<String, String> = serde_json::from_str(&output).unwrap();
    let expected = TABLE.iter();
    let expected = expected.map(|scenario| (scenario.name.to_owned(), scenario.original.clone()));
    assert_eq!(outcomes, expected.collect());
}
