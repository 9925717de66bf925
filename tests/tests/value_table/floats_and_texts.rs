//! Floats, characters, texts, paths and addresses.

use std::convert::Infallible;
use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

/// A type of the program's own, with `FromStr` only.
#[derive(Clone, Debug, PartialEq)]
struct Name(Arc<str>);

impl FromStr for Name {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.into()))
    }
}

/// A type whose `Display` is not what its parser reads.
#[derive(Clone, Debug, PartialEq)]
struct Percent(u8);

impl FromStr for Percent {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text
            .strip_suffix('%')
            .ok_or("no percent sign\n\nat the end")?;
        number
            .parse()
            .map(Self)
            .map_err(|_| format!("`{number}` is no number"))
    }
}

impl std::fmt::Display for Percent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} percent", self.0)
    }
}

/// Valid and invalid floats.
macro_rules! float {
    ($($row:ident $type:ty;)*) => {
        rows! { $($row {
            #[arg(long, default_value_t = 0.5)]
            v: $type;
            clap: &[
                "0", "-0.0", "1e3", ".5", "5.", "NaN", "-nan", "inf", "-Infinity", "1e999", "", "x", "1,5", "0x1p3",
                "1_0",
            ],
            reads: &[(" 0.50\n", &["--v=0.5"]), ("\u{feff}1", &["--v=1"])],
            lines: &[&["--v", "-1"], &["--v", "1"]],
        })* }
    };
}

float! {
    f32_ f32;
    f64_ f64;
}

rows! {
    float_option {
        #[arg(long)]
        v: Option<f64>;
        clap: &["0.25", "NaN", "x"],
        absent: &["", "\n"],
    }
    float_list {
        #[arg(long, value_delimiter = ',', default_values_t = [0.5, 1.5])]
        v: Vec<f64>;
        clap: &["1,2.5", "NaN", "1,x"],
        reads: &[("1, 2.50\n3", &["--v=1,2.5,3"]), ("[1.0, 2e3]", &["--v=1.0,2e3"]), ("- 1\n- 2", &["--v=1,2"])],
    }
    float_validated {
        #[arg(long, default_value_t = 0.5)]
        #[flag(validate = dflag::validate::range(0.0..=1.0))]
        v: f64;
        clap: &["0", "1", "0.25", "x", ""],
        rejects: &[("2", "2.0 is not in 0.0..=1.0"), ("NaN", "NaN is not in 0.0..=1.0")],
    }
    char_ {
        #[arg(long, default_value = "x")]
        v: char;
        clap: &["a", "é", "😀", "ab", "", "-"],
        reads: &[(" a\n", &["--v=a"])],
        rejects: &[(" ", "cannot parse char from empty string")],
    }
    char_exact {
        #[arg(long, default_value = "x")]
        #[flag(trim = false)]
        v: char;
        exact: true,
        clap: &["a", " ", "\t", "\u{feff}", "ab", ""],
    }
    string {
        #[arg(long, default_value = "none")]
        v: String;
        clap: &[
            "", "a", "a b", "-x", "--v=5", "--", "a=b", "\"quoted\"", "'", "ünï ☃", "[\"a\"]", "- a", "a,b",
            "a\n\nb", "a\\nb", "null", "true",
        ],
        reads: &[(" a \n", &["--v=a"]), ("\u{feff}a", &["--v=a"]), ("\r\n", &["--v="])],
        lines: &[&["--v", "a"], &["--v"], &["--v="]],
    }
    string_without_default {
        #[arg(long)]
        v: String;
        base: &["--v=base"],
        clap: &["", "a", "a b"],
    }
    string_exact {
        #[arg(long, default_value = "none")]
        #[flag(trim = false)]
        v: String;
        exact: true,
        clap: &["", " a ", "a\n", "\n", "\u{feff}a", "\ta\r\n"],
        lines: &[&["--v= "]],
    }
    string_default_with_blanks {
        #[arg(long, default_value = "a b")]
        v: String;
        clap: &["a  b", "c"],
    }
    string_option {
        #[arg(long)]
        v: Option<String>;
        clap: &["", "a", "a b"],
        reads: &[(" a\n", &["--v=a"]), ("\n", &["--v="])],
    }
    string_non_empty {
        #[arg(long, default_value = "x", value_parser = clap::builder::NonEmptyStringValueParser::new())]
        v: String;
        clap: &["a", ""],
    }
    string_non_empty_option {
        #[arg(long, value_parser = clap::builder::NonEmptyStringValueParser::new())]
        v: Option<String>;
        clap: &["a"],
        absent: &["", " "],
    }
    string_length {
        #[arg(long, default_value = "abc")]
        #[flag(validate = dflag::validate::min_len(2), validate = dflag::validate::max_len(3))]
        v: String;
        clap: &["ab", "abc"],
        rejects: &[("a", "2"), ("abcd", "3"), ("", "2")],
    }
    string_hyphens {
        #[arg(long, default_value = "x", allow_hyphen_values = true)]
        v: String;
        clap: &["-a", "--b", "--v", "-"],
        lines: &[&["--v", "-a"], &["--v", "--v"]],
    }
    string_negative_numbers {
        #[arg(long, default_value = "x", allow_negative_numbers = true)]
        v: String;
        clap: &["-1", "-a"],
        lines: &[&["--v", "-1"], &["--v", "-a"]],
    }
    string_require_equals {
        #[arg(long, default_value = "x", require_equals = true)]
        v: String;
        clap: &["a", "", "a=b"],
        lines: &[&["--v", "a"], &["--v=a"]],
    }
    boxed_str {
        #[arg(long, default_value = "x")]
        v: Box<str>;
        clap: &["a", "", "a b"],
        reads: &[(" a\n", &["--v=a"])],
    }
    arc_str {
        #[arg(long, default_value = "x")]
        v: Arc<str>;
        clap: &["a", "", "a b"],
        reads: &[("\u{feff} a\n", &["--v=a"])],
    }
    own_type {
        #[arg(long, default_value = "x")]
        v: Name;
        clap: &["a", "", "a b", "a\n\nb"],
        reads: &[(" a\n", &["--v=a"])],
    }
    own_type_list {
        #[arg(long)]
        v: Vec<Name>;
        clap: &["a", "a,b"],
        reads: &[("a\nb", &["--v=a", "--v=b"]), ("[\"a\",\"\"]", &["--v=a", "--v="]), ("", &[])],
        lines: &[&["--v=a", "--v=- b"], &["--v=a\nb"], &["--v=", "--v="]],
    }
    own_type_with_other_display {
        #[arg(long, default_value = "50%")]
        v: Percent;
        clap: &["5%", "05%", "5% %"],
        rejects: &[
            ("5", "no percent sign at the end"), ("5 percent", "no percent sign at the end"),
            ("x%", "`x` is no number"),
        ],
    }
    path {
        #[arg(long, default_value = "/")]
        v: PathBuf;
        clap: &["/a b", "a/../b", ".", "~", "a\\b", ""],
        reads: &[(" /a\n", &["--v=/a"])],
    }
    path_option {
        #[arg(long)]
        v: Option<PathBuf>;
        clap: &["/a"],
        absent: &["", "\n"],
    }
    path_list {
        #[arg(long, value_delimiter = ':')]
        v: Vec<PathBuf>;
        clap: &["/a:/b", "/a"],
        reads: &[("/a:\n/b : /c", &["--v=/a:/b:/c"])],
        arrays: &[("[\"/a:b\"]", &["--v=/a:b"])],
    }
    os_string {
        #[arg(long, default_value = "x")]
        v: OsString;
        clap: &["a", "", "a b"],
        reads: &[(" a\n", &["--v=a"])],
    }
    ip {
        #[arg(long, default_value = "127.0.0.1")]
        v: IpAddr;
        clap: &["::1", "10.0.0.1", "::ffff:10.0.0.1", "0:0::1", "10.0.0.256", "localhost", "", "[::1]"],
        reads: &[(" ::1\n", &["--v=::1"])],
    }
    ipv4_option {
        #[arg(long)]
        v: Option<Ipv4Addr>;
        clap: &["10.0.0.1", "10.0.0.01", "::1"],
        absent: &[""],
    }
    ipv6_list {
        #[arg(long, value_delimiter = ',')]
        v: Vec<Ipv6Addr>;
        clap: &["::1,::2", "::1,x"],
        reads: &[("::1, ::2,", &["--v=::1,::2"])],
    }
    socket_address {
        #[arg(long, default_value = "127.0.0.1:80")]
        v: SocketAddr;
        clap: &["[::1]:80", "10.0.0.1:0", "10.0.0.1", "10.0.0.1:65536", ":80", "localhost:80", ""],
    }
}
