//! Values from a list that clap knows.

use clap::ValueEnum;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum Level {
    #[value(alias = "lo", aliases = ["lowest", "min"])]
    Low,
    /// Neither low nor high.
    VeryHigh,
    #[value(hide = true)]
    Internal,
    #[value(name = "MAX")]
    Maximum,
    #[value(skip)]
    #[allow(dead_code, reason = "clap can't produce it")]
    Unknown,
}

rows! {
    value_enum {
        #[arg(long, value_enum, default_value_t = Level::Low)]
        v: Level;
        clap: &["low", "lo", "lowest", "very-high", "internal", "MAX", "max", "Low", "unknown", "", "very_high"],
        reads: &[(" low\n", &["--v=low"]), ("\u{feff}MAX", &["--v=MAX"])],
        lines: &[&["--v", "min"]],
    }
    value_enum_ignore_case {
        #[arg(long, value_enum, ignore_case = true, default_value_t = Level::Low)]
        v: Level;
        clap: &["LOW", "Lo", "max", "VERY-high", "INTERNAL", "x"],
    }
    value_enum_option {
        #[arg(long, value_enum)]
        v: Option<Level>;
        clap: &["low", "x"],
        absent: &["", "\n"],
    }
    value_enum_option_option {
        #[arg(long, value_enum)]
        v: Option<Option<Level>>;
        clap: &["low", "x"],
        without_text: &[(&["--v"], "a value is required for")],
    }
    value_enum_missing {
        #[arg(long, value_enum, num_args = 0..=1, default_value = "low", default_missing_value = "MAX")]
        v: Level;
        clap: &["low", "x"],
        lines: &[&["--v"], &["--v=lo"]],
    }
    value_enum_list {
        #[arg(long, value_enum, value_delimiter = ',')]
        v: Vec<Level>;
        clap: &["low,MAX", "lo", "low,x"],
        reads: &[
            ("low, MAX,", &["--v=low,MAX"]), ("- low\n- MAX", &["--v=low,MAX"]), ("[\"lo\"]", &["--v=lo"]),
            ("", &[]),
        ],
    }
    value_enum_list_ignore_case {
        #[arg(long, value_enum, ignore_case = true, default_values_t = [Level::Low, Level::Maximum])]
        v: Vec<Level>;
        clap: &["LOW", "x"],
        reads: &[("LO\nmax", &["--v=lo", "--v=max"])],
    }
    value_enum_option_of_list {
        #[arg(long, value_enum)]
        v: Option<Vec<Level>>;
        clap: &["low", "x"],
        reads: &[("low\nlow", &["--v=low", "--v=low"])],
    }
    possible_values {
        #[arg(long, default_value = "a", value_parser = ["a", "b"])]
        v: String;
        clap: &["a", "b", "A", "c", ""],
        reads: &[(" b\n", &["--v=b"])],
    }
    possible_values_hidden {
        #[arg(long, default_value = "a", value_parser = PossibleValuesParser::new([
            PossibleValue::new("a").help("the first").alias("first"),
            PossibleValue::new("b").hide(true),
        ]))]
        v: String;
        clap: &["a", "first", "b", "c"],
    }
    possible_values_hide_in_help {
        #[arg(long, default_value = "a", hide_possible_values = true, value_parser = ["a", "b"])]
        v: String;
        clap: &["b", "A"],
    }
    possible_values_mapped {
        #[arg(
            long, default_value = "1",
            value_parser = PossibleValuesParser::new(["1", "2"]).map(|text| text.parse::<u8>().unwrap())
        )]
        v: u8;
        clap: &["1", "2", "3", "02"],
    }
    possible_values_list {
        #[arg(long, value_delimiter = ',', ignore_case = true, value_parser = ["a", "b"])]
        v: Vec<String>;
        clap: &["a,b", "A", "a,c"],
        reads: &[("a\nB", &["--v=a,B"])],
    }
}
