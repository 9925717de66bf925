//! Booleans, and counts.

use clap::ArgAction;
use clap::builder::{BoolValueParser, BoolishValueParser, FalseyValueParser, TypedValueParser};

fn only_true(value: bool) -> Result<bool, &'static str> {
    if value { Ok(true) } else { Err("must be true") }
}

fn on_off(text: &str) -> Result<bool, String> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(format!("`{text}` is neither on nor off")),
    }
}

rows! {
    set_true {
        #[arg(long)]
        v: bool;
        clap: &["true", "false", "perhaps", "", "2", "tru"],
        reads: &[("yes", &["--v"]), ("ON\n", &["--v"]), ("1", &["--v"]), ("no", &[]), ("Off", &[]), ("0", &[])],
        lines: &[&["--v"], &["--v=true"], &["--v", "--v"]],
    }
    set_false {
        #[arg(long, action = ArgAction::SetFalse)]
        v: bool;
        clap: &["true", "false", "perhaps", ""],
        reads: &[("no", &["--v"]), ("yes", &[])],
        lines: &[&["--v"]],
    }
    set_true_renamed {
        #[arg(long = "no-color", action = ArgAction::SetTrue)]
        v: bool;
        names: &["no-color", "no_color", "v"],
        clap: &["true", "false", "x"],
        lines: &[&["--no-color"]],
    }
    set {
        #[arg(long, action = ArgAction::Set, default_value_t = true)]
        v: bool;
        clap: &["true", "false", ""],
        reads: &[("yes", &["--v=true"]), ("True", &["--v=true"]), (" f ", &["--v=false"])],
        rejects: &[("2", "invalid value '2'")],
        lines: &[&["--v", "false"], &["--v"]],
    }
    set_optional_value {
        #[arg(long, action = ArgAction::Set, num_args = 0..=1, default_value = "false", default_missing_value = "true")]
        v: bool;
        clap: &["true", "false", "x"],
        reads: &[("y", &["--v"])],
        lines: &[&["--v"], &["--v=false"], &["--v", "true"]],
    }
    option {
        #[arg(long)]
        v: Option<bool>;
        clap: &["true", "false", "x"],
        reads: &[("on", &["--v=true"]), ("off", &["--v=false"])],
        absent: &["", "\n"],
    }
    option_option {
        #[arg(long)]
        v: Option<Option<bool>>;
        clap: &["true", "false", "x"],
        reads: &[("on", &["--v=true"])],
        without_text: &[(&["--v"], "a value is required for")],
    }
    list {
        #[arg(long, value_delimiter = ',', action = ArgAction::Append)]
        v: Vec<bool>;
        clap: &["true,false", "true,x"],
        reads: &[("yes, no,1", &["--v=true,false,true"]), ("[true, false]", &["--v=true,false"]), ("", &[])],
    }
    boolish {
        #[arg(long, action = ArgAction::Set, default_value = "false", value_parser = BoolishValueParser::new())]
        v: bool;
        clap: &["true", "yes", "ON", "0", "n", "x", ""],
        reads: &[(" yes\n", &["--v=true"])],
    }
    boolish_switch {
        #[arg(long, value_parser = BoolishValueParser::new())]
        v: bool;
        clap: &["true", "yes", "off", "x"],
        lines: &[&["--v"]],
    }
    falsey {
        #[arg(long, action = ArgAction::Set, default_value = "false", value_parser = FalseyValueParser::new())]
        v: bool;
        clap: &["true", "anything", "no", "0", ""],
    }
    inverted {
        #[arg(
            long, action = ArgAction::Set, default_value = "true",
            value_parser = BoolValueParser::new().map(|value| !value)
        )]
        v: bool;
        clap: &["true", "false", "x"],
        reads: &[("yes", &["--v=true"]), ("off", &["--v=false"])],
    }
    only_true_ {
        #[arg(
            long, action = ArgAction::Set, default_value = "true",
            value_parser = BoolValueParser::new().try_map(only_true)
        )]
        v: bool;
        clap: &["true", "false", "x"],
        reads: &[("yes", &["--v=true"])],
        rejects: &[("no", "must be true")],
    }
    own_words {
        #[arg(long, action = ArgAction::Set, default_value = "on", value_parser = on_off)]
        v: bool;
        clap: &["on", "off"],
        rejects: &[("true", "neither on nor off"), ("yes", "neither on nor off"), ("", "neither on nor off")],
    }
    count {
        #[arg(long, short, action = ArgAction::Count)]
        v: u8;
        clap: &["0", "3", "255", "256", "-1", "", "x"],
        reads: &[(" 2\n", &["-vv"])],
        lines: &[&["-vvv"], &["--v", "--v"], &["--v=2"]],
    }
    count_with_default {
        #[arg(long, action = ArgAction::Count, default_value = "2")]
        v: u8;
        clap: &["0", "5", "x"],
        lines: &[&["--v"]],
    }
    bool_default_missing {
        #[arg(long, default_missing_value = "true", num_args = 0..=1, require_equals = true)]
        v: Option<bool>;
        clap: &["true", "false", "x"],
        lines: &[&["--v"], &["--v=false"]],
    }
}
