//! Setting a flag to a value of its type. The contract: it is judged as its text would be, its text in a
//! listing is one that can be set again, and a value without a text changes nothing.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use clap::{Parser, ValueEnum};
use dflag::value::{Fraction, map};
use dflag::{Dynamic, DynamicFlags, FlagSet, Flags, Layer, MASK, Origin, Problem};

#[derive(Clone, Debug, Parser, DynamicFlags)]
#[flags(validate = Args::check)]
struct Args {
    #[arg(long, default_value_t = 0.0)]
    #[flag(dynamic, validate = dflag::validate::range(0.0..=1.0))]
    rollout: f64,

    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u8).range(..10))]
    #[flag(dynamic)]
    limit: u8,

    #[arg(long)]
    #[flag(dynamic)]
    verbose: bool,

    #[arg(long, default_value = "")]
    #[flag(dynamic)]
    name: String,

    #[arg(long)]
    #[flag(dynamic)]
    optional: Option<u32>,

    #[arg(long, value_delimiter = ',')]
    #[flag(dynamic)]
    list: Vec<String>,

    #[arg(long, value_delimiter = ',')]
    #[flag(dynamic)]
    optional_list: Option<Vec<u8>>,

    #[arg(long, default_value = "blue")]
    #[flag(dynamic)]
    color: Color,

    #[arg(long)]
    #[flag(dynamic)]
    optional_color: Option<Color>,

    #[arg(long)]
    #[flag(dynamic)]
    colors: Vec<Color>,

    #[arg(long, default_value = "quiet")]
    #[flag(dynamic)]
    volume: Volume,

    #[arg(long, default_value = "a,b", value_parser = dflag::value::string_set())]
    #[flag(dynamic)]
    set: BTreeSet<String>,

    #[arg(long, default_value = "x")]
    #[flag(dynamic)]
    opaque: Opaque,

    #[arg(long, default_value = "0")]
    #[flag(dynamic)]
    lossy: Lossy,

    #[arg(long, default_value = "")]
    #[flag(dynamic, secret, validate = Args::check_token)]
    token: String,
}

impl Args {
    fn check(&self) -> Result<(), &'static str> {
        let is_allowed = self.limit < 9 || self.verbose;
        is_allowed.then_some(()).ok_or("9 needs verbose")
    }

    #[allow(clippy::ptr_arg, reason = "the type of the field")]
    fn check_token(token: &String) -> Result<(), String> {
        let is_valid = token.len() < 10;
        is_valid
            .then_some(())
            .ok_or_else(|| format!("{token} is too long"))
    }
}

/// It has no `Display`.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum Color {
    Red,
    DarkBlue,
    Blue,
}

/// Its `Display` is for people: the parser rejects it.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum Volume {
    Quiet,
    Loud,
}

impl fmt::Display for Volume {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Quiet => "Quiet, please!",
            Self::Loud => "LOUD",
        })
    }
}

/// It has neither `Display` nor an equality.
#[derive(Clone, Debug)]
struct Opaque(#[expect(dead_code, reason = "only parsed")] String);

impl From<&str> for Opaque {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// Its text is another value's.
#[derive(Clone, Debug, PartialEq)]
struct Lossy(f64);

impl FromStr for Lossy {
    type Err = std::num::ParseFloatError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl fmt::Display for Lossy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1}", self.0)
    }
}

fn args() -> Flags<Args> {
    Args::try_parse_dynamic_from(["server"]).unwrap()
}

fn text(args: &Flags<Args>, name: &str) -> Option<String> {
    args.flag(name).unwrap().value
}

#[test]
fn value_of_each_kind_is_set_with_its_text() {
    let args = args();
    args.rollout.set(0.5).unwrap();
    args.limit.set(7).unwrap();
    args.verbose.set(true).unwrap();
    args.name.set("eu west".to_owned()).unwrap();
    args.optional.set(Some(3)).unwrap();
    args.color.set(Color::DarkBlue).unwrap();
    args.optional_color.set(Some(Color::Red)).unwrap();
    args.volume.set(Volume::Loud).unwrap();
    args.set.set(BTreeSet::from(["x".to_owned()])).unwrap();
    args.lossy.set(Lossy(1.5)).unwrap();
    let now = args.load();
    assert_eq!((now.rollout, now.limit, now.verbose), (0.5, 7, true));
    assert_eq!((&*now.name, now.optional), ("eu west", Some(3)));
    assert_eq!(
        (now.color, now.optional_color),
        (Color::DarkBlue, Some(Color::Red))
    );
    assert_eq!(now.volume, Volume::Loud);
    assert_eq!((now.set.len(), now.lossy.0), (1, 1.5));
    for (name, expected) in [
        ("rollout", "0.5"),
        ("verbose", "true"),
        ("color", "dark-blue"),
        ("optional-color", "red"),
        ("volume", "loud"),
    ] {
        assert_eq!(text(&args, name).as_deref(), Some(expected));
        assert_eq!(args.flag(name).unwrap().origin, Origin::Override);
    }
}

#[test]
fn number_that_is_not_equal_to_itself_is_set() {
    #[derive(Clone, Debug, Parser, DynamicFlags)]
    struct Args {
        #[arg(long, default_value_t = 0.0)]
        #[flag(dynamic)]
        x: f64,
    }
    let args = Args::try_parse_dynamic_from(["server"]).unwrap();
    args.x.set(f64::NAN).unwrap();
    assert!(args.x.get().is_nan());
}

#[test]
fn none_unsets_and_clear_restores() {
    let args = Args::try_parse_dynamic_from(["server", "--optional=7"]).unwrap();
    args.optional.set(None).unwrap();
    assert_eq!((args.optional.get(), text(&args, "optional")), (None, None));
    assert_eq!(args.optional.clear().unwrap().changed.len(), 1);
    assert_eq!(args.optional.get(), Some(7));
    assert_eq!(args.optional.clear().unwrap().changed.len(), 0);

    args.optional_list.set(Some(vec![1, 2])).unwrap();
    assert_eq!(text(&args, "optional_list").as_deref(), Some("1,2"));
    args.optional_list.set(Some(vec![])).unwrap();
    assert_eq!(args.optional_list.get(), Some(vec![]));
    args.optional_list.set(None).unwrap();
    assert_eq!(args.optional_list.get(), None);
}

#[test]
fn members_of_a_list_stay_what_they_are() {
    let args = args();
    for members in [
        &["a", "b"][..],
        &["a,b", "c"],
        &[" a"],
        &[""],
        &[],
        &["- a"],
    ] {
        let members: Vec<String> = members.iter().map(|member| (*member).to_owned()).collect();
        args.list.set(members.clone()).unwrap();
        assert_eq!(args.list.get(), members);
        let text = text(&args, "list").unwrap();
        args.clear("list").unwrap();
        args.set("list", &text).unwrap();
        assert_eq!(args.list.get(), members);
    }
}

#[test]
fn value_is_judged_like_any_override() {
    let args = args();
    let message = |rejected: dflag::Rejected| rejected.to_string();
    let rejected = message(args.limit.set(10).unwrap_err());
    assert!(rejected.ends_with("10 is not in 0..10"), "{rejected}");
    let rejected = message(args.rollout.set(2.0).unwrap_err());
    assert!(rejected.ends_with("2.0 is not in 0.0..=1.0"), "{rejected}");
    let rejected = message(args.limit.set(9).unwrap_err());
    assert!(rejected.ends_with("9 needs verbose"), "{rejected}");
    assert_eq!(
        (args.limit.get(), args.rollout.get(), args.generation()),
        (5, 0.0, 1)
    );
}

#[test]
fn secret_is_shown_nowhere() {
    let args = args();
    let applied = args.token.set("hunter2".to_owned()).unwrap();
    assert!(!format!("{applied:?}").contains("hunter2"));
    assert_eq!(text(&args, "token").as_deref(), Some(MASK));
    assert_eq!(args.token.get(), "hunter2");
    for secret in ["hunter2 hunter2", " hunter2"] {
        let rejected = args.token.set(secret.to_owned()).unwrap_err();
        assert!(!format!("{rejected} {rejected:?}").contains("hunter2"));
    }
}

#[test]
fn value_without_a_text_changes_nothing() {
    let args = args();
    let no_text = |set: Result<dflag::Applied, dflag::Rejected>, name: &str| {
        let rejected = set.unwrap_err();
        let is_no_text =
            matches!(&rejected.problems[..], [Problem::NoText { flag, .. }] if flag == name);
        assert!(is_no_text, "{rejected}");
        assert_eq!(rejected.problems.first().unwrap().flag(), Some(name));
    };
    no_text(args.opaque.set(Opaque("y".to_owned())), "opaque");
    no_text(args.lossy.set(Lossy(1.55)), "lossy");
    no_text(args.name.set(" trimmed".to_owned()), "name");
    assert_eq!(args.generation(), 1);
}

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Others {
    #[arg(long, default_value = "/a")]
    #[flag(dynamic)]
    path: PathBuf,

    #[arg(long)]
    #[flag(dynamic)]
    optional_path: Option<PathBuf>,

    #[arg(long)]
    #[flag(dynamic)]
    paths: Vec<PathBuf>,

    #[arg(long, default_value = "a")]
    #[flag(dynamic)]
    os: OsString,

    #[arg(long)]
    #[flag(dynamic)]
    optional_os: Option<OsString>,

    #[arg(long)]
    #[flag(dynamic)]
    colors: Vec<Color>,

    #[arg(long, value_delimiter = ',')]
    #[flag(dynamic)]
    optional_colors: Option<Vec<Color>>,

    #[arg(long, num_args = 2)]
    #[flag(dynamic)]
    pairs: Vec<Volume>,

    #[arg(long, value_parser = map::<String, u8>())]
    #[flag(dynamic)]
    maps: Vec<BTreeMap<String, u8>>,

    #[arg(long, default_value = "0%")]
    #[flag(dynamic)]
    share: Fraction,

    #[arg(long, value_delimiter = ',')]
    #[flag(dynamic)]
    shares: Vec<Fraction>,

    #[arg(long, default_value = "", value_parser = map::<String, Fraction>())]
    #[flag(dynamic)]
    share_of: BTreeMap<String, Fraction>,

    #[arg(long, default_value_t = 1.0)]
    #[flag(dynamic)]
    float: f64,

    #[arg(long, default_value = "")]
    #[flag(dynamic)]
    name: String,

    #[arg(long)]
    #[flag(dynamic)]
    optional: Option<String>,

    #[arg(long, default_value = "a")]
    #[flag(dynamic)]
    letter: char,

    #[arg(long, default_value = "")]
    #[flag(dynamic, trim = false)]
    untrimmed: String,
}

/// Sets a flag, and again to the text that it is listed with.
macro_rules! assert_set {
    ($args:ident.$field:ident, $value:expr, $text:expr) => {
        let value = $value;
        $args.$field.set(value.clone()).unwrap();
        assert_eq!($args.$field.get(), value);
        let name = $args.$field.name().unwrap();
        let text = $args.flag(name).unwrap().value.unwrap();
        assert_eq!(text, $text);
        $args.clear(name).unwrap();
        $args.set(name, &text).unwrap();
        assert_eq!($args.$field.get(), value);
    };
}

#[test]
fn values_of_types_without_a_display_are_set_with_their_texts() {
    let args = Others::try_parse_dynamic_from(["server"]).unwrap();
    assert_set!(args.path, PathBuf::from("/b"), "/b");
    assert_set!(args.optional_path, Some(PathBuf::from("/b")), "/b");
    assert_set!(args.paths, vec![PathBuf::from("/b"), "/c".into()], "/b\n/c");
    assert_set!(args.os, OsString::from("b"), "b");
    assert_set!(args.optional_os, Some(OsString::from("b")), "b");
    let colors = vec![Color::Red, Color::DarkBlue];
    assert_set!(args.colors, colors.clone(), "red\ndark-blue");
    assert_set!(args.colors, vec![], "");
    assert_set!(args.optional_colors, Some(colors), "red,dark-blue");
    assert_set!(args.optional_colors, Some(vec![]), "");
    assert_set!(args.pairs, vec![Volume::Loud, Volume::Quiet], "loud\nquiet");
    let map = |key: &str| BTreeMap::from([(key.to_owned(), 1), ("z".to_owned(), 2)]);
    assert_set!(args.maps, vec![map("a"), map("b")], "a=1,z=2\nb=1,z=2");
    assert_set!(
        args.maps,
        vec![BTreeMap::new(), map("b,\n")],
        r#"["","{\"b,\\n\":\"1\",\"z\":\"2\"}"]"#
    );

    let mut struct_of = Others::try_parse_from(["server"]).unwrap();
    struct_of.path = "/b".into();
    struct_of.optional_os = Some("b".into());
    struct_of.colors = vec![Color::Red, Color::Blue];
    struct_of.share = "12.5%".parse().unwrap();
    let args = Flags::from_value(struct_of).unwrap();
    for (name, expected) in [
        ("path", "/b"),
        ("optional-os", "b"),
        ("colors", "red\nblue"),
        ("share", "12.5%"),
    ] {
        assert_eq!(args.flag(name).unwrap().value.as_deref(), Some(expected));
    }
}

#[cfg(unix)]
#[test]
fn path_that_is_not_utf8_has_no_text() {
    use std::os::unix::ffi::OsStringExt;
    let args = Others::try_parse_dynamic_from(["server"]).unwrap();
    let path = PathBuf::from(OsString::from_vec(b"\xff".to_vec()));
    for set in [
        args.path.set(path.clone()),
        args.paths.set(vec!["/a".into(), path]),
    ] {
        let problems = set.unwrap_err().problems;
        assert!(matches!(problems[..], [Problem::NoText { .. }]));
    }
}

#[test]
fn fraction_is_shown_as_given() {
    let args = Others::try_parse_dynamic_from(["server"]).unwrap();
    let share = |text: &str| text.parse::<Fraction>().unwrap();
    assert_set!(args.share, share("12.5%"), "12.5%");
    assert_eq!(args.share.load().to_string(), "12.5%");
    assert_set!(args.share, Fraction::ONE, "1");
    assert_set!(args.shares, vec![share("25 %"), share("0.5")], "25 %,0.5");
    assert_set!(
        args.share_of,
        BTreeMap::from([("a".to_owned(), share("25%"))]),
        "a=25%"
    );
}

#[test]
fn negative_zero_keeps_its_sign() {
    let args = Others::try_parse_dynamic_from(["server"]).unwrap();
    args.float.set(-0.0).unwrap();
    assert!(args.float.get().is_sign_negative());
    let negative = args.checksum(dflag::FlagKind::Dynamic);
    args.float.clear().unwrap();
    args.float.set(0.0).unwrap();
    assert!(args.float.get().is_sign_positive());
    assert_eq!(args.checksum(dflag::FlagKind::Dynamic), negative);
}

#[test]
fn value_that_would_be_trimmed_names_the_remedy() {
    let args = Others::try_parse_dynamic_from(["server"]).unwrap();
    for set in [
        args.name.set(" y".to_owned()),
        args.optional.set(Some(" a ".to_owned())),
        args.letter.set(' '),
    ] {
        let message = set.unwrap_err().to_string();
        assert!(
            message.ends_with("`#[flag(trim = false)]` to keep it"),
            "{message}"
        );
    }
    args.untrimmed.set(" y".to_owned()).unwrap();
    assert_eq!(args.untrimmed.get(), " y");
}

#[test]
fn equal_value_is_no_change() {
    let args = args();
    let calls = Arc::new(AtomicUsize::new(0));
    let _subscription = args.rollout.on_change({
        let calls = Arc::clone(&calls);
        move |_, _| {
            calls.fetch_add(1, Ordering::SeqCst);
        }
    });
    args.set("rollout", "0.50").unwrap();
    let applied = args.rollout.set(0.5).unwrap();
    assert_eq!((applied.generation, applied.changed.len()), (2, 0));
    assert_eq!(text(&args, "rollout").as_deref(), Some("0.50"));
    assert_eq!((args.generation(), calls.load(Ordering::SeqCst)), (2, 1));

    // The value that is there anyway is kept from changing with the layers below.
    args.limit.set(5).unwrap();
    let mut layer = Layer::new("file", "flags.txt");
    layer.text("limit", "flags.txt:1", "6");
    args.propose(&layer).unwrap();
    assert_eq!(args.limit.get(), 5);
    args.limit.clear().unwrap();
    assert_eq!(args.limit.get(), 6);
}

#[test]
fn handle_without_a_flag_sets_nothing() {
    let rejected = Dynamic::constant(3).set(4).unwrap_err();
    assert_eq!(rejected.problems, [Problem::NoFlag]);
    assert_eq!(
        rejected.to_string(),
        "override rejected, all flags keep their values: \
         the handle follows no flag, so nothing can be set through it"
    );
    assert!(Dynamic::constant(3).clear().is_err());
    assert!(Dynamic::settable(3).1.set(4).is_err());
}

#[test]
fn check_that_sets_is_rejected() {
    use std::sync::OnceLock;
    static HANDLE: OnceLock<Dynamic<u8>> = OnceLock::new();
    static REENTRANT: AtomicUsize = AtomicUsize::new(0);

    #[derive(Clone, Debug, Parser, DynamicFlags)]
    struct Args {
        #[arg(long, default_value_t = 0)]
        #[flag(dynamic, validate = sets)]
        x: u8,
    }

    #[expect(
        clippy::unnecessary_wraps,
        clippy::trivially_copy_pass_by_ref,
        reason = "the signature of a check"
    )]
    fn sets(_: &u8) -> Result<(), String> {
        if let Some(handle) = HANDLE.get() {
            let rejected = handle.set(3).unwrap_err();
            assert_eq!(rejected.problems, [Problem::Reentrant]);
            REENTRANT.fetch_add(1, Ordering::SeqCst);
        }
        Ok(())
    }

    let args = Args::try_parse_dynamic_from(["server"]).unwrap();
    HANDLE.set(args.x.clone()).unwrap();
    let set: Arc<dyn FlagSet> = (&args).into();
    set.edit(&[dflag::Edit::set("x", "1")]).unwrap();
    assert_eq!((args.x.get(), REENTRANT.load(Ordering::SeqCst)), (1, 1));
}
