//! Lists.

use clap::ArgAction;

rows! {
    strings_by_line {
        #[arg(long)]
        v: Vec<String>;
        clap: &["a", "a b", "a,b", "--v=x"],
        reads: &[
            ("a\nb", &["--v=a", "--v=b"]), (" a \r\n\r\n b\r\n", &["--v=a", "--v=b"]), ("", &[]), ("[]", &[]),
            ("[\"a\", \" b\\n\"]", &["--v=a", "--v= b\n"]), ("- a\nb", &["--v=- a", "--v=b"]), ("[1]", &["--v=[1]"]),
        ],
        rejects: &[("- a\n- b", "can be read in two ways")],
        lines: &[
            &["--v=a",
            "--v=b"], &["--v="], &["--v= a"], &["--v=- a"], &["--v=[\"a\"]"], &["--v=a\nb"], &["--v=\u{feff}a"],
        ],
    }
    strings_by_comma {
        #[arg(long, value_delimiter = ',')]
        v: Vec<String>;
        clap: &["a,b", "a", "a b,c"],
        reads: &[
            ("kind.local,ko.local, gcr.io", &["--v=kind.local,ko.local,gcr.io"]), ("a,b,\nc\n", &["--v=a,b,c"]),
            ("a,,b,", &["--v=a,b"]), ("", &[]), (" \n", &[]), ("[\"a\",\"b\"]", &["--v=a,b"]), ("[12]", &["--v=[12]"]),
        ],
        arrays: &[
            ("[\"a,b\", \" \", \"\"]", &["--v=a,b", "--v= ", "--v="]),
            ("[\"- a\",\"- b\"]", &["--v=- a", "--v=- b"]),
        ],
        rejects: &[("- eu\n- us", "write one value a line without the dash")],
        lines: &[&["--v=a,b", "--v=c"], &["--v=a,,b"], &["--v= a,b "], &["--v="]],
    }
    strings_exact {
        #[arg(long, value_delimiter = ',')]
        #[flag(trim = false)]
        v: Vec<String>;
        exact: true,
        clap: &["a,b", " a, b ", "a,,b", "[\"a\"]", "- a", "\u{feff}a", "[1,2]"],
        reads: &[("a\nb", &["--v=a,b"])],
    }
    strings_by_space {
        #[arg(long, value_delimiter = ' ')]
        v: Vec<String>;
        clap: &["a b", "a"],
        reads: &[("a  b\nc", &["--v=a b c"])],
    }
    strings_by_semicolon {
        #[arg(long, value_delimiter = ';', default_value = "x;y")]
        v: Vec<String>;
        clap: &["a;b", "a,b"],
        reads: &[("a; b;", &["--v=a;b"]), ("[\"a\"]", &["--v=a"])],
    }
    numbers_by_comma {
        #[arg(long, value_delimiter = ',', default_values_t = [1, 2])]
        v: Vec<u16>;
        clap: &["3,4", "3", "3,x", "65536"],
        reads: &[
            ("1, 2,", &["--v=1,2"]), ("3\n4,5\n\n", &["--v=3,4,5"]), ("[3, 4]", &["--v=3,4"]),
            ("[\"3\"]", &["--v=3"]), ("- 3\n- 4", &["--v=3,4"]),
        ],
        rejects: &[("1;2", "invalid digit"), ("[3, x]", "invalid digit"), ("1 2", "invalid digit")],
    }
    numbers_by_line {
        #[arg(long)]
        v: Vec<i32>;
        clap: &["-3", "3", "3,4", "x"],
        reads: &[
            ("-3\n4\n", &["--v=-3", "--v=4"]), ("[-3,4]", &["--v=-3", "--v=4"]), ("- 3\n- 4", &["--v=3", "--v=4"]),
            ("", &[]),
        ],
    }
    chars_by_comma {
        #[arg(long, value_delimiter = ',')]
        v: Vec<char>;
        clap: &["a,b", "ab"],
        reads: &[("a, b", &["--v=a,b"]), ("[\" \"]", &["--v= "])],
    }
    append {
        #[arg(long, action = ArgAction::Append)]
        v: Vec<u8>;
        clap: &["1", "256"],
        reads: &[("1\n2", &["--v=1", "--v=2"])],
        lines: &[&["--v=1", "--v=2"], &["--v", "1", "2"]],
    }
    set_by_comma {
        #[arg(long, action = ArgAction::Set, value_delimiter = ',')]
        v: Vec<String>;
        clap: &["a,b", "a"],
        reads: &[
            ("a\nb", &["--v=a,b"]), ("a, b\nc,\n", &["--v=a,b,c"]), ("a\nb,c", &["--v=a,b,c"]),
            ("[\"a\"]", &["--v=a"]),
        ],
        lines: &[&["--v=a,b"], &["--v=a", "--v=b"], &["--v=a,,b"]],
    }
    set_one {
        #[arg(long, action = ArgAction::Set)]
        v: Vec<String>;
        clap: &["a"],
        reads: &[("", &[])],
        rejects: &[("a\nb", "1 values required")],
    }
    required {
        #[arg(long, required = true)]
        v: Vec<String>;
        base: &["--v=base"],
        clap: &["a"],
        reads: &[("a\nb", &["--v=a", "--v=b"])],
        rejects: &[("", "a value is required"), ("[]", "a value is required"), (" \n", "a value is required")],
        lines: &[&[]],
    }
    pairs {
        #[arg(long, num_args = 2)]
        v: Vec<String>;
        reads: &[
            ("a\nb", &["--v", "a", "b"]), ("a\nb\nc\nd", &["--v", "a", "b", "--v", "c", "d"]),
            ("[\"a\",\"\"]", &["--v", "a", ""]), ("", &[]),
        ],
        rejects: &[("a", "a multiple of 2 values required"), ("a\nb\nc", "a multiple of 2 values required")],
        lines: &[&["--v", "a", "b"], &["--v", "a", "b", "--v", "c", "d"], &["--v", "a"], &["--v=a"], &["--v", "", ""]],
    }
    pair_set {
        #[arg(long, num_args = 2, action = ArgAction::Set)]
        v: Vec<u8>;
        reads: &[("1\n2", &["--v", "1", "2"])],
        rejects: &[("1", "2 values required"), ("1\n2\n3\n4", "2 values required"), ("1\nx", "invalid digit")],
        lines: &[&["--v", "1", "2"]],
    }
    pair_by_comma {
        #[arg(long, num_args = 2, value_delimiter = ',')]
        v: Vec<u8>;
        lines: &[&["--v", "1", "2"], &["--v=1,2"], &["--v", "1,2", "3,4"]],
    }
    pair_with_default {
        #[arg(long, num_args = 2, default_values_t = [1, 2])]
        v: Vec<u8>;
        reads: &[("3\n4", &["--v", "3", "4"])],
        rejects: &[("3", "2 values required")],
    }
    one_or_two {
        #[arg(long, num_args = 1..=2)]
        v: Vec<String>;
        clap: &["a", "--v=c"],
        reads: &[
            ("a\nb", &["--v", "a", "b"]), ("a\nb\nc", &["--v", "a", "b", "--v", "c"]),
            ("a\n--v=c", &["--v=a", "--v=--v=c"]),
        ],
        lines: &[&["--v", "a", "b"], &["--v", "a", "--v", "b"]],
    }
    one_or_two_set {
        #[arg(long, num_args = 1..=2, action = ArgAction::Set)]
        v: Vec<String>;
        clap: &["a"],
        reads: &[("a\nb", &["--v", "a", "b"])],
        rejects: &[("a\nb\nc", "1 to 2 values required")],
    }
    one_or_more {
        #[arg(long, num_args = 1..)]
        v: Vec<String>;
        clap: &["a"],
        reads: &[("a\nb\nc", &["--v", "a", "b", "c"]), ("", &[])],
        lines: &[&["--v", "a", "b"], &["--v", "a", "--v", "b", "c"]],
    }
    two_or_more {
        #[arg(long, num_args = 2..)]
        v: Vec<u8>;
        reads: &[("1\n2\n3", &["--v", "1", "2", "3"])],
        rejects: &[("1", "values required")],
        lines: &[&["--v", "1", "2", "3"], &["--v", "1"]],
    }
    many_by_comma {
        #[arg(long, num_args = 1.., value_delimiter = ',')]
        v: Vec<u8>;
        clap: &["1,2", "1"],
        reads: &[("1, 2\n3", &["--v", "1,2", "3"])],
        lines: &[&["--v", "1,2", "3"]],
    }
    ended_by_semicolon {
        #[arg(long, num_args = 1.., value_terminator = ";")]
        v: Vec<String>;
        clap: &["a"],
        reads: &[("a\nb", &["--v", "a", "b", ";"])],
        lines: &[&["--v", "a", "b", ";"], &["--v", "a", ";", "--v", "b"]],
    }
    validated {
        #[arg(long, value_delimiter = ',', default_value = "a")]
        #[flag(validate = dflag::validate::min_len(1), validate = dflag::validate::max_len(2))]
        v: Vec<String>;
        clap: &["a", "a,b"],
        rejects: &[("a,b,c", "2"), ("", "1")],
    }
}
