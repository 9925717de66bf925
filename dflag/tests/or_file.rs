//! Values from files of their own.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests may panic")]
#![cfg(unix)]

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fs, process};

use clap::builder::StringValueParser;
use clap::{CommandFactory, FromArgMatches, Parser};
use dflag::validate::{each, range};
use dflag::value::or_file;
use dflag::{DynamicFlags, FlagKind, FlagSet, Flags, Layer, OnInvalid};

/// A type without equality.
#[derive(Clone, Debug)]
struct Opaque(String);

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Args {
    #[arg(long, default_value = "")]
    #[flag(dynamic)]
    token: String,

    #[arg(long, default_value = "", value_parser = opaque)]
    #[flag(dynamic)]
    opaque: Opaque,

    #[arg(long, default_value_t = 0)]
    #[flag(dynamic)]
    limit: u16,

    #[arg(long, value_delimiter = ',')]
    #[flag(dynamic)]
    tokens: Vec<String>,

    #[arg(long, default_value = "")]
    #[flag(dynamic, secret)]
    password: String,

    #[arg(long, default_value = "")]
    certificate: String,

    #[arg(long, default_value = "")]
    #[flag(dynamic)]
    other: String,
}

fn opaque(text: &str) -> Result<Opaque, String> {
    if text == "bad" {
        return Err(format!("{text} is bad"));
    }
    Ok(Opaque(text.to_owned()))
}

/// A folder with secrets beside a file that is none.
struct Folder {
    outer: PathBuf,
    path: PathBuf,
}

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("dflag-or-file-{}-{count}", process::id());
        let outer = std::env::temp_dir().join(name);
        let path = outer.join("secrets");
        fs::create_dir_all(&path).unwrap();
        fs::write(outer.join("outside"), "outside-content").unwrap();
        Self { outer, path }
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        fs::write(self.path.join(name), content).unwrap();
        self.at(name)
    }

    fn at(&self, name: &str) -> String {
        format!("@{}", self.path.join(name).display())
    }

    fn args(&self, line: &[&str]) -> Result<Flags<Args>, clap::Error> {
        let text = || or_file(StringValueParser::new()).within(&self.path);
        let mut command = Args::command()
            .mut_arg("token", |arg| arg.value_parser(text()))
            .mut_arg("tokens", |arg| arg.value_parser(text()))
            .mut_arg("password", |arg| arg.value_parser(text()))
            .mut_arg("certificate", |arg| arg.value_parser(text()))
            .mut_arg("opaque", |arg| {
                arg.value_parser(or_file(opaque as fn(&str) -> _).within(&self.path))
            })
            .mut_arg("limit", |arg| {
                arg.value_parser(or_file(clap::value_parser!(u16)).within(&self.path))
            });
        let line = ["server"].iter().chain(line);
        let matches = command.try_get_matches_from_mut(line)?;
        Args::from_arg_matches(&matches)?;
        Flags::from_command(command, &matches)
    }

    fn flags(&self) -> Flags<Args> {
        self.args(&[]).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.outer).ok();
    }
}

fn layer(values: &[(&str, &str)]) -> Layer {
    let mut layer = Layer::new("ConfigMap", "/etc/dflag");
    for (name, value) in values {
        layer.file(*name, format!("/etc/dflag/{name}"), *value);
    }
    layer
}

#[test]
fn file_that_an_override_hides_counts_for_a_restart() {
    #[derive(Clone, Parser, DynamicFlags)]
    #[flags(validate = Bounded::check)]
    struct Bounded {
        #[arg(long, default_value_t = 0)]
        #[flag(dynamic)]
        limit: u16,
    }

    impl Bounded {
        fn check(&self) -> Result<(), &'static str> {
            (self.limit < 10).then_some(()).ok_or("too many")
        }
    }

    let folder = Folder::new();
    let parser = or_file(clap::value_parser!(u16)).within(&folder.path);
    let mut command = Bounded::command().mut_arg("limit", |arg| arg.value_parser(parser));
    let matches = command.try_get_matches_from_mut(["server"]).unwrap();
    let args = Flags::<Bounded>::from_command(command, &matches).unwrap();
    let set: std::sync::Arc<dyn FlagSet> = (&args).into();
    set.freeze();
    args.set("limit", "1").unwrap();
    let problems = |content: &str| {
        let mut layer = Layer::new("ConfigMap", "/etc/dflag");
        layer.text("limit", "/etc/dflag/limit", folder.write("limit", content));
        args.propose(&layer).unwrap();
        args.restart_problems().len()
    };
    assert_eq!(["5", "50", "5"].map(problems), [0, 1, 0]);
}

#[test]
fn value_is_the_trimmed_content_of_the_file() {
    let folder = Folder::new();
    let flags = folder.flags();
    let token = folder.write("token", "\u{feff} abc \r\n");
    flags.propose(&layer(&[("token", &token)])).unwrap();
    assert_eq!(flags.token.get(), "abc");
    flags.set("token", "@relative and @ alone").unwrap();
    assert_eq!(flags.token.get(), "@relative and @ alone");
    let list = format!("{token},x,{}", folder.write("other", "y,z"));
    flags.set("tokens", &list).unwrap();
    assert_eq!(flags.tokens.get(), ["abc", "x", "y,z"]);
}

#[test]
fn command_line_reads_the_file_too() {
    let folder = Folder::new();
    let limit = folder.write("limit", "7\n");
    let line = format!("--limit={limit}");
    assert_eq!(folder.args(&[&line]).unwrap().limit.get(), 7);
}

#[test]
fn changed_file_is_a_change_although_the_text_is_the_same() {
    let folder = Folder::new();
    let flags = folder.flags();
    let layer = layer(&[
        ("token", &folder.write("token", "one")),
        ("opaque", &folder.write("opaque", "one")),
        ("limit", &folder.write("limit", "1")),
        ("other", "fixed"),
    ]);
    assert!(flags.propose(&layer).unwrap().volatile);
    let generation = flags.propose(&layer).unwrap().generation;

    folder.write("token", "two");
    folder.write("opaque", "two");
    folder.write("limit", "2");
    let applied = flags.propose(&layer).unwrap();
    let changed: Vec<_> = applied.changed.iter().map(|it| &*it.flag).collect();
    assert_eq!(changed, ["token", "opaque", "limit"]);
    assert_eq!(applied.generation, generation + 1);
    assert_eq!(flags.token.get(), "two");
    assert_eq!(flags.opaque.get().0, "two");
    assert_eq!(flags.limit.get(), 2);

    let again = flags.propose(&layer).unwrap();
    assert!(again.changed.is_empty() && again.volatile);
    assert_eq!(again.generation, generation + 1);
}

#[test]
fn layer_without_files_is_not_volatile() {
    let folder = Folder::new();
    let flags = folder.flags();
    assert!(!flags.propose(&layer(&[("token", "abc")])).unwrap().volatile);
    let rejected = flags.propose(&layer(&[("limit", "x")])).unwrap_err();
    assert!(!rejected.volatile);
}

#[test]
fn file_that_is_gone_or_invalid_rejects_the_update_and_the_value_stays() {
    let folder = Folder::new();
    let flags = folder.flags();
    let limit = folder.write("limit", "5");
    let layer = layer(&[("limit", &limit), ("other", "changed")]);
    flags.propose(&layer).unwrap();

    folder.write("limit", "hunter2");
    let rejected = flags.propose(&layer).unwrap_err();
    assert!(rejected.volatile);
    let message = rejected.to_string();
    assert!(message.contains(limit.trim_start_matches('@')), "{message}");
    assert!(!message.contains("hunter2"), "{message}");

    fs::remove_file(folder.path.join("limit")).unwrap();
    let rejected = flags.propose(&layer).unwrap_err();
    assert!(rejected.volatile);
    assert!(rejected.to_string().contains("can't be read"), "{rejected}");
    assert!(
        rejected.to_string().contains("create the file"),
        "{rejected}"
    );
    assert_eq!(flags.limit.get(), 5);

    let kept = flags.propose(&layer.clone().on_invalid(OnInvalid::KeepValid));
    assert!(kept.unwrap().volatile);
    assert_eq!(flags.limit.get(), 5);

    folder.write("limit", "6");
    flags.propose(&layer).unwrap();
    assert_eq!(flags.limit.get(), 6);
}

#[test]
fn path_outside_the_folder_is_rejected() {
    let folder = Folder::new();
    let flags = folder.flags();
    let path = folder.path.display();
    fs::create_dir(folder.outer.join("secrets-2")).unwrap();
    fs::write(folder.outer.join("secrets-2/token"), "sibling").unwrap();
    let outer = folder.outer.display();
    for text in [
        "@/etc/passwd".to_owned(),
        "@/".to_owned(),
        "@/does/not/exist".to_owned(),
        format!("@{outer}/outside"),
        format!("@{outer}/secrets-2/token"),
        format!("@{path}/../outside"),
        format!("@{path}/../secrets/token"),
        format!("@{path}/none/../../outside"),
    ] {
        let rejected = flags.set("token", &text).unwrap_err().to_string();
        assert!(
            rejected.contains(&format!("is not in {path}")),
            "{rejected}"
        );
        assert!(!rejected.contains("outside-content"), "{rejected}");
    }
}

#[test]
fn link_out_of_the_folder_is_rejected_and_one_within_is_followed() {
    let folder = Folder::new();
    let flags = folder.flags();
    folder.write("real", "content");
    symlink("real", folder.path.join("link")).unwrap();
    symlink("../outside", folder.path.join("escape")).unwrap();
    symlink(&folder.outer, folder.path.join("parent")).unwrap();
    symlink("loop", folder.path.join("loop")).unwrap();
    flags.set("token", &folder.at("link")).unwrap();
    assert_eq!(flags.token.get(), "content");
    for name in ["escape", "parent/outside"] {
        let rejected = flags
            .set("token", &folder.at(name))
            .unwrap_err()
            .to_string();
        assert!(rejected.contains("leads out of"), "{rejected}");
    }
    assert!(flags.set("token", &folder.at("loop")).is_err());
}

#[test]
fn folder_that_is_itself_a_link_works_as_kubelet_makes_it() {
    let folder = Folder::new();
    let generation = folder.path.join("..1");
    fs::create_dir(&generation).unwrap();
    fs::write(generation.join("token"), "one").unwrap();
    symlink("..1", folder.path.join("..data")).unwrap();
    symlink("..data/token", folder.path.join("token")).unwrap();
    let flags = folder.flags();
    flags
        .propose(&layer(&[("token", &folder.at("token"))]))
        .unwrap();
    assert_eq!(flags.token.get(), "one");
}

#[test]
fn only_regular_text_files_of_limited_size_are_read() {
    let folder = Folder::new();
    let flags = folder.flags();
    let error = |name: &str| {
        flags
            .set("token", &folder.at(name))
            .unwrap_err()
            .to_string()
    };
    fs::create_dir(folder.path.join("folder")).unwrap();
    assert!(error("folder").contains("is not a regular file"));
    let pipe = folder.path.join("pipe");
    let made = process::Command::new("mkfifo").arg(&pipe).status();
    if made.is_ok_and(|status| status.success()) {
        assert!(error("pipe").contains("is not a regular file"));
    }
    folder.write("large", vec![b'a'; (1 << 20) + 1]);
    assert!(error("large").contains("has more than 1 MiB"));
    folder.write("binary", [0xff, 0xfe]);
    assert!(error("binary").contains("is not UTF-8"));
    assert!(error("none").contains("can't be read"));
    let largest = folder.write("largest", vec![b'a'; 1 << 20]);
    flags.set("token", &largest).unwrap();
    assert_eq!(flags.token.load().len(), 1 << 20);
}

#[test]
fn listings_changes_and_checksums_show_the_path_and_no_content() {
    let folder = Folder::new();
    let flags = folder.flags();
    let token = folder.write("token", "hunter2");
    let layer = layer(&[("token", &token)]);
    let applied = flags.propose(&layer).unwrap();
    assert_eq!(applied.changed[0].new.as_deref(), Some(&*token));
    assert_eq!(flags.flag("token").unwrap().value, Some(token.clone()));
    let listing = format!("{:?}", flags.listing());
    assert!(!listing.contains("hunter2"), "{listing}");
    let digest = flags.checksum(FlagKind::Dynamic);
    folder.write("token", "hunter3");
    assert_eq!(flags.propose(&layer).unwrap().changed.len(), 1);
    assert_eq!(flags.checksum(FlagKind::Dynamic), digest);

    let line = format!("--token={token}");
    let started = folder.args(&[&line]).unwrap();
    assert_eq!(started.token.get(), "hunter3");
    assert_eq!(started.checksum(FlagKind::Dynamic), digest);
}

#[test]
fn error_about_a_secret_names_its_file() {
    let folder = Folder::new();
    let flags = folder.flags();
    let rejected = flags.set("password", &folder.at("none")).unwrap_err();
    let path = folder.path.join("none").display().to_string();
    assert!(rejected.to_string().contains(&path), "{rejected}");
}

#[test]
fn error_about_a_secret_names_its_file_at_start_too() {
    #[derive(Clone, Debug, Parser, DynamicFlags)]
    struct Secret {
        #[arg(long, default_value = "", value_parser = or_file(StringValueParser::new()).within("/etc/secrets"))]
        #[flag(dynamic, secret)]
        password: String,

        #[arg(long, default_value = "0", value_parser = or_file(clap::value_parser!(u16)).within("/etc/secrets"))]
        #[flag(dynamic, secret)]
        pin: u16,
    }
    let error = |line: &str| {
        let error = Secret::try_parse_dynamic_from(["server", line]).unwrap_err();
        error.to_string()
    };
    let message = error("--password=@/etc/passwd");
    let expected = "invalid value for '--password <PASSWORD>': /etc/passwd is not in /etc/secrets";
    assert!(message.contains(expected), "{message}");
    for (line, secret) in [
        ("--pin=hunter2", "hunter2"),
        ("--password=@hunter2/x", "hunter2"),
    ] {
        let message = error(line);
        assert!(!message.contains(secret), "{message}");
    }
}

#[test]
fn relative_path_is_rejected_and_a_name_is_a_value() {
    let folder = Folder::new();
    let flags = folder.flags();
    folder.write("token", "content");
    let expected = format!(
        "a value with `@` and `/` names a file: write the absolute path of one, such as `@{}/NAME`",
        folder.path.display()
    );
    for text in ["@secrets/token", "@./token", "@../outside"] {
        let rejected = flags.set("token", text).unwrap_err().to_string();
        assert!(rejected.ends_with(&expected), "{rejected}");
        let error = folder.args(&[&format!("--token={text}")]).unwrap_err();
        assert!(error.to_string().contains(&expected), "{error}");
    }
    for text in ["@token", "@", "a@b/c"] {
        flags.set("token", text).unwrap();
        assert_eq!(flags.token.get(), text);
    }
}

#[derive(Clone, Debug, Parser, DynamicFlags)]
#[flags(validate = Quoting::check, finish = Quoting::finish)]
struct Quoting {
    #[arg(long, default_value = "")]
    #[flag(dynamic, validate = no_quote)]
    checked: String,

    #[arg(long, default_value = "")]
    #[flag(dynamic)]
    ruled: String,

    #[arg(long, default_value = "")]
    #[flag(dynamic, secret)]
    password: String,

    #[arg(long, default_value = "")]
    #[flag(dynamic)]
    finished: String,
}

fn no_quote(text: &String) -> Result<(), String> {
    if text.contains("hunter") {
        return Err(format!("{text} is bad"));
    }
    Ok(())
}

impl Quoting {
    fn check(&self) -> Result<(), String> {
        [&self.ruled, &self.password]
            .into_iter()
            .try_for_each(no_quote)
    }

    fn finish(&mut self) {
        self.finished.make_ascii_uppercase();
    }
}

#[test]
fn checks_rules_and_finish_show_no_content() {
    let folder = Folder::new();
    let mut command = Quoting::command();
    for name in ["checked", "ruled", "password", "finished"] {
        let parser = or_file(StringValueParser::new()).within(&folder.path);
        command = command.mut_arg(name, |arg| arg.value_parser(parser));
    }
    let start = |line: &[&str]| {
        let mut command = command.clone();
        let line = ["server"].iter().chain(line);
        let matches = command.try_get_matches_from_mut(line)?;
        Flags::<Quoting>::from_command(command, &matches)
    };
    let flags = start(&[]).unwrap();
    let text = folder.write("text", "hunter2");
    for name in ["checked", "ruled", "password"] {
        let rejected = flags.propose(&layer(&[(name, &text)])).unwrap_err();
        assert!(!rejected.to_string().contains("hunter2"), "{rejected}");
        assert!(rejected.volatile);
        let error = start(&[&format!("--{name}={text}")]).unwrap_err();
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
    flags.propose(&layer(&[("finished", &text)])).unwrap();
    assert_eq!(flags.finished.get(), "HUNTER2");
    let listing = format!("{:?}", flags.listing());
    assert!(!listing.contains("HUNTER2"), "{listing}");
    let checksum = flags.checksum(FlagKind::Dynamic);
    folder.write("text", "hunter3");
    assert_eq!(
        flags
            .propose(&layer(&[("finished", &text)]))
            .unwrap()
            .changed
            .len(),
        1
    );
    assert_eq!(flags.checksum(FlagKind::Dynamic), checksum);
}

#[derive(Clone, Debug, Parser, DynamicFlags)]
#[flags(finish = Checked::finish)]
struct Checked {
    #[arg(long, default_value = "a")]
    #[flag(dynamic, validate = range("a".to_owned().."b".to_owned()))]
    quoted: String,

    #[arg(long, default_value = "x:y")]
    #[flag(dynamic, validate = parts)]
    part: String,

    #[arg(long, default_value = "1")]
    #[flag(dynamic, validate = range(0..10))]
    number: u32,

    #[arg(long, default_value = "1", value_delimiter = ',')]
    #[flag(dynamic, validate = each(range(0..10)))]
    numbers: Vec<u32>,

    #[arg(long, default_value = "ok")]
    #[flag(dynamic, validate = parts)]
    finished: String,

    #[arg(long, default_value = "", value_parser = StringValueParser::new())]
    #[flag(dynamic, secret, validate = parts)]
    password: String,
}

#[expect(clippy::ptr_arg, reason = "the type of the field")]
fn parts(text: &String) -> Result<(), String> {
    match text.split_once("bad:") {
        Some((_, user)) => Err(format!("user {user:?} is unknown")),
        None => Ok(()),
    }
}

impl Checked {
    fn finish(&mut self) {
        if self.finished.contains("hunter") {
            self.finished.insert_str(0, "bad:");
        }
    }
}

#[test]
fn check_of_a_file_names_the_file_and_gives_no_reason() {
    let folder = Folder::new();
    let mut command = Checked::command();
    for name in ["quoted", "part", "finished", "password"] {
        let parser = or_file(StringValueParser::new()).within(&folder.path);
        command = command.mut_arg(name, |arg| arg.value_parser(parser));
    }
    for name in ["number", "numbers"] {
        let parser = or_file(clap::value_parser!(u32)).within(&folder.path);
        command = command.mut_arg(name, |arg| arg.value_parser(parser));
    }
    let start = |line: &[&str]| {
        let mut command = command.clone();
        let line = ["server"].iter().chain(line);
        let matches = command.try_get_matches_from_mut(line)?;
        Flags::<Checked>::from_command(command, &matches)
    };
    let flags = start(&[]).unwrap();
    for (name, content) in [
        ("quoted", "zz\"hunter2"),
        ("part", "bad:hunter2"),
        ("number", "0471100"),
        ("numbers", "0471100"),
        ("finished", "hunter2"),
        ("password", "bad:hunter2"),
    ] {
        let text = folder.write(name, content);
        let path = text.trim_start_matches('@');
        let expected = format!(
            "a check rejects the content of {path}; neither it nor the reason is shown: \
             write a valid value into this file, or name another"
        );
        let rejected = flags.propose(&layer(&[(name, &text)])).unwrap_err();
        let error = start(&[&format!("--{name}={text}")]).unwrap_err();
        for message in [rejected.to_string(), error.to_string()] {
            assert!(message.contains(&expected), "{message}");
            assert!(!message.contains("hunter"), "{message}");
            assert!(!message.contains("71100"), "{message}");
        }
    }
    let two = format!("{0},{0},{1}", folder.at("numbers"), folder.at("number"));
    let rejected = flags.set("numbers", &two).unwrap_err().to_string();
    let paths = ["numbers", "number"].map(|name| folder.path.join(name).display().to_string());
    assert!(rejected.contains(&paths.join(" or ")), "{rejected}");
    let rejected = flags.set("number", "99").unwrap_err().to_string();
    assert!(rejected.ends_with("99 is not in 0..10"), "{rejected}");
}

#[test]
fn frozen_flag_whose_file_changes_is_pending_restart() {
    let folder = Folder::new();
    let flags = folder.flags();
    let layer = layer(&[("certificate", &folder.write("certificate", "one"))]);
    flags.propose(&layer).unwrap();
    std::sync::Arc::<dyn FlagSet>::from(&flags).freeze();
    flags.propose(&layer).unwrap();
    assert!(flags.pending_restarts().is_empty());
    folder.write("certificate", "two");
    flags.propose(&layer).unwrap();
    assert_eq!(flags.pending_restarts()[0].flag, "certificate");
    assert_eq!(flags.load().certificate, "one");
}

#[test]
fn relative_folder_is_in_the_working_directory() {
    let here = std::env::current_dir().unwrap();
    let parser = or_file(StringValueParser::new()).within("src/value");
    let command = clap::Command::new("x").arg(clap::arg!(--v <V>).value_parser(parser));
    let file = here.join(Path::new("src/value/mod.rs"));
    let line = format!("--v=@{}", file.display());
    let matches = command.try_get_matches_from(["x", &line]).unwrap();
    let content: &String = matches.get_one("v").unwrap();
    assert!(content.contains("Value parsers"));
}
