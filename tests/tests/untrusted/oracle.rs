//! What has to hold for any file names and any file contents. The fuzz targets use it, too.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use clap::{Parser, ValueEnum, value_parser};
use dflag::value::Bytes;
use dflag::{DynamicFlags, FlagSet, Layer};
use dflag_configmap::{InitializeError, Updater};

/// A flag of each kind that reads text in a way of its own.
#[derive(Clone, Debug, PartialEq, Parser, DynamicFlags)]
struct Args {
    #[arg(long, default_value_t = 1, value_parser = value_parser!(i64).range(-10..1000))]
    #[flag(dynamic)]
    int: i64,
    #[arg(long, default_value_t = 0)]
    #[flag(dynamic)]
    byte: u8,
    #[arg(long, default_value_t = 0.0, allow_negative_numbers = true)]
    #[flag(dynamic, validate = finite)]
    real: f64,
    #[arg(long, default_value = "none")]
    #[flag(dynamic)]
    word: String,
    #[arg(long, value_enum, default_value = "low")]
    #[flag(dynamic)]
    level: Level,
    #[arg(long, value_parser = dflag::value::duration(), default_value = "1s")]
    #[flag(dynamic)]
    time: Duration,
    #[arg(long, value_parser = dflag::value::json::<BTreeMap<String, Vec<i32>>>(), default_value = "{}")]
    #[flag(dynamic)]
    json: BTreeMap<String, Vec<i32>>,
    #[arg(long)]
    #[flag(dynamic)]
    switch: bool,
    #[arg(long)]
    #[flag(dynamic)]
    maybe: Option<u8>,
    #[arg(long, value_delimiter = ',')]
    #[flag(dynamic)]
    list: Vec<u16>,
    #[arg(long, default_value = "")]
    #[flag(dynamic, trim = false)]
    kept: String,
    #[arg(long, default_value = "")]
    #[flag(dynamic)]
    raw: Bytes,
    #[arg(long, default_value_t = 0)]
    #[flag(dynamic, secret)]
    pin: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum Level {
    Low,
    High,
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "it is what a check looks like"
)]
fn finite(value: &f64) -> Result<(), String> {
    value
        .is_finite()
        .then_some(())
        .ok_or_else(|| "not finite".to_owned())
}

/// The flags, those first whose files are read as the command line is.
pub const FLAGS: [&str; 13] = [
    "int", "byte", "real", "word", "level", "time", "json", "switch", "maybe", "list", "kept",
    "raw", "pin",
];

/// How many of [`FLAGS`] take a text exactly if they take it after `--flag=`.
const LIKE_THE_COMMAND_LINE: usize = 7;

/// In every secret, and in nothing that may be shown.
const SECRET: &str = "4s3cr3t2";

/// Proposes `contents` as files, each for the flag of [`FLAGS`] with that number.
pub fn contents(contents: &BTreeMap<usize, Vec<u8>>) {
    let args = Args::try_parse_dynamic_from(["fuzz"]).unwrap();
    let flags: Arc<dyn FlagSet> = (&args).into();
    let mut layer = Layer::new("fuzz", "/fuzz");
    let mut typed = Ok(vec!["fuzz".to_owned()]);
    for (index, bytes) in contents {
        let name = FLAGS[index % FLAGS.len()];
        let bytes = if name == "pin" {
            [SECRET.as_bytes(), bytes].concat()
        } else {
            bytes.clone()
        };
        layer.file(name, format!("/fuzz/{name}"), bytes.clone());
        match (String::from_utf8(bytes), &mut typed) {
            (Ok(text), Ok(line)) if index % FLAGS.len() < LIKE_THE_COMMAND_LINE => {
                line.push(format!("--{name}={}", text.trim()));
            }
            _ => typed = Err(()),
        }
    }
    let before = args.load_full();
    let result = flags.propose(&layer);
    match &result {
        Ok(applied) => {
            assert_eq!(applied.changed.is_empty(), *before == *args.load_full());
            assert_eq!(applied.generation, args.generation());
        }
        Err(rejected) => {
            let text = format!("{rejected} {rejected:?}");
            assert!(
                !rejected.problems.is_empty() && !text.contains("panic"),
                "{text}"
            );
            assert!(!text.contains(SECRET), "{text}");
            assert_eq!((&*args.load_full(), args.generation()), (&*before, 1));
        }
    }
    // What is good in a file is what is good on the command line.
    if let Ok(line) = typed {
        match (Args::try_parse_dynamic_from(&line), &result) {
            (Ok(parsed), Ok(_)) => assert_eq!(*parsed.load_full(), *args.load_full()),
            (Err(_), Err(_)) => {}
            (line, file) => panic!("as text {line:?}, as files {file:?}"),
        }
    }
    // What is shown of a value is text that gives the value.
    let shown = flags.list();
    assert_eq!(shown.len(), FLAGS.len());
    assert!(!format!("{shown:?}").contains(SECRET));
    // The same again is no change.
    let (now, generation) = (args.load_full(), args.generation());
    assert_eq!(flags.propose(&layer).is_ok(), result.is_ok());
    assert_eq!((args.load_full(), args.generation()), (now, generation));
}

#[derive(Clone, Debug, PartialEq, Parser, DynamicFlags)]
struct Named {
    #[arg(long, alias = "of-old", default_value_t = 0)]
    #[flag(dynamic)]
    two_words: u32,
    #[arg(id = "inner", long = "outer", default_value_t = 0)]
    #[flag(dynamic)]
    inner: u32,
    #[arg(long, default_value_t = 0)]
    #[flag(dynamic)]
    a: u32,
}

/// The flag that a file name means, told by the documentation and not by the code.
fn flag_of(name: &[u8]) -> Option<&'static str> {
    match std::str::from_utf8(name).ok()?.replace('_', "-").as_str() {
        "two-words" | "of-old" => Some("two-words"),
        "inner" | "outer" => Some("outer"),
        "a" => Some("a"),
        _ => None,
    }
}

/// Whether it can be a key of a ConfigMap that is not hidden.
fn is_key(name: &[u8]) -> bool {
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._".contains(byte);
    name.first() != Some(&b'.') && name.iter().all(allowed)
}

/// Makes files of these names in `directory`, which is empty, and lets an updater read them.
pub fn names(directory: &Path, names: &BTreeSet<Vec<u8>>) {
    let mut by_flag: BTreeMap<&str, usize> = BTreeMap::new();
    let mut unknown = BTreeSet::new();
    for name in names {
        let sound =
            !name.is_empty() && name.len() <= 255 && !name.contains(&b'/') && !name.contains(&0);
        if !sound || fs::write(directory.join(OsStr::from_bytes(name)), "5").is_err() {
            continue;
        }
        match flag_of(name) {
            Some(flag) => *by_flag.entry(flag).or_default() += 1,
            None if is_key(name) => {
                unknown.insert(String::from_utf8(name.clone()).unwrap());
            }
            None => {}
        }
    }
    let args = Named::try_parse_dynamic_from(["fuzz"]).unwrap();
    let updater = Updater::builder(&args, directory)
        .settle(Duration::ZERO)
        .build()
        .unwrap();
    let result = updater.initialize();
    if by_flag.values().any(|files| *files > 1) {
        assert!(
            matches!(result, Err(InitializeError::Rejected(_))),
            "{result:?}"
        );
        assert_eq!(args.generation(), 1);
    } else {
        result.unwrap();
        let value = |flag| if by_flag.contains_key(flag) { 5 } else { 0 };
        let expected = Named {
            two_words: value("two-words"),
            inner: value("outer"),
            a: value("a"),
        };
        assert_eq!(*args.load_full(), expected);
    }
    let told: BTreeSet<String> = updater.status().unknown_keys.into_iter().collect();
    assert_eq!(told, unknown);
}
