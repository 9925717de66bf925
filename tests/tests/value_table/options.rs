//! Optional values, and values that a flag has when it stands alone.

use clap::ArgAction;

rows! {
    option_u8 {
        #[arg(long)]
        v: Option<u8>;
        clap: &["0", "255", "256", "x"],
        reads: &[(" 5\n", &["--v=5"])],
        absent: &["", " ", "\n", "\u{feff}"],
        lines: &[&["--v=1"], &["--v"], &["--v="]],
    }
    option_u8_with_default {
        #[arg(long, default_value = "7")]
        v: Option<u8>;
        clap: &["0", "x"],
        absent: &[""],
    }
    option_char {
        #[arg(long)]
        v: Option<char>;
        clap: &["a", "ab"],
        absent: &[""],
    }
    option_validated {
        #[arg(long)]
        #[flag(validate = |v: &Option<u8>| if v.is_none_or(|v| v % 2 == 0) { Ok(()) } else { Err("odd\nnumber") })]
        v: Option<u8>;
        clap: &["0", "2", "256"],
        rejects: &[("3", "odd number")],
        absent: &[""],
    }
    option_required {
        #[arg(long, required = true)]
        v: Option<u8>;
        base: &["--v=1"],
        clap: &["0", "x"],
        absent: &[""],
        lines: &[&[]],
    }
    option_option_u8 {
        #[arg(long)]
        v: Option<Option<u8>>;
        clap: &["0", "255", "256", "x", ""],
        reads: &[(" 5\n", &["--v=5"])],
        lines: &[&["--v=5"], &["--v", "5"], &["--v="]],
        without_text: &[(&["--v"], "cannot parse integer from empty string")],
    }
    // `--v` alone is not in this row: it is listed as an empty text, which means `--v=` when it is set again.
    option_option_string {
        #[arg(long, num_args = 0..=1)]
        v: Option<Option<String>>;
        clap: &["", "a"],
        lines: &[&["--v="], &["--v=a"]],
    }
    option_option_require_equals {
        #[arg(long, num_args = 0..=1, require_equals = true)]
        v: Option<Option<u8>>;
        clap: &["3", "x"],
        lines: &[&["--v=3"]],
        without_text: &[(&["--v"], "cannot parse integer from empty string")],
    }
    default_missing_value {
        #[arg(long, num_args = 0..=1, default_value = "never", default_missing_value = "always")]
        v: String;
        clap: &["always", "auto"],
        lines: &[&["--v"], &["--v=auto"], &["--v", "auto"]],
    }
    default_missing_value_number {
        #[arg(long, num_args = 0..=1, default_value_t = 1, default_missing_value = "9")]
        v: u8;
        clap: &["5", "256"],
        lines: &[&["--v"], &["--v", "3"]],
    }
    default_missing_value_option {
        #[arg(long, num_args = 0..=1, default_missing_value = "9")]
        v: Option<u8>;
        clap: &["5", "x"],
        lines: &[&["--v"], &["--v=3"]],
    }
    default_missing_value_option_option {
        #[arg(long, num_args = 0..=1, default_missing_value = "9")]
        v: Option<Option<u8>>;
        clap: &["5", "x"],
        lines: &[&["--v"], &["--v=3"]],
    }
    default_missing_values_list {
        #[arg(long, num_args = 0.., default_missing_values = ["a", "b"])]
        v: Vec<String>;
        clap: &["c"],
        reads: &[("c\nd", &["--v", "c", "d"]), ("", &[])],
        lines: &[&["--v"], &["--v", "c", "d"]],
    }
    option_of_vec {
        #[arg(long)]
        v: Option<Vec<u8>>;
        clap: &["1", "256", "x"],
        reads: &[("1\n2", &["--v=1", "--v=2"]), ("[1,2]", &["--v=1", "--v=2"])],
        lines: &[&["--v=1", "--v=2"], &["--v"]],
    }
    option_of_vec_of_strings {
        #[arg(long, value_delimiter = ',')]
        v: Option<Vec<String>>;
        clap: &["a,b", "a"],
        reads: &[("a, b,\nc", &["--v=a,b,c"])],
        arrays: &[("[\"a,b\"]", &["--v=a,b"]), ("[\"\"]", &["--v="]), ("[\"a\", \" b,\"]", &["--v=a", "--v= b,"])],
    }
    option_of_vec_standing_alone {
        #[arg(long, num_args = 0..)]
        v: Option<Vec<u8>>;
        clap: &["1", "x"],
        reads: &[("1\n2", &["--v", "1", "2"]), ("", &["--v"])],
        lines: &[&["--v"], &["--v", "1", "2"]],
    }
    option_of_vec_set {
        #[arg(long, action = ArgAction::Set, num_args = 1..)]
        v: Option<Vec<u8>>;
        clap: &["1", "x"],
        reads: &[("1\n2\n3", &["--v", "1", "2", "3"])],
        lines: &[&["--v", "1", "2"], &["--v=1", "--v=2"]],
    }
}
