//! A secret's value appears in no listing, error, log or `Debug` output, whichever layer set it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may panic")]

use std::sync::Arc;

use clap::Parser;
use dflag::{DynamicFlags, FlagKind, FlagSet, Flags, Layer, MASK};

const VALUE: &str = "hunter2";

#[derive(Clone, Parser, DynamicFlags)]
#[flags(validate = Args::check)]
struct Args {
    #[arg(long, default_value = "", env = "DFLAG_TEST_TOKEN")]
    #[flag(dynamic, secret, validate = |t: &String| if t.len() > 9 { Err(format!("{t} is too long")) } else { Ok(()) })]
    token: String,

    #[arg(long, default_value_t = 0)]
    #[flag(dynamic, secret)]
    pin: u32,

    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    limit: u8,

    #[arg(long, default_value = "hunter1")]
    #[flag(secret)]
    fixed: String,
}

impl Args {
    fn check(&self) -> Result<(), String> {
        if self.limit > 100 {
            return Err(format!("{} may not have {}", self.token, self.limit));
        }
        Ok(())
    }
}

fn args() -> Flags<Args> {
    Args::try_parse_dynamic_from(["server", "--token", VALUE]).unwrap()
}

#[test]
fn listing_and_debug_mask_the_value() {
    let args = args();
    let set: Arc<dyn FlagSet> = (&args).into();
    set.freeze();
    let mut layer = Layer::new("ConfigMap", "/etc/dflag");
    layer.text("token", "/etc/dflag/token", VALUE);
    layer.text("fixed", "/etc/dflag/fixed", VALUE);
    let applied = set.propose(&layer).unwrap();
    let output = format!(
        "{:?} {args:?} {:?} {:?} {:?} {:?} {layer:?} {applied:?}",
        args.list(),
        args.token,
        args.token.load(),
        args.token.reader(),
        args.token.on_change(|_, _| {}),
    );
    assert!(!output.contains("hunter"), "{output}");
    let fixed = &args.list()[3];
    assert_eq!(
        fixed.pending_restart.as_ref().unwrap().value.as_deref(),
        Some(MASK)
    );
    assert_eq!(args.token.get(), VALUE);
}

#[test]
fn errors_do_not_quote_the_value() {
    let args = args();
    let too_long = format!("{VALUE}{VALUE}");
    for (name, value) in [
        ("token", too_long.as_str()),
        ("pin", VALUE),
        ("limit", "101"),
    ] {
        let rejected = args.set(name, value).unwrap_err();
        let output = format!("{rejected} {rejected:?}");
        assert!(!output.contains("hunter"), "{output}");
    }
    let rule = args.set("limit", "101").unwrap_err().to_string();
    assert!(rule.contains("words that quote a secret"), "{rule}");
    args.set("token", "").unwrap();
    let rule = args.set("limit", "101").unwrap_err().to_string();
    assert!(rule.contains("may not have 101"), "{rule}");
}

#[test]
fn command_line_errors_and_help_do_not_show_the_value() {
    for typed in [
        &["--pin=hunter2"][..],
        &["--token=hunter2hunter2"],
        &["--token=hunter2", "--limit=101"],
        &["--help"],
    ] {
        let error = Args::try_parse_dynamic_from([&["server"], typed].concat())
            .err()
            .unwrap();
        assert!(
            !format!("{error} {error:?}").contains("hunter"),
            "{error:?}"
        );
    }
    let error = Args::try_parse_dynamic_from(["server", "--pin=x"])
        .err()
        .unwrap();
    assert!(error.to_string().contains("'--pin <PIN>'"), "{error}");
}

#[test]
fn checksum_ignores_secrets() {
    let args = args();
    let before = args.checksum(FlagKind::Dynamic);
    args.set("pin", "1").unwrap();
    assert_eq!(args.checksum(FlagKind::Dynamic), before);
    args.set("limit", "2").unwrap();
    assert_ne!(args.checksum(FlagKind::Dynamic), before);
}

#[test]
fn published_changes_mask_the_value() {
    let args = Args::try_parse_dynamic_from(["server"]).unwrap();
    let set: Arc<dyn FlagSet> = (&args).into();
    let (sender, receiver) = std::sync::mpsc::channel();
    let _sub = set.on_publish(Arc::new(move |publish| {
        sender.send(publish.changed.clone()).unwrap();
    }));
    let applied = args.set("token", VALUE).unwrap();
    let published = receiver.try_recv().unwrap();
    for change in applied.changed.iter().chain(&published) {
        assert_eq!(change.flag, "token");
        assert_eq!(
            (change.old.as_deref(), change.new.as_deref()),
            (Some(MASK), Some(MASK))
        );
    }
    assert_eq!((applied.changed.len(), published.len()), (1, 1));
}

/// Secrets of several members, and of types that write another text than the given one.
#[derive(Clone, Debug, Parser, DynamicFlags)]
#[flags(validate = Members::check)]
struct Members {
    #[arg(long, value_delimiter = ',')]
    #[flag(dynamic, secret)]
    keys: Vec<String>,

    #[arg(long, default_value = "", value_parser = dflag::value::string_set())]
    #[flag(dynamic, secret)]
    set: std::collections::BTreeSet<String>,

    #[arg(long, default_value = "", value_parser = dflag::value::map::<String, String>())]
    #[flag(dynamic, secret)]
    map: std::collections::BTreeMap<String, String>,

    #[arg(long, value_parser = dflag::value::map::<String, String>())]
    #[flag(dynamic, secret)]
    maps: Vec<std::collections::BTreeMap<String, String>>,

    #[arg(long, default_value_t = 0)]
    #[flag(dynamic, secret)]
    number: u32,

    #[arg(long)]
    #[flag(secret)]
    switch: bool,

    #[arg(long, action = clap::ArgAction::Count)]
    #[flag(secret)]
    count: u8,
}

impl Members {
    fn check(&self) -> Result<(), String> {
        let values = self
            .maps
            .iter()
            .chain([&self.map])
            .flat_map(|map| map.values());
        let quoted = self.keys.iter().chain(&self.set).chain(values).next();
        match quoted {
            Some(key) => Err(format!("{key} is not allowed here")),
            None if self.number > 0 => Err(format!("{} is not allowed here", self.number)),
            None => Ok(()),
        }
    }
}

#[test]
fn rule_may_not_quote_a_part_of_a_secret() {
    let args = Members::try_parse_dynamic_from(["server"]).unwrap();
    for (flag, text, quoted) in [
        ("keys", "firstsecret,secondsecret", "firstsecret"),
        ("set", "firstsecret,secondsecret", "firstsecret"),
        (
            "map",
            "acme=firstsecret,umbrella=secondsecret",
            "firstsecret",
        ),
        ("map", "{\"acme\": \"firstsecret\"}", "firstsecret"),
        ("maps", "acme=firstsecret", "firstsecret"),
        ("number", "0004711", "4711"),
    ] {
        let rejected = args.set(flag, text).unwrap_err().to_string();
        assert!(!rejected.contains(quoted), "{rejected}");
        let error = Members::try_parse_dynamic_from(["server", &format!("--{flag}={text}")]);
        let error = error.unwrap_err().to_string();
        assert!(!error.contains(quoted), "{error}");
    }
}

#[test]
fn secret_without_a_value_on_the_command_line_starts() {
    let args = Members::try_parse_dynamic_from(["server", "--switch", "--count"]).unwrap();
    assert!(args.load().switch);
    let command = <Members as clap::CommandFactory>::command();
    let mut command = Flags::<Members>::hide_secrets(command);
    command.build();
    assert!(command.try_get_matches_from(["server", "--switch"]).is_ok());
}
