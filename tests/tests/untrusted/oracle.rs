//! What must hold for any file names and any file contents. The fuzz targets use it, too.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::sync::Arc;
use std::time::Duration;

use clap::builder::{BoolValueParser, TypedValueParser as _};
use clap::{Parser, ValueEnum, value_parser};
use dflag::value::Bytes;
use dflag::{DynamicFlags, FlagSet, Layer};
use dflag_configmap::{InitializeError, Updater};

/// A flag for each way to parse a text.
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
    #[arg(long, value_delimiter = ',')]
    #[flag(dynamic)]
    words: Option<Vec<String>>,
    #[arg(long)]
    #[flag(dynamic)]
    lines: Vec<String>,
    #[arg(long, num_args = 2)]
    #[flag(dynamic)]
    pairs: Vec<String>,
    #[arg(long, default_value = "", value_parser = dflag::value::string_set())]
    #[flag(dynamic)]
    set: BTreeSet<String>,
    #[arg(long, value_parser = BoolValueParser::new().map(|value| !value), default_value = "true")]
    #[flag(dynamic)]
    inverted: bool,
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
    reason = "the signature of a check"
)]
fn finite(value: &f64) -> Result<(), String> {
    value
        .is_finite()
        .then_some(())
        .ok_or_else(|| "not finite".to_owned())
}

/// The flags, beginning with those whose files are parsed as the command line is.
pub const FLAGS: [&str; 18] = [
    "int", "byte", "real", "word", "level", "time", "json", "switch", "maybe", "list", "words",
    "lines", "pairs", "set", "inverted", "kept", "raw", "pin",
];

/// The number of [`FLAGS`] that accept a text in a file exactly if they accept it after `--flag=`.
const LIKE_THE_COMMAND_LINE: usize = 7;

/// The text without what editors and templates add around it.
fn meant(text: &str) -> &str {
    let text = text.trim();
    text.strip_prefix('\u{feff}').unwrap_or(text).trim()
}

/// Part of every secret value, which must not be shown.
const SECRET: &str = "4s3cr3t2";

/// Proposes `contents` as files, each for the flag with that index in [`FLAGS`].
pub fn contents(contents: &BTreeMap<usize, Vec<u8>>) {
    let args = Args::try_parse_dynamic_from(["fuzz"]).unwrap();
    let flags: Arc<dyn FlagSet> = (&args).into();
    let mut layer = Layer::new("fuzz", "/fuzz");
    let mut command_line = Ok(vec!["fuzz".to_owned()]);
    for (index, bytes) in contents {
        let name = FLAGS[index % FLAGS.len()];
        let bytes = if name == "pin" {
            [SECRET.as_bytes(), bytes].concat()
        } else {
            bytes.clone()
        };
        layer.file(name, format!("/fuzz/{name}"), bytes.clone());
        match (String::from_utf8(bytes), &mut command_line) {
            (Ok(text), Ok(line)) if index % FLAGS.len() < LIKE_THE_COMMAND_LINE => {
                line.push(format!("--{name}={}", meant(&text)));
            }
            _ => command_line = Err(()),
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
            for problem in &rejected.problems {
                let problem = problem.to_string();
                assert!(!problem.contains(char::is_control), "{problem:?}");
                assert!(!problem.ends_with(": "), "{problem:?}");
            }
            assert_eq!((&*args.load_full(), args.generation()), (&*before, 1));
        }
    }
    // A file accepts what the command line accepts.
    if let Ok(line) = command_line {
        match (Args::try_parse_dynamic_from(&line), &result) {
            (Ok(parsed), Ok(_)) => assert_eq!(*parsed.load_full(), *args.load_full()),
            (Err(_), Err(_)) => {}
            (line, files) => panic!("command line: {line:?}, files: {files:?}"),
        }
    }
    let list = flags.list();
    assert_eq!(list.len(), FLAGS.len());
    assert!(!format!("{list:?}").contains(SECRET));
    // What is listed can be set again and means the same, and no value differs from itself.
    let before = args.load_full();
    for flag in list.iter().filter(|flag| !flag.secret) {
        if let Some(value) = &flag.value {
            let applied = args.set(&flag.name, value);
            assert!(
                applied.is_ok_and(|applied| applied.changed.is_empty()),
                "{flag:?}"
            );
            assert_eq!(*args.load_full(), *before, "{flag:?}");
            args.clear(&flag.name).unwrap();
        }
    }
    // Proposing the same layer again changes nothing.
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

/// The flag with this file name, by the documentation instead of the code.
fn flag_of(name: &[u8]) -> Option<&'static str> {
    match std::str::from_utf8(name).ok()?.replace('_', "-").as_str() {
        "two-words" | "of-old" => Some("two-words"),
        "inner" | "outer" => Some("outer"),
        "a" => Some("a"),
        _ => None,
    }
}

/// Whether the name is UTF-8 and not hidden.
fn is_key(name: &[u8]) -> bool {
    name.first() != Some(&b'.') && std::str::from_utf8(name).is_ok()
}

/// Creates files with these names and lets an updater read them.
pub fn names(names: &BTreeSet<Vec<u8>>) {
    // In memory where possible, which is faster than a disk.
    let directory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
    let directory = directory.unwrap();
    // The values that each name of a flag gives it, `-` and `_` being the same.
    let mut by_name: BTreeMap<(&str, String), BTreeSet<u32>> = BTreeMap::new();
    let mut unknown = BTreeSet::new();
    for name in names {
        let is_file_name =
            !name.is_empty() && name.len() <= 255 && !name.contains(&b'/') && !name.contains(&0);
        let value = 5 + u32::from(name.contains(&b'_'));
        let write = |path| fs::write(path, value.to_string());
        if !is_file_name || write(directory.path().join(OsStr::from_bytes(name))).is_err() {
            continue;
        }
        match flag_of(name) {
            Some(flag) => {
                let name = String::from_utf8(name.clone()).unwrap().replace('_', "-");
                by_name.entry((flag, name)).or_default().insert(value);
            }
            None if is_key(name) => {
                unknown.insert(String::from_utf8(name.clone()).unwrap());
            }
            None => {}
        }
    }
    let args = Named::try_parse_dynamic_from(["fuzz"]).unwrap();
    let updater = Updater::builder(&args, directory.path())
        .settle(Duration::ZERO)
        .build()
        .unwrap();
    let result = updater.initialize();
    // Two spellings of one name must agree; the long name takes precedence over another one.
    if by_name.values().any(|values| values.len() > 1) {
        assert!(
            matches!(result, Err(InitializeError::Rejected(_))),
            "{result:?}"
        );
        assert_eq!(args.generation(), 1);
    } else {
        result.unwrap();
        let value = |flag: &'static str| {
            let of_flag = by_name.iter().filter(|((of, _), _)| *of == flag);
            let (long, other): (Vec<_>, Vec<_>) = of_flag.partition(|((_, name), _)| name == flag);
            let chosen = long.first().or(other.first());
            chosen.map_or(0, |(_, values)| *values.first().unwrap())
        };
        let expected = Named {
            two_words: value("two-words"),
            inner: value("outer"),
            a: value("a"),
        };
        assert_eq!(*args.load_full(), expected);
    }
    let reported: BTreeSet<String> = updater.status().unknown_keys.into_iter().collect();
    assert_eq!(reported, unknown);
}
