//! Parsers: closures, and those of `dflag::value`.

use std::collections::{BTreeMap, BTreeSet};
use std::num::ParseIntError;
use std::time::Duration;

use clap::builder::TypedValueParser;
use dflag::value::{Bytes, duration, json, string_set};
use serde_json::Value;

fn key_value(text: &str) -> Result<(String, u8), String> {
    let (key, value) = text.split_once('=').ok_or("no `=`")?;
    Ok((
        key.to_owned(),
        value
            .parse()
            .map_err(|error: ParseIntError| error.to_string())?,
    ))
}

fn even(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(number) if number % 2 == 0 => Ok(number),
        Ok(number) => Err(format!("{number} is odd:\n\n  choose another")),
        Err(_) => Err("not a number".to_owned()),
    }
}

fn hexadecimal(text: &str) -> Result<u64, ParseIntError> {
    u64::from_str_radix(text.trim_start_matches("0x"), 16)
}

rows! {
    function {
        #[arg(long, default_value = "2", value_parser = even)]
        v: u32;
        clap: &["4", "x", ""],
        reads: &[(" 4\n", &["--v=4"])],
        rejects: &[("3", "3 is odd: choose another")],
    }
    function_hexadecimal {
        #[arg(long, default_value = "ff", value_parser = hexadecimal)]
        v: u64;
        clap: &["0x10", "10", "FF", "g", ""],
    }
    function_option {
        #[arg(long, value_parser = even)]
        v: Option<u32>;
        clap: &["4", "x"],
        absent: &[""],
    }
    function_list {
        #[arg(long, value_delimiter = ',', value_parser = key_value)]
        v: Vec<(String, u8)>;
        clap: &["a=1,b=2", "a", "a=256"],
        reads: &[("a=1, b=2\nc=3", &["--v=a=1,b=2,c=3"])],
        arrays: &[("[\"a,b=1\"]", &["--v=a,b=1"])],
    }
    closure {
        #[arg(long, default_value = "1", value_parser = |text: &str| text.parse::<u8>().map(|value| value / 2))]
        v: u8;
        clap: &["0", "7", "256", ""],
    }
    closure_map {
        #[arg(long, default_value = "1", value_parser = clap::value_parser!(u8).map(|value| u32::from(value) * 10))]
        v: u32;
        clap: &["0", "7", "256", "70"],
    }
    closure_try_map {
        #[arg(
            long, default_value = "2",
            value_parser = clap::value_parser!(u8).try_map(|value| if value % 2 == 0 { Ok(value) } else { Err("odd") })
        )]
        v: u8;
        clap: &["2", "3", "256", ""],
    }
    ranged_try_map {
        #[arg(long, default_value = "2", value_parser = clap::value_parser!(u8).range(1..9).map(|value| value + 1))]
        v: u8;
        clap: &["1", "8", "9", "0"],
    }
    json_map {
        #[arg(long, default_value = "{}", value_parser = json::<BTreeMap<String, u8>>())]
        v: BTreeMap<String, u8>;
        clap: &["{}", "{\"a\":1}", "{\"a\": 1,\"b\":2}", "{\"a\":256}", "[]", "", "{", "null"],
        reads: &[("\n{\n  \"a\":\n 1}\n", &["--v={\"a\":1}"]), ("\u{feff}{}", &["--v={}"])],
        rejects: &[("{\n\n \"a\": x}", "expected value at line 3")],
    }
    json_value {
        #[arg(long, default_value = "null", value_parser = json::<Value>())]
        v: Value;
        clap: &["1", "1.0", "[1,\"a\"]", "{\"b\":1,\"a\":[]}", "\"a\"", "true", "a", "1e999"],
    }
    json_option {
        #[arg(long, value_parser = json::<BTreeMap<u8, u8>>())]
        v: Option<BTreeMap<u8, u8>>;
        clap: &["{\"1\":2}", "{\"x\":2}"],
        absent: &["", "\n"],
    }
    json_array {
        #[arg(long, default_value = "[0,0]", value_parser = json::<[u16; 2]>())]
        v: [u16; 2];
        clap: &["[1,2]", "[1]", "[\"a\",\"b\"]"],
        reads: &[("[ 1,\n 2 ]", &["--v=[1,2]"])],
    }
    json_list {
        #[arg(long, value_parser = json::<(u8, String)>())]
        v: Vec<(u8, String)>;
        clap: &["[1,\"a\"]", "[1]"],
        reads: &[("[1,\"a\"]\n[2,\"b\"]", &["--v=[1,\"a\"]", "--v=[2,\"b\"]"]), ("", &[])],
    }
    duration_ {
        #[arg(long, default_value = "5s", value_parser = duration())]
        v: Duration;
        clap: &["0", "5000ms", "1h30m", "1day 6h", "5", "5M", "-1s", "", "x", "1.5h"],
        reads: &[(" 1h\n", &["--v=1h"])],
    }
    duration_option {
        #[arg(long, value_parser = duration())]
        v: Option<Duration>;
        clap: &["5s", "5"],
        absent: &[""],
    }
    duration_list {
        #[arg(long, value_delimiter = ',', value_parser = duration())]
        v: Vec<Duration>;
        clap: &["5s,1m", "5s,x"],
        reads: &[("1h 5m, 2s", &["--v=1h 5m,2s"])],
    }
    duration_range {
        #[arg(long, default_value = "5s", value_parser = duration())]
        #[flag(validate = dflag::validate::range(Duration::from_secs(1)..Duration::from_secs(60)))]
        v: Duration;
        clap: &["1s", "59s"],
        rejects: &[("60s", "not in"), ("0", "not in")],
    }
    bytes {
        #[arg(long, default_value = "")]
        v: Bytes;
        clap: &["AP8=", "", "YWJj", "AAAA"],
    }
    bytes_option {
        #[arg(long)]
        v: Option<Bytes>;
        clap: &["AP8=", "YWJj"],
    }
    set_of_strings {
        #[arg(long, default_value = "", value_parser = string_set())]
        v: BTreeSet<String>;
        clap: &["", "a,b", "b,a,a", "a, b\nc", "[\"a,b\"]", "- a", "[1]", " a"],
        reads: &[(" a,\n", &["--v=a"])],
        rejects: &[("- a\n- b", "can be read in two ways")],
    }
    set_of_strings_option {
        #[arg(long, value_parser = string_set())]
        v: Option<BTreeSet<String>>;
        clap: &["", "a,b"],
    }
}
