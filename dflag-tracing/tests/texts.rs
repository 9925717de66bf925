//! Texts: which are filters, what they mean, and what is said of the others.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

mod common;

use common::{Recorder, serially};
use dflag_tracing::LogFilter;
use proptest::prelude::*;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::prelude::*;

#[test]
fn texts_have_a_canonical_form() {
    for (text, canonical) in [
        ("info", "info"),
        ("INFO", "info"),
        ("wArN", "warn"),
        ("off", "off"),
        ("0", "off"),
        ("5", "trace"),
        (" info\r\n", "info"),
        ("info,", "info"),
        (",,info,,", "info"),
        ("info, db=debug", "info,db=debug"),
        ("info\n db = DEBUG\n", "info,db=debug"),
        ("db=debug,info", "info,db=debug"),
        ("info,warn", "warn"),
        ("db=info,warn,db=debug", "warn,db=debug"),
        ("db=", "db=trace"),
        ("info::=debug", "info::=debug"),
        ("my_crate::error=debug", "my_crate::error=debug"),
        ("my-crate::db=3", "my-crate::db=info"),
        ("[request]", "[request]=trace"),
        ("db[request]", "db[request]=trace"),
        ("db[request{id=1}]=info", "db[request{id=1}]=info"),
        (
            "[request{id=1.0,user}]=info,warn",
            "warn,[request{id=1.0,user}]=info",
        ),
        ("[{user}]=info", "[{user}]=info"),
        ("[it's \"[}]=info,warn", "warn,[it's \"[}]=info"),
        ("[a,b]=info", "[a,b]=info"),
    ] {
        let filter: LogFilter = text.parse().unwrap();
        assert_eq!(filter.to_string(), canonical, "{text:?}");
        assert_eq!(filter, canonical.parse().unwrap());
        assert_eq!(filter.as_str(), canonical);
    }
}

#[test]
fn other_texts_are_rejected_with_advice() {
    let levels = "is not a level: these are off, error, warn, info, debug, trace.";
    let grammar = "is not a directive such as `target[span{field=value}]=level`";
    let empty = "the filter is empty: write `off` to log nothing";
    for (text, message) in [
        ("", empty.to_owned()),
        (" \n", empty.to_owned()),
        (",", empty.to_owned()),
        (
            "inof",
            "`inof` is not a level: did you mean `info`? For a target, write `inof=trace`"
                .to_owned(),
        ),
        (
            "Warning",
            "`Warning` is not a level: did you mean `warn`? For a target, write `Warning=trace`"
                .to_owned(),
        ),
        (
            "my_crate::db",
            format!("`my_crate::db` {levels} For a target, write `my_crate::db=trace`"),
        ),
        (
            "info=",
            "`info` in `info=` is a level, not a target: did you mean `info`?".to_owned(),
        ),
        (
            "INFO = info,db=debug",
            "`INFO` in `INFO = info` is a level, not a target: did you mean `info`?".to_owned(),
        ),
        (
            "warn=info",
            "`warn` in `warn=info` is a level, not a target: did you mean `warn`?".to_owned(),
        ),
        (
            "off[request]",
            "`off` in `off[request]` is a level, not a target: did you mean `off`?".to_owned(),
        ),
        ("6", format!("`6` {levels} For a target, write `6=trace`")),
        (
            "info debug",
            "`info debug` is not a level: separate directives by commas".to_owned(),
        ),
        (
            "db=debgu",
            "`debgu` in `db=debgu` is not a level: did you mean `debug`?".to_owned(),
        ),
        (
            "db=debug=info",
            "`debug=info` in `db=debug=info` is not a level: did you mean `debug`?".to_owned(),
        ),
        (
            "db=loud, inof",
            format!(
                "`loud` in `db=loud` {levels}; \
                 `inof` is not a level: did you mean `info`? For a target, write `inof=trace`"
            ),
        ),
        (
            "[request=info,warn",
            "a bracket of `[request=info,warn` is not closed".to_owned(),
        ),
        (
            "db[request]info",
            format!("`db[request]info` {grammar}: there must be `=` after `]`"),
        ),
        (
            "=info",
            format!("`=info` {grammar}: invalid filter directive"),
        ),
        (
            "[request{}]=info",
            format!("`[request{{}}]=info` {grammar}: invalid filter directive"),
        ),
        (
            "[request{name=\"a,b\"}]=info",
            format!(
                "`[request{{name=\"a,b\"}}]=info` {grammar}: a field's value must not contain a comma"
            ),
        ),
        (
            "[{user,id}]=info",
            format!(
                "`[{{user,id}}]=info` {grammar}: several fields without a value need the name of a span"
            ),
        ),
        (
            "in\u{202e}fo",
            "`in\\u{202e}fo` is not a level: did you mean `info`? For a target, write `in\\u{202e}fo=trace`".to_owned(),
        ),
    ] {
        let error = text.parse::<LogFilter>().unwrap_err();
        assert_eq!(error.to_string(), message, "{text:?}");
    }
    let error = "[request{name=(}]=info".parse::<LogFilter>().unwrap_err();
    assert!(error.to_string().contains("regex"), "{error}");
}

#[test]
fn replaced_directive_has_no_effect() {
    let filter: LogFilter = "a=trace,[s]=error,a=off".parse().unwrap();
    assert_eq!(filter, "[s]=error,a=off".parse().unwrap());
    let without = EnvFilter::try_new("[s]=error,a=off").unwrap();
    assert_eq!(enabled(filter.to_env_filter()), enabled(without));
    assert_eq!(
        filter.to_env_filter().max_level_hint(),
        Some(LevelFilter::ERROR)
    );
}

#[test]
fn levels_are_filters() {
    assert_eq!(LogFilter::default().as_str(), "info");
    for level in [LevelFilter::OFF, LevelFilter::ERROR, LevelFilter::TRACE] {
        let filter = LogFilter::from(level);
        assert_eq!(filter, level.to_string().parse().unwrap());
        assert_eq!(filter.to_env_filter().max_level_hint(), Some(level));
    }
    assert_eq!(format!("{:?}", LogFilter::default()), "LogFilter(\"info\")");
    assert_eq!(format!("{:>6}", LogFilter::default()), "  info");
}

#[test]
fn several_fields_of_a_span_must_all_be_there() {
    let _serial = serially();
    let filter: LogFilter = "[s{x=1,y=2}]=debug,off".parse().unwrap();
    let recorder = Recorder::default();
    let subscriber = tracing_subscriber::registry()
        .with(filter.to_env_filter())
        .with(recorder.clone());
    tracing::subscriber::with_default(subscriber, || {
        tracing::info_span!("s", x = 1).in_scope(|| tracing::debug!(target: "one", "-"));
        tracing::info_span!("s", x = 1, y = 2).in_scope(|| tracing::debug!(target: "both", "-"));
        tracing::info_span!("s", x = 1, y = 3).in_scope(|| tracing::debug!(target: "other", "-"));
    });
    assert_eq!(recorder.take(), ["both DEBUG s"]);
}

/// What reaches a subscriber with this filter.
fn enabled(filter: EnvFilter) -> Vec<String> {
    let _serial = serially();
    macro_rules! events {
        ($($target:literal)*) => {$(
            tracing::error!(target: $target, "-");
            tracing::warn!(target: $target, x = 1, "-");
            tracing::info!(target: $target, y = "v", "-");
            tracing::debug!(target: $target, "-");
            tracing::trace!(target: $target, x = 2, "-");
        )*};
    }
    let events = || {
        events!("a" "a::b" "ab" "b");
    };
    let recorder = Recorder::default();
    let subscriber = tracing_subscriber::registry()
        .with(filter)
        .with(recorder.clone());
    tracing::subscriber::with_default(subscriber, || {
        events();
        tracing::info_span!(target: "a", "s", x = 1).in_scope(events);
        tracing::debug_span!(target: "b", "s", x = 2, y = "v").in_scope(events);
        tracing::error_span!(target: "b", "t", y = "w").in_scope(|| {
            tracing::trace_span!(target: "a::b", "s", x = 1).in_scope(events);
        });
    });
    recorder.take()
}

/// Directives that are unambiguous to both: what they are about, and their text.
fn directive() -> impl Strategy<Value = (String, String)> {
    let target = prop::sample::select(vec!["", "a", "a::b", "ab", "b", "no-such"]);
    let span = prop::sample::select(vec![
        "",
        "",
        "",
        "[s]",
        "[t]",
        "[s{x}]",
        "[s{x=1}]",
        "[{x}]",
        "[{x=1}]",
        "[{y=v}]",
        "[t{y=\"w\"}]",
        "[[s\"]",
    ]);
    let level = prop::sample::select(vec![
        "off", "error", "WARN", "Info", "debug", "trace", "0", "1", "2", "3", "4", "5",
    ]);
    (target, span, level, any::<bool>(), any::<bool>()).prop_map(
        |(target, span, level, with_level, empty)| {
            let start = format!("{target}{span}");
            let text = match (start.is_empty(), with_level || span.is_empty(), empty) {
                (true, ..) => level.to_owned(),
                (_, false, _) => start.clone(),
                (_, true, true) => format!("{start}="),
                (_, true, false) => format!("{start}={level}"),
            };
            (start, text)
        },
    )
}

/// The text without directives that a later one replaces.
///
/// `EnvFilter` replaces them as well, but goes on to enable spans up to their level: a span that only a directive such
/// as `[s]=error` is about is then enabled, which it is not without the replaced directive.
fn without_replaced(directives: &[(String, String)]) -> String {
    let is_last = |n: usize, start: &str| {
        let mut later = directives.iter().skip(n + 1);
        later.all(|(other, _)| other != start)
    };
    let texts = directives.iter().enumerate();
    texts
        .filter(|(n, (start, _))| is_last(*n, start))
        .map(|(_, (_, text))| text.as_str())
        .collect::<Vec<_>>()
        .join(",")
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn valid_text_enables_what_it_enables_in_env_filter(
        directives in prop::collection::vec(directive(), 1..5),
    ) {
        let texts: Vec<&str> = directives.iter().map(|(_, text)| text.as_str()).collect();
        let text = texts.join(",");
        let filter: LogFilter = text.parse().unwrap();
        let expected = enabled(EnvFilter::try_new(without_replaced(&directives)).unwrap());
        prop_assert_eq!(&enabled(filter.to_env_filter()), &expected, "{}", &text);
        prop_assert_eq!(enabled(filter.to_env_filter()), expected, "a second filter, {}", &text);
        let again: LogFilter = filter.as_str().parse().unwrap();
        prop_assert_eq!(&again, &filter);
    }

    #[test]
    fn parsing_never_panics(text in "[a-c\\[\\]{}=,\" \n\u{2003}é:+-]{0,24}|\\PC{0,16}|.{0,16}") {
        if let Ok(filter) = text.parse::<LogFilter>() {
            let canonical = filter.as_str();
            let again: LogFilter = canonical.parse().unwrap();
            prop_assert_eq!(again.as_str(), canonical);
        }
    }

    #[test]
    fn text_that_env_filter_takes_is_taken_or_has_a_bare_word(text in "[s-t\\[\\]{}=,1\"]{1,16}") {
        let word = text.split(',').any(|one| !one.is_empty() && !one.contains(['=', '[']) && one.parse::<LevelFilter>().is_err());
        let empty = text.split(',').all(str::is_empty);
        if EnvFilter::try_new(&text).is_ok() && !word && !empty {
            prop_assert!(text.parse::<LogFilter>().is_ok(), "{:?}", text.parse::<LogFilter>());
        }
    }
}
